package dev.lanewise.bench.synth;

import dev.lanewise.math.Rope;
import dev.lanewise.model.config.Biases;
import dev.lanewise.model.config.Experts;
import dev.lanewise.model.config.FamilyTraits;
import dev.lanewise.model.config.FeedForwardForm;
import dev.lanewise.model.config.ModelConfig;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The sizes of a known model, after its published configuration.
 *
 * @param name what it is called on the command line
 * @param config its configuration
 * @param ropeStretch factor by which Llama 3 stretches long wavelengths ({@code
 *     rope_scaling.factor} of its configuration); 1 for models that do not
 */
public record Shape(String name, ModelConfig config, float ropeStretch) {
  private static final String LLAMA = "llama";
  private static final String QWEN2 = "qwen2";
  private static final String ARCEE = "arcee";

  private static final List<Shape> ALL =
      List.of(
          sizes("tiny", LLAMA, 512, 2048).layers(2, 256, 256).heads(8, 2, 32).rope(10_000, 1),
          sizes("smollm2-135m", LLAMA, 49152, 8192)
              .layers(30, 576, 1536)
              .heads(9, 3, 64)
              .rope(100_000, 1),
          sizes("qwen2.5-0.5b", QWEN2, 151936, 32768)
              .layers(24, 896, 4864)
              .heads(14, 2, 64)
              .rope(1_000_000, 1),
          sizes("llama-3.2-1b", LLAMA, 128256, 131072)
              .layers(16, 2048, 8192)
              .heads(32, 8, 64)
              .rope(500_000, 32),
          sizes("llama-3.2-3b", LLAMA, 128256, 131072)
              .layers(28, 3072, 8192)
              .heads(24, 8, 128)
              .rope(500_000, 32),
          sizes("afm-4.5b", ARCEE, 128004, 4096)
              .layers(36, 2560, 18432)
              .heads(20, 4, 128)
              .untied()
              .rope(10_000, 1),
          sizes("llama-3.1-8b", LLAMA, 128256, 131072)
              .layers(32, 4096, 14336)
              .heads(32, 8, 128)
              .untied()
              .rope(500_000, 8));

  /** All shapes, small ones first. */
  public static List<Shape> all() {
    return ALL;
  }

  /** The shape of a name. */
  public static Optional<Shape> named(String name) {
    return ALL.stream().filter(shape -> shape.name.equals(name)).findFirst();
  }

  /** The metadata that tells a reader of these sizes. */
  Map<String, Object> metadata() {
    String family = config.architecture();
    Map<String, Object> metadata = new LinkedHashMap<>();
    metadata.put("general.architecture", family);
    metadata.put("general.name", config.name());
    metadata.put(family + ".vocab_size", (long) config.vocabulary());
    metadata.put(family + ".context_length", (long) config.contextLength());
    metadata.put(family + ".embedding_length", (long) config.hidden());
    metadata.put(family + ".block_count", (long) config.layers());
    metadata.put(family + ".feed_forward_length", (long) config.ffnHidden());
    metadata.put(family + ".attention.head_count", (long) config.heads());
    metadata.put(family + ".attention.head_count_kv", (long) config.kvHeads());
    metadata.put(family + ".attention.key_length", (long) config.headDim());
    metadata.put(family + ".attention.value_length", (long) config.headDim());
    metadata.put(family + ".attention.layer_norm_rms_epsilon", (double) config.normEpsilon());
    metadata.put(family + ".rope.dimension_count", (long) config.rotaryDims());
    metadata.put(family + ".rope.freq_base", (double) config.ropeTheta());
    Experts experts = config.traits().experts();
    if (experts.exist()) {
      metadata.put(family + ".expert_count", (long) experts.count());
      metadata.put(family + ".expert_used_count", (long) experts.used());
    }
    return metadata;
  }

  private static Sizes sizes(String name, String family, int vocabulary, int context) {
    return new Sizes(name, family, vocabulary, context);
  }

  /** Collects the sizes of a shape, so that the table above can be read. */
  private static final class Sizes {
    private final String name;
    private final String family;
    private final int vocabulary;
    private final int context;
    private int layers;
    private int hidden;
    private int ffnHidden;
    private int heads;
    private int kvHeads;
    private int headDim;
    private boolean tied = true;

    Sizes(String name, String family, int vocabulary, int context) {
      this.name = name;
      this.family = family;
      this.vocabulary = vocabulary;
      this.context = context;
    }

    Sizes layers(int layers, int hidden, int ffnHidden) {
      this.layers = layers;
      this.hidden = hidden;
      this.ffnHidden = ffnHidden;
      return this;
    }

    Sizes heads(int heads, int kvHeads, int headDim) {
      this.heads = heads;
      this.kvHeads = kvHeads;
      this.headDim = headDim;
      return this;
    }

    Sizes untied() {
      tied = false;
      return this;
    }

    Shape rope(float theta, float stretch) {
      boolean qwen2 = family.equals(QWEN2);
      boolean arcee = family.equals(ARCEE);
      return new Shape(
          name,
          new ModelConfig(
              family,
              name + " with random weights",
              vocabulary,
              context,
              layers,
              hidden,
              arcee ? FeedForwardForm.SQUARED_RELU : FeedForwardForm.GATED_SILU,
              ffnHidden,
              heads,
              kvHeads,
              headDim,
              qwen2 ? 1e-6f : 1e-5f,
              theta,
              headDim,
              qwen2 ? Rope.Layout.HALVES : Rope.Layout.PAIRS,
              1,
              tied,
              new Biases(qwen2, false, false, false, false),
              FamilyTraits.llama(headDim)),
          stretch);
    }
  }
}
