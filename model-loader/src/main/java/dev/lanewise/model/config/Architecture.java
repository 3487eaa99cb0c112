package dev.lanewise.model.config;

import dev.lanewise.model.ModelFormatException;
import dev.lanewise.model.StoredModel;
import dev.lanewise.model.UnsupportedModel;
import dev.lanewise.model.gguf.Metadata;
import dev.lanewise.model.gguf.TensorInfo;
import java.util.Optional;
import java.util.Set;

/**
 * Reads what kind of transformer a file holds: a family of a table, and the sizes and numbers of
 * the metadata, which are compared with the tensors.
 */
public final class Architecture {
  private static final String TOKENS = "tokenizer.ggml.tokens";

  /** Larger than any model's, small enough that no size computed from them overflows. */
  private static final int MAX_LAYERS = 1 << 10;

  private static final int MAX_EXPERTS = 1 << 10;
  private static final int MIN_BUCKETS = 4;
  private static final int MAX_BUCKETS = 1 << 12;
  private static final int MAX_DISTANCE = 1 << 16;
  private static final int MAX_WIDTH = 1 << 20;
  private static final int MAX_CONTEXT = 1 << 24;

  private final Family family;

  private Architecture(Family family) {
    this.family = family;
  }

  /**
   * The configuration of the model in a file. Every tensor the family needs is there, in its shape,
   * and no other.
   *
   * @throws UnsupportedModel if the family, or something the file asks for, is not supported
   * @throws ModelFormatException if metadata is missing or contradicts itself or the tensors
   */
  public static ModelConfig configOf(StoredModel file) {
    String name = file.metadata().string("general.architecture");
    Family family =
        Family.named(name)
            .orElseThrow(
                () ->
                    new UnsupportedModel(
                        file.path(),
                        "architecture \"" + name + "\"",
                        String.join(", ", Family.TABLE.stream().map(Family::name).toList())));
    ModelConfig config = new Architecture(family).read(file);
    TensorTable.check(file, config);
    return config;
  }

  /** Whether a model of this kind has an encoder that reads the prompts of its decoder. */
  public static boolean hasEncoder(Metadata metadata) {
    return metadata
        .optString("general.architecture")
        .flatMap(Family::named)
        .filter(family -> family.has(Trait.ENCODER_BESIDE))
        .isPresent();
  }

  private ModelConfig read(StoredModel file) {
    Metadata metadata = file.metadata();
    int hidden = size(metadata, "embedding_length", MAX_WIDTH);
    int heads = size(metadata, "attention.head_count", MAX_WIDTH);
    int kvHeads =
        has(metadata, "attention.head_count_kv")
            ? size(metadata, "attention.head_count_kv", MAX_WIDTH)
            : heads;
    if (heads % kvHeads != 0) {
      throw error(metadata, "attention.head_count_kv", heads + " heads cannot share " + kvHeads);
    }
    int headDim =
        has(metadata, "attention.key_length")
            ? size(metadata, "attention.key_length", MAX_WIDTH)
            : hidden / heads;
    if (headDim < 2 || headDim % 2 != 0 || (long) heads * headDim > MAX_WIDTH) {
      throw error(metadata, "attention.key_length", "heads of " + headDim + " elements");
    }
    if (has(metadata, "attention.value_length")
        && metadata.integer(key("attention.value_length")) != headDim) {
      throw new UnsupportedModel(
          file.path(), "values of another length than keys", "attention.value_length = key_length");
    }
    rejectWhatIsNotComputed(file);
    int rotaryDims = metadata.optInteger(key("rope.dimension_count")).orElse(headDim);
    if (rotaryDims < 2 || rotaryDims > headDim || rotaryDims % 2 != 0) {
      throw error(
          metadata, "rope.dimension_count", rotaryDims + " of " + headDim + " elements of a head");
    }
    float ropeTheta = metadata.optReal(key("rope.freq_base")).orElse(10_000f);
    int layers = size(metadata, "block_count", MAX_LAYERS);
    if (has(metadata, "decoder_block_count")) {
      layers = size(metadata, "decoder_block_count", MAX_LAYERS);
    }
    return new ModelConfig(
        family.name(),
        metadata.optString("general.name").orElse(family.name()),
        vocabulary(file),
        size(metadata, "context_length", MAX_CONTEXT),
        layers,
        hidden,
        feedForward(file),
        size(
            metadata,
            has(metadata, "expert_feed_forward_length")
                ? "expert_feed_forward_length"
                : "feed_forward_length",
            MAX_WIDTH),
        heads,
        kvHeads,
        headDim,
        epsilon(metadata),
        ropeTheta,
        rotaryDims,
        file.ropeLayout().orElse(family.ropeLayout()),
        ropeScale(file),
        file.tensor(TensorName.OUTPUT.fileName()).isEmpty(),
        Biases.in(file),
        traits(file, hidden, heads, headDim, layers, ropeTheta));
  }

  private FamilyTraits traits(
      StoredModel file, int hidden, int heads, int headDim, int layers, float ropeTheta) {
    Metadata metadata = file.metadata();
    float embedding = family.has(Trait.SCALED_EMBEDDING) ? (float) Math.sqrt(hidden) : 1;
    return new FamilyTraits(
        family.norm(),
        family.normPlace(),
        family.queryNorm(),
        family.positions(),
        others(metadata),
        factor(metadata, "embedding_scale", embedding),
        factor(metadata, "residual_scale", 1),
        factor(metadata, "attention.scale", attentionScale(hidden, heads, headDim, layers)),
        1 / factor(metadata, "logit_scale", logitDivisor(file, hidden)),
        cap(metadata, "attn_logit_softcapping"),
        cap(metadata, "final_logit_softcapping"),
        window(metadata, ropeTheta),
        yarn(metadata),
        experts(metadata),
        family.ropelessPeriod(),
        buckets(file),
        encoder(file));
  }

  /** The files of T5 do not say whether the version is 1.1, which has gates. */
  private FeedForwardForm feedForward(StoredModel file) {
    return family.has(Trait.ENCODER_BESIDE) && hasGates(file)
        ? FeedForwardForm.GATED_GELU
        : family.feedForward();
  }

  private static boolean hasGates(StoredModel file) {
    return file.tensor(Half.DECODER.fileName(TensorName.FFN_GATE.fileName(0))).isPresent();
  }

  /**
   * What logits are divided by. T5 divides them where the head is the embedding, which its version
   * 1.1 does not do even then; GGUF files do not say.
   */
  private float logitDivisor(StoredModel file, int hidden) {
    if (!family.has(Trait.ENCODER_BESIDE)) {
      return 1;
    }
    boolean tied = file.tensor(TensorName.OUTPUT.fileName()).isEmpty();
    Optional<Boolean> said = file.metadata().optBool(key("scale_decoder_outputs"));
    return said.orElse(tied && !hasGates(file)) ? (float) Math.sqrt(hidden) : 1;
  }

  private RelativeBuckets buckets(StoredModel file) {
    if (family.positions() != Positions.BUCKETS) {
      return RelativeBuckets.NONE;
    }
    Metadata metadata = file.metadata();
    int count = size(metadata, "attention.relative_buckets_count", MAX_BUCKETS);
    if (count < MIN_BUCKETS || count % 2 != 0) {
      throw error(
          metadata,
          "attention.relative_buckets_count",
          count + " is not even, or less than " + MIN_BUCKETS);
    }
    String distance = "attention.relative_max_distance";
    int farthest = has(metadata, distance) ? size(metadata, distance, MAX_DISTANCE) : 128;
    if (farthest <= count / 2) {
      throw error(
          metadata, distance, "%d is not more than half of %d buckets".formatted(farthest, count));
    }
    String second = Half.DECODER.fileName(TensorName.RELATIVE_BIAS.fileName(1));
    return new RelativeBuckets(count, farthest, file.tensor(second).isPresent());
  }

  private Optional<EncoderHalf> encoder(StoredModel file) {
    if (!family.has(Trait.ENCODER_BESIDE)) {
      return Optional.empty();
    }
    Metadata metadata = file.metadata();
    int start = metadata.optInteger(key("decoder_start_token_id")).orElse(0);
    int tokens = vocabulary(file);
    if (start < 0 || start >= tokens) {
      throw error(metadata, "decoder_start_token_id", start + " is none of " + tokens + " tokens");
    }
    return Optional.of(new EncoderHalf(size(metadata, "block_count", MAX_LAYERS), start));
  }

  /** Some files of a family with layer norms have it under the name of RMSNorm's. */
  private float epsilon(Metadata metadata) {
    String key = family.norm().epsilonKey();
    return metadata.real(key(has(metadata, key) ? key : NormForm.RMS.epsilonKey()));
  }

  private Set<Trait> others(Metadata metadata) {
    Set<Trait> others = family.traits();
    if (metadata.optBool(key("use_parallel_residual")).orElse(false)) {
      others.add(Trait.PARALLEL_PARTS);
    }
    return others;
  }

  /**
   * The files of Gemma do not say that the models of 27 billion weights have a scale of their own,
   * and those of T5 not that scores have none.
   */
  private float attentionScale(int hidden, int heads, int headDim, int layers) {
    boolean large =
        family.name().equals("gemma2") && layers == 46
            || family.name().equals("gemma3") && layers == 62;
    if (family.positions() == Positions.BUCKETS) {
      return 1;
    }
    return (float) (1 / Math.sqrt(large ? (double) hidden / heads : headDim));
  }

  private Optional<Yarn> yarn(Metadata metadata) {
    if (!metadata.optString(key("rope.scaling.type")).orElse("none").equals("yarn")) {
      return Optional.empty();
    }
    float factor = metadata.real(key("rope.scaling.factor"));
    if (!(factor >= 1 && factor <= MAX_CONTEXT)) {
      throw error(metadata, "rope.scaling.factor", factor + " is not from 1 to " + MAX_CONTEXT);
    }
    int original = size(metadata, "rope.scaling.original_context_length", MAX_CONTEXT);
    float magnitude =
        factor(metadata, "rope.scaling.attn_factor", 1) * (float) (1 + 0.1 * Math.log(factor));
    return Optional.of(
        new Yarn(
            factor,
            original,
            turns(metadata, "rope.scaling.yarn_beta_fast", 32),
            turns(metadata, "rope.scaling.yarn_beta_slow", 1),
            metadata.optBool(key("rope.scaling.yarn_truncate")).orElse(true),
            magnitude));
  }

  private float turns(Metadata metadata, String suffix, float otherwise) {
    float turns = metadata.optReal(key(suffix)).orElse(otherwise);
    if (!(turns > 0 && turns <= MAX_CONTEXT)) {
      throw error(metadata, suffix, turns + " is not above 0");
    }
    return turns;
  }

  private Experts experts(Metadata metadata) {
    boolean always = family.feedForward() == FeedForwardForm.CLAMPED_SWIGLU;
    if (!always && metadata.optInteger(key("expert_count")).orElse(0) == 0) {
      return Experts.NONE;
    }
    int count = size(metadata, "expert_count", MAX_EXPERTS);
    int used = size(metadata, "expert_used_count", count);
    boolean renormalised =
        metadata.optBool(key("expert_weights_norm")).orElse(!family.name().equals("olmoe"));
    return new Experts(count, used, renormalised);
  }

  private SlidingWindow window(Metadata metadata, float ropeTheta) {
    if (!has(metadata, "attention.sliding_window")) {
      return SlidingWindow.NONE;
    }
    int positions = metadata.integer(key("attention.sliding_window"));
    if (positions < 0 || positions > MAX_CONTEXT) {
      throw error(
          metadata, "attention.sliding_window", positions + " is not from 0 to " + MAX_CONTEXT);
    }
    // Gemma 3 rotates faster in its local layers; its older files do not say so.
    float otherwise = family.name().equals("gemma3") ? 10_000f : ropeTheta;
    float local = metadata.optReal(key("rope.freq_base_swa")).orElse(otherwise);
    return family.window(positions, local);
  }

  /** A factor, which 0 stands for none of. */
  private float factor(Metadata metadata, String suffix, float otherwise) {
    float value = metadata.optReal(key(suffix)).orElse(otherwise);
    if (!Float.isFinite(value)) {
      throw error(metadata, suffix, value + " is not a finite number");
    }
    return value == 0 ? otherwise : value;
  }

  private float cap(Metadata metadata, String suffix) {
    float value = metadata.optReal(key(suffix)).orElse(0f);
    if (!(value >= 0 && value <= Float.MAX_VALUE)) {
      throw error(metadata, suffix, value + " is no bound");
    }
    return value;
  }

  private String key(String suffix) {
    return family.name() + "." + suffix;
  }

  private boolean has(Metadata metadata, String suffix) {
    return metadata.has(key(suffix));
  }

  private int size(Metadata metadata, String suffix, int max) {
    int value = metadata.integer(key(suffix));
    if (value < 1 || value > max) {
      throw error(metadata, suffix, value + " is not from 1 to " + max);
    }
    return value;
  }

  private ModelFormatException error(Metadata metadata, String suffix, String problem) {
    return new ModelFormatException(metadata.file(), key(suffix), problem);
  }

  /** The length of the vocabulary: of the tokens, or as a file without a tokenizer says. */
  private int vocabulary(StoredModel file) {
    TensorInfo embedding =
        file.tensor(TensorName.TOKEN_EMBEDDING.fileName())
            .orElseThrow(
                () ->
                    new ModelFormatException(
                        file.path(), "tensor " + TensorName.TOKEN_EMBEDDING.fileName(), "missing"));
    Metadata metadata = file.metadata();
    boolean counted = metadata.has(key("vocab_size")) && !metadata.has(TOKENS);
    int tokens = counted ? metadata.integer(key("vocab_size")) : metadata.strings(TOKENS).size();
    if (embedding.rows() != tokens) {
      throw new ModelFormatException(
          file.path(),
          counted ? key("vocab_size") : TOKENS,
          "%d tokens, but %s has %d rows".formatted(tokens, embedding.name(), embedding.rows()));
    }
    return tokens;
  }

  private void rejectWhatIsNotComputed(StoredModel file) {
    Metadata metadata = file.metadata();
    if (Boolean.FALSE.equals(metadata.optBool(key("rope.scaling.finetuned")).orElse(true))
        && family.name().equals("granite")) {
      throw new UnsupportedModel(file.path(), "a model without positions", "models with RoPE");
    }
  }

  private float ropeScale(StoredModel file) {
    Metadata metadata = file.metadata();
    String type = metadata.optString(key("rope.scaling.type")).orElse("none");
    return switch (type) {
      case "none", "yarn" -> 1;
      case "linear" -> {
        float factor = metadata.real(key("rope.scaling.factor"));
        if (!(factor > 0)) {
          throw error(metadata, "rope.scaling.factor", factor + " is not positive");
        }
        yield 1 / factor;
      }
      default ->
          throw new UnsupportedModel(
              file.path(),
              "RoPE scaling \"" + type + "\"",
              "none, linear, yarn, rope_freqs.weight");
    };
  }
}
