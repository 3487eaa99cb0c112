package dev.lanewise.model.hub;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lanewise.model.UnsupportedModel;
import dev.lanewise.model.hub.WeightScheme.Layout;
import dev.lanewise.model.hub.WeightScheme.Tile;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * What {@code quantization_config} says about the stored weights. Keys that tell how they were
 * chosen, or how inputs are to be rounded, are not read.
 */
final class QuantizationConfig {
  private static final String GROUP_SIZE = "group_size";
  private static final String SYMMETRIC = "symmetric";

  private final JsonFields fields;

  private QuantizationConfig(JsonFields fields) {
    this.fields = fields;
  }

  /**
   * Reads it.
   *
   * @param mxfp4 whether the family reads MXFP4, whose tensors have names of their own
   * @throws UnsupportedModel if it asks for what is not read; names the key and its value
   */
  static WeightScheme read(JsonFields fields, boolean mxfp4) {
    QuantizationConfig config = new QuantizationConfig(fields);
    String method = fields.string("quant_method");
    if (mxfp4 && method.equals("mxfp4")) {
      return WeightScheme.NONE;
    }
    return switch (method) {
      case "gptq" -> config.gptq();
      case "awq" -> config.awq();
      case "fp8" -> config.fp8();
      case "compressed-tensors" -> config.compressedTensors();
      case "modelopt" -> config.modelOpt();
      default ->
          throw fields.unsupported(
              "quant_method",
              "gptq, awq, fp8, compressed-tensors, modelopt"
                  + (mxfp4 ? ", mxfp4" : "")
                  + "; or weights in F32, F16 or BF16, without quantization_config");
    };
  }

  private WeightScheme gptq() {
    int bits = integer("bits");
    if (bits != 4 && bits != 8) {
      throw fields.unsupported("bits", "bits = 4 and 8");
    }
    for (String key : List.of("checkpoint_format", "format")) {
      only(key, Set.of("gptq", "gptq_v2"));
    }
    only("pack_dtype", Set.of("int32"));
    only("is_marlin_format", Set.of("false"));
    // Rules that start with - name modules that are not quantized, others change some.
    fields
        .optFields("dynamic")
        .ifPresent(
            rules -> {
              for (String rule : rules.names()) {
                if (!rule.startsWith("-")) {
                  throw fields.unsupported("dynamic", "one precision for all quantized modules");
                }
              }
            });
    String format =
        fields.optString("checkpoint_format").or(() -> fields.optString("format")).orElse("gptq");
    return new WeightScheme(
        format.equals("gptq") ? Layout.GPTQ : Layout.GPTQ_V2,
        bits,
        fields.optBool("sym").orElse(true),
        groups());
  }

  private WeightScheme awq() {
    if (integer("bits") != 4) {
      throw fields.unsupported("bits", "bits = 4");
    }
    String version = fields.optString("version").orElse("gemm");
    if (!version.toLowerCase(Locale.ROOT).equals("gemm")) {
      throw fields.unsupported("version", "version = \"gemm\"");
    }
    only("backend", Set.of("autoawq"));
    only("zero_point", Set.of("true"));
    return new WeightScheme(Layout.AWQ, 4, false, groups());
  }

  private WeightScheme fp8() {
    only("fmt", Set.of("e4m3", "float8_e4m3fn"));
    return new WeightScheme(Layout.FP8, 8, true, block(fields, "weight_block_size"));
  }

  private WeightScheme modelOpt() {
    String algorithm = fields.string("quant_algo");
    return switch (algorithm) {
      case "FP8" -> new WeightScheme(Layout.FP8, 8, true, Tile.ROW);
      case "NVFP4" -> new WeightScheme(Layout.NVFP4, 4, true, new Tile(1, 16));
      default -> throw fields.unsupported("quant_algo", "FP8, NVFP4");
    };
  }

  private WeightScheme compressedTensors() {
    only("quantization_status", Set.of("compressed"));
    for (String key : List.of("sparsity_config", "transform_config")) {
      fields.optFields(key).ifPresent(more -> rejectSteps(key, more));
    }
    String format = fields.string("format");
    JsonFields groups = fields.fields("config_groups");
    if (groups.names().isEmpty()) {
      throw fields.error("config_groups", "is empty");
    }
    Optional<WeightScheme> scheme = Optional.empty();
    for (String name : groups.names()) {
      JsonFields group = groups.fields(name);
      String own = group.optString("format").orElse(format);
      WeightScheme next = new QuantizationConfig(group.fields("weights")).ofGroup(format, fields);
      if (!own.equals(format) || scheme.isPresent() && !scheme.get().equals(next)) {
        throw new UnsupportedModel(
            fields.file(),
            groups.prefix() + name + ", whose weights are not stored like those before it,",
            "one precision for all quantized modules");
      }
      scheme = Optional.of(next);
    }
    return scheme.orElseThrow();
  }

  /** What would be computed beside the products: nothing, if it is dense or empty. */
  private void rejectSteps(String key, JsonFields more) {
    boolean none =
        more.names().isEmpty()
            || more.optString("format").filter("dense"::equals).isPresent()
            || more.optFields("config_groups").filter(some -> some.names().isEmpty()).isPresent();
    if (!none) {
      throw fields.unsupported(key, "weights that are neither transformed nor sparse");
    }
  }

  private WeightScheme ofGroup(String format, JsonFields all) {
    return switch (format) {
      case "pack-quantized" -> {
        type("int", 4, 8);
        yield new WeightScheme(
            Layout.PACKED,
            fields.size("num_bits"),
            fields.optBool(SYMMETRIC).orElse(true),
            tile("group", "channel"));
      }
      case "int-quantized" -> {
        type("int", 8, 8);
        only(SYMMETRIC, Set.of("true"));
        yield new WeightScheme(Layout.INT8, 8, true, tile("group", "channel", "tensor"));
      }
      case "float-quantized" -> {
        type("float", 8, 8);
        yield new WeightScheme(Layout.FP8, 8, true, tile("group", "channel", "tensor", "block"));
      }
      case "nvfp4-pack-quantized" -> {
        type("float", 4, 4);
        only(GROUP_SIZE, Set.of("16"));
        yield new WeightScheme(Layout.NVFP4_DIVIDED, 4, true, new Tile(1, 16));
      }
      case "mxfp4-pack-quantized" -> {
        type("float", 4, 4);
        only(GROUP_SIZE, Set.of("32"));
        yield new WeightScheme(Layout.MXFP4, 4, true, new Tile(1, 32));
      }
      default ->
          throw all.unsupported(
              "format",
              "pack-quantized, int-quantized, float-quantized, nvfp4-pack-quantized,"
                  + " mxfp4-pack-quantized");
    };
  }

  private void type(String type, int bits, int orBits) {
    only("type", Set.of(type));
    int stored = fields.size("num_bits");
    if (stored != bits && stored != orBits) {
      throw fields.unsupported("num_bits", bits == orBits ? "" + bits : bits + " and " + orBits);
    }
  }

  private Tile tile(String... strategies) {
    String strategy = fields.string("strategy");
    if (!List.of(strategies).contains(strategy)) {
      throw fields.unsupported("strategy", String.join(", ", strategies));
    }
    return switch (strategy) {
      case "group" -> groups();
      case "block" -> block(fields, "block_structure");
      default -> Tile.ROW;
    };
  }

  private Tile groups() {
    int size = integer(GROUP_SIZE);
    if (size == 0 || size < -1) {
      throw fields.error(GROUP_SIZE, "should be a positive number of columns, or -1 for all");
    }
    return new Tile(1, size == -1 ? Tile.WHOLE_ROW : size);
  }

  private static Tile block(JsonFields fields, String key) {
    if (!fields.has(key)) {
      return Tile.ROW;
    }
    JsonNode sizes = fields.node(key);
    boolean two = sizes.isArray() && sizes.size() == 2;
    if (!two || sizes.get(0).asInt() < 1 || sizes.get(1).asInt() < 1) {
      throw fields.error(key, "should be two positive integers");
    }
    return new Tile(sizes.get(0).asInt(), sizes.get(1).asInt());
  }

  private int integer(String key) {
    JsonNode node = fields.node(key);
    if (!node.isIntegralNumber() || !node.canConvertToInt()) {
      throw fields.error(key, "should be an integer");
    }
    return node.intValue();
  }

  /** A key that, if it is there, has one of some values. */
  private void only(String key, Set<String> values) {
    if (fields.has(key) && !values.contains(fields.node(key).asText())) {
      throw fields.unsupported(key, String.join(" and ", values.stream().sorted().toList()));
    }
  }
}
