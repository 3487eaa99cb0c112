package dev.lanewise.model.hub;

import static dev.lanewise.model.hub.TensorUse.Form.MXFP4_CODES;
import static dev.lanewise.model.hub.TensorUse.Form.MXFP4_SCALES;
import static dev.lanewise.model.hub.TensorUse.Form.TRANSPOSED;

import dev.lanewise.model.config.Half;
import dev.lanewise.model.config.TensorName;

/** The names of the tensors of each family. */
final class FamilyNames {
  private static final String HEAD = "lm_head.weight";
  private static final String POST_ATTENTION_LAYERNORM = "post_attention_layernorm.weight";

  static final TensorNames LLAMA =
      TensorNames.of("model.")
          .with("embed_tokens.weight", TensorUse.of(TensorName.TOKEN_EMBEDDING))
          .with("norm.weight", TensorUse.of(TensorName.OUTPUT_NORM))
          .with(HEAD, TensorUse.of(TensorName.OUTPUT))
          .layer("input_layernorm.weight", TensorName.ATTENTION_NORM)
          .layer("self_attn.q_proj.weight", TensorName.QUERY)
          .layer("self_attn.k_proj.weight", TensorName.KEY)
          .layer("self_attn.v_proj.weight", TensorName.VALUE)
          .layer("self_attn.o_proj.weight", TensorName.ATTENTION_OUTPUT)
          .layer("self_attn.rotary_emb.inv_freq")
          .layer(POST_ATTENTION_LAYERNORM, TensorName.FFN_NORM)
          .layer("mlp.gate_proj.weight", TensorName.FFN_GATE)
          .layer("mlp.up_proj.weight", TensorName.FFN_UP)
          .layer("mlp.down_proj.weight", TensorName.FFN_DOWN);

  static final TensorNames QWEN2 =
      LLAMA
          .layer("self_attn.q_proj.bias", TensorName.QUERY_BIAS)
          .layer("self_attn.k_proj.bias", TensorName.KEY_BIAS)
          .layer("self_attn.v_proj.bias", TensorName.VALUE_BIAS);

  static final TensorNames QWEN3 =
      LLAMA
          .layer("self_attn.q_norm.weight", TensorName.QUERY_NORM)
          .layer("self_attn.k_norm.weight", TensorName.KEY_NORM);

  static final TensorNames GEMMA =
      QWEN3
          .layer(POST_ATTENTION_LAYERNORM, TensorName.POST_ATTENTION_NORM)
          .layer("pre_feedforward_layernorm.weight", TensorName.FFN_NORM)
          .layer("post_feedforward_layernorm.weight", TensorName.POST_FFN_NORM)
          .withNormsLessOne();

  static final TensorNames PHI3 =
      LLAMA
          .layer("self_attn.qkv_proj.weight", TensorName.FUSED_QKV)
          .layer("mlp.gate_up_proj.weight", TensorName.FFN_UP);

  static final TensorNames OLMO2 =
      QWEN3
          .layer(POST_ATTENTION_LAYERNORM, TensorName.POST_ATTENTION_NORM)
          .layer("post_feedforward_layernorm.weight", TensorName.POST_FFN_NORM);

  static final TensorNames MIXTRAL =
      LLAMA
          .withExperts("block_sparse_moe.", "w1", "w3", "w2")
          .withExperts("mlp.", "w1", "w3", "w2");

  static final TensorNames QWEN3_MOE =
      QWEN3.withExperts("mlp.", "gate_proj", "up_proj", "down_proj");

  static final TensorNames GRANITE_MOE =
      LLAMA
          .layer("block_sparse_moe.router.layer.weight", TensorName.ROUTER)
          .withGateAndUp("block_sparse_moe.input_linear.weight")
          .layer("block_sparse_moe.output_linear.weight", TensorName.EXPERT_DOWNS);

  static final TensorNames GPT_OSS =
      QWEN2
          .layer("self_attn.o_proj.bias", TensorName.ATTENTION_OUTPUT_BIAS)
          .layer("self_attn.sinks", TensorName.SINKS)
          .layer(POST_ATTENTION_LAYERNORM, TensorName.POST_ATTENTION_NORM)
          .layer("mlp.router.weight", TensorName.ROUTER)
          .layer("mlp.router.bias", TensorName.ROUTER_BIAS)
          .withAlternating("mlp.experts.gate_up_proj", TRANSPOSED)
          .withAlternating("mlp.experts.gate_up_proj_blocks", MXFP4_CODES)
          .withAlternating("mlp.experts.gate_up_proj_scales", MXFP4_SCALES)
          .layer(
              "mlp.experts.gate_up_proj_bias",
              TensorUse.of(TensorName.EXPERT_GATE_BIASES).of(RowChoice.alternating(0)),
              TensorUse.of(TensorName.EXPERT_UP_BIASES).of(RowChoice.alternating(1)))
          .layer("mlp.experts.down_proj", TensorUse.of(TensorName.EXPERT_DOWNS).as(TRANSPOSED))
          .layer(
              "mlp.experts.down_proj_blocks", TensorUse.of(TensorName.EXPERT_DOWNS).as(MXFP4_CODES))
          .layer(
              "mlp.experts.down_proj_scales",
              TensorUse.of(TensorName.EXPERT_DOWNS).as(MXFP4_SCALES))
          .layer("mlp.experts.down_proj_bias", TensorName.EXPERT_DOWN_BIASES);

  static final TensorNames GPT2 =
      TensorNames.of("transformer.")
          .with("wte.weight", TensorUse.of(TensorName.TOKEN_EMBEDDING))
          .with("wpe.weight", TensorUse.of(TensorName.POSITION_EMBEDDING))
          .both("ln_f", TensorUse.of(TensorName.OUTPUT_NORM))
          .with(HEAD, TensorUse.of(TensorName.OUTPUT))
          .bothOfLayer("ln_1", TensorName.ATTENTION_NORM)
          .bothOfLayer("attn.c_attn", TensorUse.of(TensorName.FUSED_QKV).as(TRANSPOSED))
          .bothOfLayer("attn.c_proj", TensorUse.of(TensorName.ATTENTION_OUTPUT).as(TRANSPOSED))
          .layer("attn.bias")
          .layer("attn.masked_bias")
          .bothOfLayer("ln_2", TensorName.FFN_NORM)
          .bothOfLayer("mlp.c_fc", TensorUse.of(TensorName.FFN_UP).as(TRANSPOSED))
          .bothOfLayer("mlp.c_proj", TensorUse.of(TensorName.FFN_DOWN).as(TRANSPOSED));

  static final TensorNames BLOOM =
      TensorNames.of("transformer.")
          .with("word_embeddings.weight", TensorUse.of(TensorName.TOKEN_EMBEDDING))
          .both("word_embeddings_layernorm", TensorUse.of(TensorName.EMBEDDING_NORM))
          .both("ln_f", TensorUse.of(TensorName.OUTPUT_NORM))
          .with(HEAD, TensorUse.of(TensorName.OUTPUT))
          .withBlock("self_attention");

  static final TensorNames GPT_NEOX =
      TensorNames.of("gpt_neox.")
          .with("embed_in.weight", TensorUse.of(TensorName.TOKEN_EMBEDDING))
          .both("final_layer_norm", TensorUse.of(TensorName.OUTPUT_NORM))
          .with("embed_out.weight", TensorUse.of(TensorName.OUTPUT))
          .withBlock("attention")
          .layer("attention.bias")
          .layer("attention.masked_bias")
          .layer("attention.rotary_emb.inv_freq");

  static final TensorNames OPT =
      TensorNames.of("model.")
          .with("decoder.embed_tokens.weight", TensorUse.of(TensorName.TOKEN_EMBEDDING))
          .with(
              "decoder.embed_positions.weight",
              TensorUse.of(TensorName.POSITION_EMBEDDING).of(RowChoice.from(2)))
          .both("decoder.final_layer_norm", TensorUse.of(TensorName.OUTPUT_NORM))
          .with(HEAD, TensorUse.of(TensorName.OUTPUT))
          .bothOfLayer("self_attn_layer_norm", TensorName.ATTENTION_NORM)
          .bothOfLayer("self_attn.q_proj", TensorName.QUERY)
          .bothOfLayer("self_attn.k_proj", TensorName.KEY)
          .bothOfLayer("self_attn.v_proj", TensorName.VALUE)
          .bothOfLayer("self_attn.out_proj", TensorName.ATTENTION_OUTPUT)
          .bothOfLayer("final_layer_norm", TensorName.FFN_NORM)
          .bothOfLayer("fc1", TensorName.FFN_UP)
          .bothOfLayer("fc2", TensorName.FFN_DOWN);

  static final TensorNames BERT =
      TensorNames.of("bert.")
          .with("embeddings.word_embeddings.weight", TensorUse.of(TensorName.TOKEN_EMBEDDING))
          .with(
              "embeddings.position_embeddings.weight", TensorUse.of(TensorName.POSITION_EMBEDDING))
          .with("embeddings.token_type_embeddings.weight", TensorUse.of(TensorName.TOKEN_TYPES))
          .with("embeddings.position_ids")
          .both("embeddings.LayerNorm", TensorUse.of(TensorName.EMBEDDING_NORM))
          .both("pooler.dense")
          .bothOfLayer("attention.self.query", TensorName.QUERY)
          .bothOfLayer("attention.self.key", TensorName.KEY)
          .bothOfLayer("attention.self.value", TensorName.VALUE)
          .bothOfLayer("attention.output.dense", TensorName.ATTENTION_OUTPUT)
          .bothOfLayer("attention.output.LayerNorm", TensorName.ATTENTION_SUM_NORM)
          .bothOfLayer("intermediate.dense", TensorName.FFN_UP)
          .bothOfLayer("output.dense", TensorName.FFN_DOWN)
          .bothOfLayer("output.LayerNorm", TensorName.FFN_SUM_NORM);

  static final TensorNames NOMIC_BERT =
      TensorNames.of("")
          .with("embeddings.word_embeddings.weight", TensorUse.of(TensorName.TOKEN_EMBEDDING))
          .with("embeddings.token_type_embeddings.weight", TensorUse.of(TensorName.TOKEN_TYPES))
          .both("emb_ln", TensorUse.of(TensorName.EMBEDDING_NORM))
          .layer("attn.Wqkv.weight", TensorName.FUSED_QKV)
          .layer("attn.out_proj.weight", TensorName.ATTENTION_OUTPUT)
          .bothOfLayer("norm1", TensorName.ATTENTION_SUM_NORM)
          .layer("mlp.fc12.weight", TensorName.FFN_GATE)
          .layer("mlp.fc11.weight", TensorName.FFN_UP)
          .layer("mlp.fc2.weight", TensorName.FFN_DOWN)
          .bothOfLayer("norm2", TensorName.FFN_SUM_NORM);

  static final TensorNames MODERN_BERT =
      TensorNames.of("model.")
          .with("embeddings.tok_embeddings.weight", TensorUse.of(TensorName.TOKEN_EMBEDDING))
          .with("embeddings.norm.weight", TensorUse.of(TensorName.EMBEDDING_NORM))
          .with("final_norm.weight", TensorUse.of(TensorName.OUTPUT_NORM))
          .layer("attn_norm.weight", TensorName.ATTENTION_NORM)
          .layer("attn.Wqkv.weight", TensorName.FUSED_QKV)
          .layer("attn.Wo.weight", TensorName.ATTENTION_OUTPUT)
          .layer("mlp_norm.weight", TensorName.FFN_NORM)
          .layer("mlp.Wi.weight", TensorName.FFN_UP)
          .layer("mlp.Wo.weight", TensorName.FFN_DOWN);

  static final TensorNames T5 =
      TensorNames.of("")
          .with("shared.weight", TensorUse.of(TensorName.TOKEN_EMBEDDING))
          .with(HEAD, TensorUse.of(TensorName.OUTPUT))
          .withHalf("encoder.", Half.ENCODER, 1)
          .withHalf("decoder.", Half.DECODER, 2)
          .withCrossAttention("decoder.layer.1.");

  private FamilyNames() {}
}
