package dev.lanewise.model.hub;

import static dev.lanewise.model.hub.ConfigKey.flag;
import static dev.lanewise.model.hub.ConfigKey.fourfold;
import static dev.lanewise.model.hub.ConfigKey.index;
import static dev.lanewise.model.hub.ConfigKey.inverseRoot;
import static dev.lanewise.model.hub.ConfigKey.optSize;
import static dev.lanewise.model.hub.ConfigKey.real;
import static dev.lanewise.model.hub.ConfigKey.size;

import java.util.List;
import java.util.Optional;

/** The families whose safetensors are read. Values that are absent are those of Transformers. */
final class HubFamilies {
  private static final ConfigKey EXPERTS_USED = size("expert_used_count", "num_experts_per_tok");
  private static final ConfigKey EXPERTS_RENORMALISED =
      flag("expert_weights_norm", "norm_topk_prob");

  static final List<HubFamily> TABLE =
      List.of(
          HubFamily.of("llama", "LlamaForCausalLM", "llama", FamilyNames.LLAMA)
              .computing("attention_bias", false)
              .computing("mlp_bias", false),
          HubFamily.of("mistral", "MistralForCausalLM", "llama", FamilyNames.LLAMA)
              .withDefault("sliding_window", 4096)
              .with(LayerKinds.ALL_ALIKE),
          HubFamily.of("qwen2", "Qwen2ForCausalLM", "qwen2", FamilyNames.QWEN2)
              .withDefault("sliding_window", 4096)
              .with(LayerKinds.AS_LISTED),
          HubFamily.of("qwen3", "Qwen3ForCausalLM", "qwen3", FamilyNames.QWEN3)
              .withDefault("head_dim", 128)
              .withDefault("sliding_window", 4096)
              .computing("attention_bias", false)
              .with(LayerKinds.AS_LISTED),
          gemma("gemma2", "Gemma2ForCausalLM", "gemma2", 2)
              .withDefault("attn_logit_softcapping", 50.0)
              .withDefault("final_logit_softcapping", 30.0)
              .with(
                  real("attn_logit_softcapping", "attn_logit_softcapping"),
                  real("final_logit_softcapping", "final_logit_softcapping")),
          gemma("gemma3_text", "Gemma3ForCausalLM", "gemma3", 6)
              .withDefault("rope_theta", 1e6)
              .withDefault("rope_local_base_freq", 10_000)
              .computing("attn_logit_softcapping", "null")
              .computing("final_logit_softcapping", "null"),
          HubFamily.of("phi3", "Phi3ForCausalLM", "phi3", FamilyNames.PHI3)
              .withPartialRotation()
              .withDefault("rms_norm_eps", 1e-5)
              .with(LayerKinds.ALL_ALIKE),
          granite(HubFamily.of("granite", "GraniteForCausalLM", "granite", FamilyNames.LLAMA))
              .computing("mlp_bias", false),
          HubFamily.of("olmo2", "Olmo2ForCausalLM", "olmo2", FamilyNames.OLMO2)
              .withDefault("rms_norm_eps", 1e-5)
              .computing("attention_bias", false),
          HubFamily.of("smollm3", "SmolLM3ForCausalLM", "smollm3", FamilyNames.LLAMA)
              .withDefault("tie_word_embeddings", true)
              .computing("attention_bias", false)
              .computing("mlp_bias", false)
              .withDefault("rope_theta", 2e6)
              .with(LayerKinds.AS_LISTED.withRopelessPeriod(4)),
          HubFamily.of("mixtral", "MixtralForCausalLM", "llama", FamilyNames.MIXTRAL)
              .withDefault("rms_norm_eps", 1e-5)
              .withDefault("num_local_experts", 8)
              .withDefault("num_experts_per_tok", 2)
              .withDefault("rope_theta", 1e6)
              .with(size("expert_count", "num_local_experts"), EXPERTS_USED)
              .with(LayerKinds.ALL_ALIKE),
          HubFamily.of("qwen3_moe", "Qwen3MoeForCausalLM", "qwen3moe", FamilyNames.QWEN3_MOE)
              .withDefault("num_experts", 128)
              .withDefault("num_experts_per_tok", 8)
              .withDefault("norm_topk_prob", false)
              .withDefault("sliding_window", 4096)
              .computing("attention_bias", false)
              .computing("decoder_sparse_step", 1)
              .computing("mlp_only_layers", "[]")
              .with(
                  size("expert_count", "num_local_experts", "num_experts"),
                  EXPERTS_USED,
                  EXPERTS_RENORMALISED,
                  size("expert_feed_forward_length", "moe_intermediate_size"))
              .with(LayerKinds.AS_LISTED),
          HubFamily.of("olmoe", "OlmoeForCausalLM", "olmoe", FamilyNames.QWEN3_MOE)
              .withDefault("rms_norm_eps", 1e-5)
              .withDefault("num_experts", 64)
              .withDefault("num_experts_per_tok", 8)
              .withDefault("norm_topk_prob", false)
              .computing("attention_bias", false)
              .computing("clip_qkv", "null")
              .with(
                  size("expert_count", "num_local_experts", "num_experts"),
                  EXPERTS_USED,
                  EXPERTS_RENORMALISED),
          granite(
                  HubFamily.of(
                      "granitemoe", "GraniteMoeForCausalLM", "granitemoe", FamilyNames.GRANITE_MOE))
              .with(size("expert_count", "num_local_experts"), EXPERTS_USED),
          HubFamily.of("gpt_oss", "GptOssForCausalLM", "gpt-oss", FamilyNames.GPT_OSS)
              .withDefault("head_dim", 64)
              .withDefault("rms_norm_eps", 1e-5)
              .withDefault("rope_theta", 150_000)
              .withDefault("sliding_window", 128)
              .withDefault("num_experts_per_tok", 4)
              .computing("attention_bias", true)
              .computing("swiglu_alpha", 1.702)
              .computing("swiglu_limit", 7)
              .withMxfp4()
              .with(size("expert_count", "num_local_experts"), EXPERTS_USED)
              .with(LayerKinds.withPeriod(2)),
          layerNorms("gpt2", "GPT2LMHeadModel", "gpt2", FamilyNames.GPT2)
              .withDefault("activation_function", "gelu_new")
              .computing("activation_function", "gelu_new")
              .computing("scale_attn_weights", true)
              .computing("scale_attn_by_inverse_layer_idx", false)
              .computing("add_cross_attention", false)
              .with(
                  fourfold("feed_forward_length", "n_embd"),
                  optSize("feed_forward_length", "n_inner")),
          layerNorms("gpt_neox", "GPTNeoXForCausalLM", "gptneox", FamilyNames.GPT_NEOX)
              .withDefault("layer_norm_eps", 1e-5)
              .withDefault("rotary_pct", 0.25)
              .withDefault("tie_word_embeddings", false)
              .withDefault("use_parallel_residual", true)
              .withPartialRotation()
              .computing("hidden_act", "gelu")
              .with(
                  size("feed_forward_length", "intermediate_size"),
                  flag("use_parallel_residual", "use_parallel_residual")),
          layerNorms("bloom", "BloomForCausalLM", "bloom", FamilyNames.BLOOM)
              .withDefault("seq_length", 2048)
              .computing("apply_residual_connection_post_layernorm", false)
              .with(fourfold("feed_forward_length", "hidden_size", "n_embed")),
          layerNorms("opt", "OPTForCausalLM", "opt", FamilyNames.OPT)
              .computing("activation_function", "relu")
              .computing("do_layer_norm_before", true)
              .computing("layer_norm_elementwise_affine", true)
              .computing("_remove_final_layer_norm", false)
              .with(size("feed_forward_length", "ffn_dim")),
          layerNorms("bert", "BertModel", "bert", FamilyNames.BERT)
              .withDefault("layer_norm_eps", 1e-12)
              .computing("hidden_act", "gelu")
              .computing("position_embedding_type", "absolute")
              .computing("is_decoder", false)
              .computing("add_cross_attention", false)
              .with(size("feed_forward_length", "intermediate_size")),
          layerNorms("nomic_bert", "NomicBertModel", "nomic-bert", FamilyNames.NOMIC_BERT)
              .withDefault("rotary_emb_base", 10_000)
              .computing("activation_function", "swiglu")
              .computing("prenorm", false)
              .computing("causal", false)
              .computing("qkv_proj_bias", false)
              .computing("mlp_fc1_bias", false)
              .computing("mlp_fc2_bias", false)
              .computing("rotary_emb_fraction", 1)
              .computing("rotary_emb_interleaved", false)
              .computing("rotary_emb_scale_base", "null")
              .computing("rotary_scaling_factor", "null")
              .computing("num_experts", 0)
              .with(size("feed_forward_length", "n_inner")),
          layerNorms("modernbert", "ModernBertModel", "modern-bert", FamilyNames.MODERN_BERT)
              .withDefault("global_rope_theta", 160_000)
              .withDefault("local_rope_theta", 10_000)
              .withDefault("local_attention", 128)
              .computing("hidden_activation", "gelu")
              .computing("attention_bias", false)
              .computing("mlp_bias", false)
              .computing("norm_bias", false)
              .with(
                  size("feed_forward_length", "intermediate_size"),
                  real("attention.layer_norm_epsilon", "norm_eps"))
              .with(LayerKinds.LOCAL_BETWEEN),
          t5("t5", "T5ForConditionalGeneration")
              .withDefault("feed_forward_proj", "relu")
              .withDefault("tie_word_embeddings", true),
          t5("mt5", "MT5ForConditionalGeneration")
              .withDefault("feed_forward_proj", "gated-gelu")
              .withDefault("tie_word_embeddings", false),
          t5("umt5", "UMT5ForConditionalGeneration")
              .withDefault("feed_forward_proj", "gated-gelu")
              .withDefault("tie_word_embeddings", false));

  private HubFamilies() {}

  /** A family with LayerNorm, whose keys have several names. */
  private static HubFamily layerNorms(
      String modelType, String modelClass, String architecture, TensorNames names) {
    return HubFamily.of(
            modelType,
            modelClass,
            architecture,
            names,
            List.of(
                size("vocab_size", "vocab_size"),
                size("context_length", "max_position_embeddings", "n_positions", "seq_length"),
                size("block_count", "num_hidden_layers", "n_layer"),
                size("embedding_length", "hidden_size", "n_embd", "n_embed"),
                size("attention.head_count", "num_attention_heads", "n_head"),
                real("attention.layer_norm_epsilon", "layer_norm_eps"),
                real("attention.layer_norm_epsilon", "layer_norm_epsilon")))
        .withDefault("layer_norm_epsilon", 1e-5)
        .withDefault("tie_word_embeddings", true);
  }

  private static HubFamily t5(String modelType, String modelClass) {
    return HubFamily.of(
            modelType,
            modelClass,
            "t5",
            FamilyNames.T5,
            List.of(
                size("vocab_size", "vocab_size"),
                size("context_length", "n_positions"),
                size("block_count", "num_layers"),
                optSize("decoder_block_count", "num_decoder_layers"),
                size("embedding_length", "d_model"),
                size("feed_forward_length", "d_ff"),
                size("attention.head_count", "num_heads"),
                size("attention.key_length", "d_kv"),
                size("attention.relative_buckets_count", "relative_attention_num_buckets"),
                size("attention.relative_max_distance", "relative_attention_max_distance"),
                real("attention.layer_norm_rms_epsilon", "layer_norm_epsilon"),
                index("decoder_start_token_id", "decoder_start_token_id"),
                // Files of older versions say it by whether the head is the embedding.
                flag("scale_decoder_outputs", "scale_decoder_outputs", "tie_word_embeddings")))
        .withDefault("n_positions", 512)
        .withDefault("relative_attention_num_buckets", 32)
        .withDefault("relative_attention_max_distance", 128)
        .withDefault("layer_norm_epsilon", 1e-6)
        .withDefault("decoder_start_token_id", 0)
        .computing("feed_forward_proj", List.of("relu", "gated-gelu"));
  }

  private static HubFamily gemma(
      String modelType, String modelClass, String architecture, int period) {
    return HubFamily.of(
            modelType, modelClass, architecture, FamilyNames.GEMMA, HubFamily.LLAMA_KEYS)
        .with(LayerKinds.withPeriod(period))
        .withDefault("rms_norm_eps", 1e-6)
        .withDefault("tie_word_embeddings", true)
        .withDefault("hidden_activation", "gelu_pytorch_tanh")
        .computing("hidden_activation", "gelu_pytorch_tanh")
        .withDefault("head_dim", 256)
        .withDefault("query_pre_attn_scalar", 256)
        .withDefault("sliding_window", 4096)
        .computing("attention_bias", false)
        .computing("use_bidirectional_attention", false)
        .with(inverseRoot("attention.scale", "query_pre_attn_scalar"));
  }

  private static HubFamily granite(HubFamily family) {
    return family
        .withDefault("attention_multiplier", 1.0)
        .computing("attention_bias", false)
        .with(
            real("embedding_scale", "embedding_multiplier"),
            real("residual_scale", "residual_multiplier"),
            real("attention.scale", "attention_multiplier"),
            real("logit_scale", "logits_scaling"));
  }

  static Optional<HubFamily> of(String modelType) {
    return TABLE.stream().filter(family -> family.modelType().equals(modelType)).findFirst();
  }
}
