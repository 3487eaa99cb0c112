package dev.lanewise.bench.synth;

import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.model.config.ModelConfig;
import dev.lanewise.model.config.TensorName;
import dev.lanewise.model.quantize.TensorFormats;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Which format each matrix of a model has, as llama.cpp's {@code llama-quantize} chooses, but for
 * what that does for mixtures of 8 experts alone. Norms, biases, learned positions and routers are
 * F32.
 */
public enum WeightMix {
  F32(BlockFormat.F32),
  F16(BlockFormat.F16),
  BF16(BlockFormat.BF16),
  Q4_0(BlockFormat.Q4_0),
  Q4_1(BlockFormat.Q4_1),
  Q5_0(BlockFormat.Q5_0),
  Q5_1(BlockFormat.Q5_1),
  Q8_0(BlockFormat.Q8_0),
  Q4_K(BlockFormat.Q4_K),
  Q5_K(BlockFormat.Q5_K),
  Q6_K(BlockFormat.Q6_K),
  IQ4_NL(BlockFormat.IQ4_NL),
  MXFP4(BlockFormat.MXFP4),
  NVFP4(BlockFormat.NVFP4),
  /**
   * Q4_K, and Q6_K for the values and the last FFN matrix of half of the layers; Q5_K where
   * queries, keys and values are one matrix.
   */
  Q4_K_M(BlockFormat.Q4_K),
  /** Q5_K, and Q6_K as {@link #Q4_K_M} has it, and where that has Q5_K. */
  Q5_K_M(BlockFormat.Q5_K);

  /** How the names of the tensors of all layers end. */
  private static final String FUSED_QKV = ".attn_qkv.weight";

  private final BlockFormat most;

  WeightMix(BlockFormat most) {
    this.most = most;
  }

  /** The name on the command line: {@code q4_k_m}. */
  public String optionName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The format of a tensor of a model. */
  BlockFormat formatOf(String tensor, List<Long> dims, ModelConfig config) {
    TensorName head = config.tiedHead() ? TensorName.TOKEN_EMBEDDING : TensorName.OUTPUT;
    if (dims.size() == 1 || TensorFormats.isKept(tensor)) {
      return BlockFormat.F32;
    }
    if (tensor.equals(head.fileName())) {
      return head(config.hidden());
    }
    if (tensor.equals(TensorName.TOKEN_EMBEDDING.fileName()) && isFp4()) {
      return BlockFormat.Q8_0;
    }
    if (isMedium() && tensor.endsWith(FUSED_QKV)) {
      return this == Q4_K_M ? BlockFormat.Q5_K : BlockFormat.Q6_K;
    }
    return tensorsOfMoreBits(config.layers()).contains(tensor) ? BlockFormat.Q6_K : most;
  }

  private boolean isMedium() {
    return this == Q4_K_M || this == Q5_K_M;
  }

  private boolean isFp4() {
    return this == MXFP4 || this == NVFP4;
  }

  /** The output head is worth more bits. */
  private BlockFormat head(int hidden) {
    return switch (this) {
      case F32, F16, BF16, Q8_0 -> most;
      case MXFP4, NVFP4 -> BlockFormat.Q8_0;
      default -> hidden % BlockFormat.Q6_K.blockSize() == 0 ? BlockFormat.Q6_K : BlockFormat.Q8_0;
    };
  }

  private Set<String> tensorsOfMoreBits(int layers) {
    Set<String> names = new HashSet<>();
    if (isMedium()) {
      int eighth = layers / 8;
      for (int i = 0; i < layers; i++) {
        // llama.cpp's rule: the first and the last eighth, and every third between them.
        if (i < eighth || i >= 7 * layers / 8 || (i - eighth) % 3 == 2) {
          names.add(TensorName.VALUE.fileName(i));
          names.add(TensorName.FFN_DOWN.fileName(i));
          names.add(TensorName.EXPERT_DOWNS.fileName(i));
        }
      }
    }
    return names;
  }
}
