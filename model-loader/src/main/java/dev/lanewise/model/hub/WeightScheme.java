package dev.lanewise.model.hub;

import static dev.lanewise.model.hub.WeightPart.CODES;
import static dev.lanewise.model.hub.WeightPart.GROUPS;
import static dev.lanewise.model.hub.WeightPart.OF_INPUTS;
import static dev.lanewise.model.hub.WeightPart.SCALES;
import static dev.lanewise.model.hub.WeightPart.SHAPE;
import static dev.lanewise.model.hub.WeightPart.TENSOR_SCALE;
import static dev.lanewise.model.hub.WeightPart.ZEROS;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * How a folder stores the weights of its quantized modules.
 *
 * @param layout of the tensors
 * @param bits of a code
 * @param symmetric whether the zero of integers is the middle of their range
 * @param tile which weights share a scale
 */
public record WeightScheme(Layout layout, int bits, boolean symmetric, Tile tile) {
  /**
   * For folders without quantized modules, or with MXFP4, whose tensors have names of their own.
   */
  static final WeightScheme NONE = new WeightScheme(Layout.NUMBERS, 8, true, Tile.ROW);

  /**
   * Weights that share a scale, unless one scale is for all.
   *
   * @param rows below each other
   * @param cols beside each other; {@link #WHOLE_ROW}
   */
  public record Tile(int rows, int cols) {
    /** All columns. */
    public static final int WHOLE_ROW = 0;

    /** One scale for a row. */
    static final Tile ROW = new Tile(1, WHOLE_ROW);
  }

  /** The tensors of a module and what they are called. */
  public enum Layout {
    /** Weights as they are; of types that are not computed with, E4M3 is read. */
    NUMBERS(Map.of("weight", CODES)),
    /**
     * AutoGPTQ: codes {@code [in / codes in a word, out]}, scales {@code [groups, out]}, zeros,
     * less 1, {@code [groups, out / codes in a word]}.
     */
    GPTQ(Map.of("qweight", CODES, "qzeros", ZEROS, "scales", SCALES, "g_idx", GROUPS)),
    /** The same with zeros as they are. */
    GPTQ_V2(GPTQ.parts),
    /** AutoAWQ's gemm: codes {@code [in, out / 8]}, zeros {@code [groups, out / 8]}. */
    AWQ(Map.of("qweight", CODES, "qzeros", ZEROS, "scales", SCALES)),
    /**
     * compressed-tensors: codes {@code [out, in / codes in a word]}, scales {@code [out, groups]},
     * zeros {@code [out / codes in a word, groups]}.
     */
    PACKED(
        with(
            Map.of(
                "weight_packed",
                CODES,
                "weight_scale",
                SCALES,
                "weight_zero_point",
                ZEROS,
                "weight_g_idx",
                GROUPS,
                "weight_shape",
                SHAPE))),
    /** Signed bytes {@code [out, in]}. */
    INT8(with(Map.of("weight", CODES, "weight_scale", SCALES))),
    /** E4M3 {@code [out, in]}. */
    FP8(with(Map.of("weight", CODES, "weight_scale", SCALES, "weight_scale_inv", SCALES))),
    /** Two codes of E2M1 in a byte, and scales in E8M0. */
    MXFP4(with(Map.of("weight_packed", CODES, "weight_scale", SCALES))),
    /** Two codes of E2M1 in a byte, scales in E4M3, and a number that scales are divided by. */
    NVFP4_DIVIDED(
        with(
            Map.of(
                "weight_packed",
                CODES,
                "weight_scale",
                SCALES,
                "weight_global_scale",
                TENSOR_SCALE))),
    /** The same, with a number that scales are multiplied with. */
    NVFP4(with(Map.of("weight", CODES, "weight_scale", SCALES, "weight_scale_2", TENSOR_SCALE)));

    private final Map<String, WeightPart> parts;

    Layout(Map<String, WeightPart> parts) {
      this.parts = parts;
    }

    private static Map<String, WeightPart> with(Map<String, WeightPart> weights) {
      Map<String, WeightPart> all = new HashMap<>(weights);
      for (String inputs :
          new String[] {
            "input_scale", "input_zero_point", "input_global_scale", "k_scale", "v_scale"
          }) {
        all.put(inputs, OF_INPUTS);
      }
      return Map.copyOf(all);
    }
  }

  /**
   * A part of the weights of a module.
   *
   * @param weights what they would be called if they were stored as they are
   */
  public record Place(String weights, WeightPart part) {}

  /** What a tensor is of the weights of a module; empty for other tensors. */
  public Optional<Place> place(String tensor) {
    int dot = tensor.lastIndexOf('.') + 1;
    return Optional.ofNullable(layout.parts.get(tensor.substring(dot)))
        .map(part -> new Place(tensor.substring(0, dot) + "weight", part));
  }
}
