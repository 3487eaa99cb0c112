package dev.lanewise.model.quantize;

import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.model.config.TensorName;
import dev.lanewise.model.gguf.TensorInfo;
import java.util.List;
import java.util.Optional;

/**
 * Which format each tensor of a model is to have.
 *
 * @param weights of the matrices of the layers
 * @param embedding of the table of token embeddings, or empty to choose by {@code weights}
 * @param output of the output head, or empty to choose by {@code weights}
 */
public record TensorFormats(
    BlockFormat weights, Optional<BlockFormat> embedding, Optional<BlockFormat> output) {
  /** Matrices that are small and sensitive, or no factors of products: engines keep them. */
  private static final List<String> KEPT =
      List.of(
          "_norm.weight",
          "ffn_gate_inp.weight",
          "attn_rel_b.weight",
          "position_embd.weight",
          "token_types.weight",
          "ssm_conv1d.weight",
          "shortconv.conv.weight");

  private static final String WEIGHT = ".weight";

  /**
   * Formats that fit together.
   *
   * @throws IllegalArgumentException if the embeddings are to be NVFP4, whose scale of a tensor
   *     engines apply to products only
   */
  public TensorFormats {
    if (embedding.equals(Optional.of(BlockFormat.NVFP4))) {
      throw new IllegalArgumentException(
          "token embeddings in NVFP4 have a scale beside them that other engines do not apply;"
              + " choose another format for the embeddings");
    }
  }

  /** Whether a tensor, which may be a matrix, is not quantized. */
  public static boolean isKept(String tensor) {
    return !tensor.endsWith(WEIGHT) || KEPT.stream().anyMatch(tensor::endsWith);
  }

  /**
   * The format that a tensor is to have if its rows fill the blocks.
   *
   * @param tied whether the table of token embeddings is the output head, too
   */
  BlockFormat wanted(TensorInfo tensor, boolean tied) {
    String name = tensor.name();
    if (tensor.dims().size() == 1) {
      return BlockFormat.F32;
    }
    if (isKept(name)) {
      return tensor.format();
    }
    if (name.equals(TensorName.TOKEN_EMBEDDING.fileName())) {
      return (tied ? embedding.or(() -> output) : embedding).orElseGet(this::ofTokens);
    }
    return name.equals(TensorName.OUTPUT.fileName()) ? output.orElseGet(this::ofTokens) : weights;
  }

  /**
   * The format of embeddings and head where none is named. Errors of the head go straight into the
   * probabilities, so that it has more bits where the layers have few.
   */
  private BlockFormat ofTokens() {
    return switch (weights) {
      case Q4_K, Q5_K, Q6_K -> BlockFormat.Q6_K;
      case MXFP4, NVFP4 -> BlockFormat.Q8_0;
      default -> weights;
    };
  }

  /**
   * The format for rows of a length: {@code wanted}, or one of smaller blocks and no fewer bits.
   */
  static BlockFormat fitting(BlockFormat wanted, long cols) {
    BlockFormat format = wanted;
    while (cols % format.blockSize() != 0) {
      format =
          switch (format) {
            case Q4_K, NVFP4 -> BlockFormat.Q5_0;
            case Q5_K -> BlockFormat.Q5_1;
            case Q6_K -> BlockFormat.Q8_0;
            default -> BlockFormat.F16;
          };
    }
    return format;
  }

  /** The number that stands for the format in {@code general.file_type}. */
  long fileType() {
    return switch (weights) {
      case F32 -> 0;
      case F16 -> 1;
      case Q4_0 -> 2;
      case Q4_1 -> 3;
      case Q8_0 -> 7;
      case Q5_0 -> 8;
      case Q5_1 -> 9;
      case Q4_K -> 14;
      case Q5_K -> 16;
      case Q6_K -> 18;
      case IQ4_NL -> 25;
      case BF16 -> 32;
      case MXFP4 -> 38;
      case NVFP4 -> 39;
    };
  }
}
