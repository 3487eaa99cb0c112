package dev.lanewise.model.hub;

import dev.lanewise.model.UnsupportedModel;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/**
 * The {@code normalizer} of a {@code tokenizer.json}.
 *
 * @param steps the name of each step, and behind some names what it needs, as {@code
 *     tokenizer.hub.normalizer} has them
 * @param charsmap the bytes that SentencePiece compiles replacements of characters into
 */
record NormalizerSteps(List<String> steps, Optional<int[]> charsmap) {
  private static final String CHARSMAP = "precompiled_charsmap";

  /**
   * Reads the steps.
   *
   * @throws UnsupportedModel if there is one that is not known
   */
  static NormalizerSteps read(JsonFields tokenizer) {
    Reader reader = new Reader();
    tokenizer.optFields("normalizer").ifPresent(reader::add);
    return new NormalizerSteps(List.copyOf(reader.steps), reader.charsmap);
  }

  private static final class Reader {
    private final List<String> steps = new ArrayList<>();
    private Optional<int[]> charsmap = Optional.empty();

    private void add(JsonFields step) {
      String type = step.string("type");
      switch (type) {
        case "Sequence" -> step.list("normalizers").forEach(this::add);
        case "NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents", "Nmt" -> steps.add(type);
        case "Strip" -> {
          addIf(step.optBool("strip_left").orElse(true), "StripLeft");
          addIf(step.optBool("strip_right").orElse(true), "StripRight");
        }
        case "Prepend" -> steps.addAll(List.of(type, step.string("prepend")));
        case "Replace" -> addReplace(step);
        case "Precompiled" -> addCharsmap(step);
        case "BertNormalizer" -> addBert(step);
        default ->
            throw step.unsupported(
                "type",
                "Precompiled, Replace, Strip, Prepend, NFC, NFD, NFKC, NFKD, Lowercase,"
                    + " StripAccents, Nmt, BertNormalizer, Sequence");
      }
    }

    private void addIf(boolean wanted, String name) {
      if (wanted) {
        steps.add(name);
      }
    }

    private void addReplace(JsonFields step) {
      JsonFields pattern = step.fields("pattern");
      String by = step.string("content");
      if (pattern.has("String")) {
        steps.addAll(List.of("Replace", pattern.string("String"), by));
        return;
      }
      steps.addAll(List.of("ReplacePattern", pattern.string("Regex"), by));
    }

    private void addCharsmap(JsonFields step) {
      if (!step.has(CHARSMAP) || step.string(CHARSMAP).isEmpty()) {
        return;
      }
      if (charsmap.isPresent()) {
        throw step.unsupported("type", "one Precompiled");
      }
      try {
        byte[] bytes = Base64.getDecoder().decode(step.string(CHARSMAP));
        int[] values = new int[bytes.length];
        for (int i = 0; i < values.length; i++) {
          values[i] = bytes[i] & 0xFF;
        }
        charsmap = Optional.of(values);
      } catch (IllegalArgumentException malformed) {
        throw step.error(CHARSMAP, "is not Base64: " + malformed.getMessage());
      }
      steps.add("Precompiled");
    }

    private void addBert(JsonFields step) {
      boolean lower = step.optBool("lowercase").orElse(true);
      addIf(step.optBool("clean_text").orElse(true), "BertClean");
      addIf(step.optBool("handle_chinese_chars").orElse(true), "BertIdeographs");
      addIf(step.optBool("strip_accents").orElse(lower), "BertAccents");
      addIf(lower, "Lowercase");
    }
  }
}
