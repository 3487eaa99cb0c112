package dev.lanewise.model.tokenizer;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The tokens that mark a text with a gap, in front of its beginning, in front of its end, and where
 * the model is to write what comes between (Bavarian et al., "Efficient Training of Language Models
 * to Fill in the Middle", 2022, section 3).
 */
public record InfillTokens(int prefix, int suffix, int middle) {
  private static final String PREFIX = "tokenizer.ggml.fim_pre_token_id";
  private static final String SUFFIX = "tokenizer.ggml.fim_suf_token_id";
  private static final String MIDDLE = "tokenizer.ggml.fim_mid_token_id";

  /** The names that families have for them: of prefix, suffix and middle. */
  private static final List<List<String>> NAMES =
      List.of(
          List.of("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"),
          List.of("<fim_prefix>", "<fim_suffix>", "<fim_middle>"),
          List.of("<fim-prefix>", "<fim-suffix>", "<fim-middle>"),
          List.of("<|code_prefix|>", "<|code_suffix|>", "<|code_middle|>"),
          List.of(
              "<\uFF5Cfim\u2581begin\uFF5C>",
              "<\uFF5Cfim\u2581hole\uFF5C>",
              "<\uFF5Cfim\u2581end\uFF5C>"),
          List.of("\u2581<PRE>", "\u2581<SUF>", "\u2581<MID>"),
          List.of("<PRE>", "<SUF>", "<MID>"));

  /** Those that a file names, or that have one of the usual names; empty if one is missing. */
  static Optional<InfillTokens> in(Vocabulary vocabulary, TokenIdKeys keys) {
    Optional<InfillTokens> named = of(keys.at(PREFIX), keys.at(SUFFIX), keys.at(MIDDLE));
    return named.isPresent()
        ? named
        : NAMES.stream()
            .filter(names -> names.stream().allMatch(name -> vocabulary.idOf(name) >= 0))
            .map(
                names ->
                    new InfillTokens(
                        vocabulary.idOf(names.get(0)),
                        vocabulary.idOf(names.get(1)),
                        vocabulary.idOf(names.get(2))))
            .findFirst();
  }

  private static Optional<InfillTokens> of(
      OptionalInt prefix, OptionalInt suffix, OptionalInt middle) {
    return prefix.isPresent() && suffix.isPresent() && middle.isPresent()
        ? Optional.of(new InfillTokens(prefix.getAsInt(), suffix.getAsInt(), middle.getAsInt()))
        : Optional.empty();
  }
}
