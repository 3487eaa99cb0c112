package dev.lanewise.model.config;

import java.util.Optional;

/** The names that GGUF gives to the tensors of a transformer. */
public enum TensorName {
  TOKEN_EMBEDDING("token_embd.weight"),
  EMBEDDING_NORM("token_embd_norm.weight"),
  POSITION_EMBEDDING("position_embd.weight"),
  TOKEN_TYPES("token_types.weight"),
  OUTPUT_NORM("output_norm.weight"),
  OUTPUT("output.weight"),
  ROPE_FACTORS("rope_freqs.weight"),
  ATTENTION_NORM("blk.%d.attn_norm.weight"),
  QUERY("blk.%d.attn_q.weight"),
  KEY("blk.%d.attn_k.weight"),
  VALUE("blk.%d.attn_v.weight"),
  QUERY_BIAS("blk.%d.attn_q.bias"),
  KEY_BIAS("blk.%d.attn_k.bias"),
  VALUE_BIAS("blk.%d.attn_v.bias"),
  FUSED_QKV("blk.%d.attn_qkv.weight"),
  FUSED_QKV_BIAS("blk.%d.attn_qkv.bias"),
  QUERY_NORM("blk.%d.attn_q_norm.weight"),
  KEY_NORM("blk.%d.attn_k_norm.weight"),
  ATTENTION_OUTPUT_BIAS("blk.%d.attn_output.bias"),
  SINKS("blk.%d.attn_sinks.weight"),
  POST_ATTENTION_NORM("blk.%d.post_attention_norm.weight"),
  ATTENTION_SUM_NORM("blk.%d.attn_output_norm.weight"),
  ATTENTION_OUTPUT("blk.%d.attn_output.weight"),
  FFN_NORM("blk.%d.ffn_norm.weight"),
  ROUTER("blk.%d.ffn_gate_inp.weight"),
  ROUTER_BIAS("blk.%d.ffn_gate_inp.bias"),
  EXPERT_GATE_BIASES("blk.%d.ffn_gate_exps.bias"),
  EXPERT_UP_BIASES("blk.%d.ffn_up_exps.bias"),
  EXPERT_DOWN_BIASES("blk.%d.ffn_down_exps.bias"),
  EXPERT_GATES("blk.%d.ffn_gate_exps.weight"),
  EXPERT_UPS("blk.%d.ffn_up_exps.weight"),
  EXPERT_DOWNS("blk.%d.ffn_down_exps.weight"),
  FFN_GATE("blk.%d.ffn_gate.weight"),
  FFN_UP("blk.%d.ffn_up.weight"),
  FFN_DOWN("blk.%d.ffn_down.weight"),
  FFN_UP_BIAS("blk.%d.ffn_up.bias"),
  FFN_DOWN_BIAS("blk.%d.ffn_down.bias"),
  FFN_SUM_NORM("blk.%d.layer_output_norm.weight"),
  POST_FFN_NORM("blk.%d.post_ffw_norm.weight"),
  RELATIVE_BIAS("blk.%d.attn_rel_b.weight"),
  CROSS_NORM("blk.%d.cross_attn_norm.weight"),
  CROSS_QUERY("blk.%d.cross_attn_q.weight"),
  CROSS_KEY("blk.%d.cross_attn_k.weight"),
  CROSS_VALUE("blk.%d.cross_attn_v.weight"),
  CROSS_OUTPUT("blk.%d.cross_attn_o.weight"),
  CROSS_RELATIVE_BIAS("blk.%d.cross_attn_rel_b.weight");

  private static final String WEIGHT = ".weight";
  private static final String SCALE = ".scale";
  private static final String BIAS = ".bias";

  private final String pattern;

  TensorName(String pattern) {
    this.pattern = pattern;
  }

  /** The name of a tensor that the model has once. */
  public String fileName() {
    return pattern;
  }

  /** The name of the tensor of one layer. */
  public String fileName(int layer) {
    return pattern.formatted(layer);
  }

  /** Whether each layer has one of its own. */
  public boolean isOfLayer() {
    return pattern.contains("%d");
  }

  /** The name of the biases beside some weights. */
  public static String biasOf(String weights) {
    return weights.substring(0, weights.length() - WEIGHT.length()) + BIAS;
  }

  /** The name of the tensor that holds the scale of a whole tensor, as NVFP4 weights may have. */
  public static String scaleOf(String weights) {
    return weights.substring(0, weights.length() - WEIGHT.length()) + SCALE;
  }

  /** The tensor that a scale belongs to, or empty if the name is not that of a scale. */
  public static Optional<String> scaled(String name) {
    return name.endsWith(SCALE)
        ? Optional.of(name.substring(0, name.length() - SCALE.length()) + WEIGHT)
        : Optional.empty();
  }
}
