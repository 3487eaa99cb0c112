package dev.lanewise.model.hub;

import static dev.lanewise.model.hub.TensorUse.Form.LESS_ONE;

import dev.lanewise.model.config.Half;
import dev.lanewise.model.config.TensorName;
import dev.lanewise.model.hub.TensorUse.Form;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * The names that tensors have in the files of a family.
 *
 * @param base of all names but that of the head; files of the model without a head lack it
 * @param uses what they are for, by their names without the base and with {@link #LAYER} for what
 *     names a layer, and * for the number of an expert; with encoder or decoder where both have
 *     blocks; nothing for what follows from the configuration
 */
record TensorNames(String base, Map<String, List<TensorUse>> uses) {
  private static final String LAYER = "layer:";
  private static final Pattern IN_LAYER =
      Pattern.compile(
          "(?:(?:(?:de|en)coder\\.)?(?:layers?|h)|(?<half>(?:de|en)coder\\.)block)"
              + "\\.(?<layer>\\d{1,4})\\.(?<name>.+)");
  private static final Pattern OF_EXPERT = Pattern.compile("(.*\\bexperts\\.)(\\d{1,4})(\\..+)");

  /** No names. */
  static TensorNames of(String base) {
    return new TensorNames(base, Map.of());
  }

  /** What a tensor is for that the model has once. */
  TensorNames with(String name, TensorUse... added) {
    Map<String, List<TensorUse>> all = new HashMap<>(uses);
    all.put(name, List.of(added));
    return new TensorNames(base, Map.copyOf(all));
  }

  /** What a tensor is for that each layer has; nothing if it follows from the configuration. */
  TensorNames layer(String name, TensorUse... added) {
    return with(LAYER + name, added);
  }

  TensorNames layer(String name, TensorName tensor) {
    return layer(name, TensorUse.of(tensor));
  }

  /**
   * A half of an encoder-decoder.
   *
   * @param half {@code encoder.} or {@code decoder.}
   * @param feedForward number of its last part
   */
  TensorNames withHalf(String half, Half of, int feedForward) {
    String attention = half + "layer.0.SelfAttention.";
    String last = half + "layer." + feedForward + ".";
    return with(half + "embed_tokens.weight")
        .with(half + "final_layer_norm.weight", TensorUse.of(of, TensorName.OUTPUT_NORM))
        .layer(half + "layer.0.layer_norm.weight", TensorUse.of(of, TensorName.ATTENTION_NORM))
        .layer(attention + "q.weight", TensorUse.of(of, TensorName.QUERY))
        .layer(attention + "k.weight", TensorUse.of(of, TensorName.KEY))
        .layer(attention + "v.weight", TensorUse.of(of, TensorName.VALUE))
        .layer(attention + "o.weight", TensorUse.of(of, TensorName.ATTENTION_OUTPUT))
        .layer(
            attention + "relative_attention_bias.weight",
            TensorUse.of(of, TensorName.RELATIVE_BIAS))
        .layer(last + "layer_norm.weight", TensorUse.of(of, TensorName.FFN_NORM))
        .layer(last + "DenseReluDense.wi.weight", TensorUse.of(of, TensorName.FFN_UP))
        .layer(last + "DenseReluDense.wi_0.weight", TensorUse.of(of, TensorName.FFN_GATE))
        .layer(last + "DenseReluDense.wi_1.weight", TensorUse.of(of, TensorName.FFN_UP))
        .layer(last + "DenseReluDense.wo.weight", TensorUse.of(of, TensorName.FFN_DOWN));
  }

  /** The attention of a decoder's blocks to what the encoder found. */
  TensorNames withCrossAttention(String part) {
    String attention = part + "EncDecAttention.";
    return layer(part + "layer_norm.weight", TensorUse.of(Half.DECODER, TensorName.CROSS_NORM))
        .layer(attention + "q.weight", TensorUse.of(Half.DECODER, TensorName.CROSS_QUERY))
        .layer(attention + "k.weight", TensorUse.of(Half.DECODER, TensorName.CROSS_KEY))
        .layer(attention + "v.weight", TensorUse.of(Half.DECODER, TensorName.CROSS_VALUE))
        .layer(attention + "o.weight", TensorUse.of(Half.DECODER, TensorName.CROSS_OUTPUT))
        .layer(attention + "relative_attention_bias.weight");
  }

  /** Weights of experts, each in a tensor of its own or those of all together. */
  TensorNames withExperts(String block, String gate, String up, String down) {
    String one = block + "experts.*.";
    return layer(block + "gate.weight", TensorName.ROUTER)
        .layer(one + gate + ".weight", TensorUse.of(TensorName.EXPERT_GATES).asExpert())
        .layer(one + up + ".weight", TensorUse.of(TensorName.EXPERT_UPS).asExpert())
        .layer(one + down + ".weight", TensorUse.of(TensorName.EXPERT_DOWNS).asExpert())
        .withGateAndUp(block + "experts.gate_up_proj")
        .layer(block + "experts.down_proj", TensorName.EXPERT_DOWNS);
  }

  /** Gate above up. */
  TensorNames withGateAndUp(String name) {
    return layer(
        name,
        TensorUse.of(TensorName.EXPERT_GATES).of(RowChoice.part(0, 2)),
        TensorUse.of(TensorName.EXPERT_UPS).of(RowChoice.part(1, 2)));
  }

  /** Rows of gate and up in turn. */
  TensorNames withAlternating(String name, Form form) {
    return layer(
        name,
        TensorUse.of(TensorName.EXPERT_GATES).as(form).of(RowChoice.alternating(0)),
        TensorUse.of(TensorName.EXPERT_UPS).as(form).of(RowChoice.alternating(1)));
  }

  /** Weights and biases. */
  TensorNames both(String name, TensorUse... weights) {
    TensorUse[] biases = Arrays.stream(weights).map(TensorUse::ofBias).toArray(TensorUse[]::new);
    return with(name + ".weight", weights).with(name + ".bias", biases);
  }

  /** Weights and biases of each layer. */
  TensorNames bothOfLayer(String name, TensorUse... weights) {
    return both(LAYER + name, weights);
  }

  TensorNames bothOfLayer(String name, TensorName weights) {
    return bothOfLayer(name, TensorUse.of(weights));
  }

  /** A block whose query, key and value are one below the other in each head. */
  TensorNames withBlock(String attention) {
    TensorUse[] parts =
        IntStream.range(0, 3)
            .mapToObj(i -> TensorUse.of(TensorName.FUSED_QKV).of(RowChoice.ofHeads(i)).asPart(i))
            .toArray(TensorUse[]::new);
    return bothOfLayer("input_layernorm", TensorName.ATTENTION_NORM)
        .bothOfLayer(attention + ".query_key_value", parts)
        .bothOfLayer(attention + ".dense", TensorName.ATTENTION_OUTPUT)
        .bothOfLayer("post_attention_layernorm", TensorName.FFN_NORM)
        .bothOfLayer("mlp.dense_h_to_4h", TensorName.FFN_UP)
        .bothOfLayer("mlp.dense_4h_to_h", TensorName.FFN_DOWN);
  }

  /** With 1 to be added to the weights of all norms. */
  TensorNames withNormsLessOne() {
    Map<String, List<TensorUse>> all = new HashMap<>(uses);
    all.replaceAll(
        (name, some) ->
            name.endsWith("norm.weight")
                ? some.stream().map(use -> use.as(LESS_ONE)).toList()
                : some);
    return new TensorNames(base, Map.copyOf(all));
  }

  /**
   * What a stored tensor is for; empty if the family has none of that name.
   *
   * @param headDim length of the heads
   */
  Optional<List<TensorUse>> uses(String name, int headDim) {
    String key = name.startsWith(base) ? name.substring(base.length()) : name;
    Matcher inLayer = IN_LAYER.matcher(key);
    if (!inLayer.matches()) {
      return Optional.ofNullable(uses.get(key));
    }
    int layer = Integer.parseInt(inLayer.group("layer"));
    String half = inLayer.group("half");
    String inBlock = half == null ? inLayer.group("name") : half + inLayer.group("name");
    Matcher ofExpert = OF_EXPERT.matcher(inBlock);
    boolean one = ofExpert.matches();
    int expert = one ? Integer.parseInt(ofExpert.group(2)) : 0;
    String rest = one ? ofExpert.group(1) + "*" + ofExpert.group(3) : inBlock;
    return Optional.ofNullable(uses.get(LAYER + rest))
        .map(some -> some.stream().map(use -> use.in(layer, expert, headDim)).toList());
  }
}
