package dev.lanewise.bench.synth;

import dev.lanewise.model.config.EncoderHalf;
import dev.lanewise.model.config.Experts;
import dev.lanewise.model.config.FamilyTraits;
import dev.lanewise.model.config.ModelConfig;
import dev.lanewise.model.config.Positions;
import dev.lanewise.model.config.SlidingWindow;
import dev.lanewise.model.config.Trait;
import java.util.LinkedHashMap;
import java.util.Map;

/** Writes a configuration as the metadata of a GGUF file, by the keys of its family. */
final class ConfigMetadata {
  /** First and second sentences, which encoders tell apart. */
  static final long TOKEN_TYPES = 2;

  private final ModelConfig config;
  private final Map<String, Object> metadata = new LinkedHashMap<>();

  private ConfigMetadata(ModelConfig config) {
    this.config = config;
  }

  /** The metadata of a configuration, but for the tokenizer's. */
  static Map<String, Object> of(ModelConfig config) {
    ConfigMetadata made = new ConfigMetadata(config);
    made.metadata.put("general.architecture", config.architecture());
    made.metadata.put("general.name", config.name());
    made.addSizes();
    if (config.traits().positions() == Positions.ROTARY) {
      made.put("rope.dimension_count", config.rotaryDims());
      made.put("rope.freq_base", config.ropeTheta());
    }
    made.addScales();
    made.addWindow();
    made.addExperts();
    config.traits().encoder().ifPresent(made::addEncoder);
    if (config.traits().has(Trait.PARALLEL_PARTS)) {
      made.put("use_parallel_residual", true);
    }
    if (!config.generates()) {
      made.put("attention.causal", false);
    }
    if (config.traits().has(Trait.TOKEN_TYPES)) {
      made.metadata.put("tokenizer.ggml.token_type_count", TOKEN_TYPES);
    }
    return made.metadata;
  }

  private void addSizes() {
    put("vocab_size", config.vocabulary());
    put("context_length", config.contextLength());
    put("embedding_length", config.hidden());
    put("block_count", config.traits().encoder().map(EncoderHalf::layers).orElse(config.layers()));
    put("feed_forward_length", config.ffnHidden());
    put("attention.head_count", config.heads());
    put("attention.head_count_kv", config.kvHeads());
    put("attention.key_length", config.headDim());
    put("attention.value_length", config.headDim());
    put(config.traits().norm().epsilonKey(), config.normEpsilon());
  }

  private void addScales() {
    FamilyTraits traits = config.traits();
    // Only the files of Granite have these; of others, the family or the sizes tell them.
    if (traits.residualScale() != 1) {
      put("embedding_scale", traits.embeddingScale());
      put("residual_scale", traits.residualScale());
      put("attention.scale", traits.attentionScale());
      put("logit_scale", 1 / traits.logitScale());
    }
    if (traits.attentionSoftcap() != 0) {
      put("attn_logit_softcapping", traits.attentionSoftcap());
      put("final_logit_softcapping", traits.logitSoftcap());
    }
  }

  private void addWindow() {
    SlidingWindow window = config.traits().window();
    if (window.positions() > 0) {
      put("attention.sliding_window", window.positions());
      put("rope.freq_base_swa", window.ropeTheta());
    }
  }

  private void addExperts() {
    Experts experts = config.traits().experts();
    if (experts.exist()) {
      put("expert_count", experts.count());
      put("expert_used_count", experts.used());
      put("expert_feed_forward_length", config.ffnHidden());
    }
  }

  private void addEncoder(EncoderHalf encoder) {
    put("decoder_block_count", config.layers());
    put("decoder_start_token_id", encoder.startToken());
    put("attention.relative_buckets_count", config.traits().buckets().count());
  }

  private void put(String suffix, int value) {
    metadata.put(key(suffix), (long) value);
  }

  private void put(String suffix, float value) {
    metadata.put(key(suffix), (double) value);
  }

  private void put(String suffix, boolean value) {
    metadata.put(key(suffix), value);
  }

  private String key(String suffix) {
    return config.architecture() + "." + suffix;
  }
}
