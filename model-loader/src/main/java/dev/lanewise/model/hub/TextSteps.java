package dev.lanewise.model.hub;

import dev.lanewise.model.UnsupportedModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What happens to text before BPE merges it: the {@code pre_tokenizer} of a {@code tokenizer.json}
 * and, where symbols are characters, its {@code normalizer}.
 *
 * @param byteLevel whether symbols are bytes; else they are characters
 * @param splits regular expressions that cut text one after the other
 * @param spacePrefix where a space is put before text: {@code ALWAYS}, {@code UNLESS_SPACE}, {@code
 *     FIRST_UNLESS_SPACE} or {@code NEVER}
 */
record TextSteps(boolean byteLevel, List<String> splits, String spacePrefix) {
  private static final String SPACE = "\u2581";
  private static final String NEVER = "NEVER";

  /** What {@code ByteLevel} cuts text by. */
  private static final String GPT2 =
      "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

  /**
   * Reads the steps.
   *
   * @throws UnsupportedModel if there is one that is not known, or in a combination that is not
   */
  static TextSteps read(JsonFields tokenizer) {
    List<JsonFields> normalizers = steps(tokenizer, "normalizer", "normalizers");
    List<JsonFields> cuts = steps(tokenizer, "pre_tokenizer", "pretokenizers");
    return !cuts.isEmpty() && type(cuts.getLast()).equals("ByteLevel")
        ? ofBytes(cuts)
        : ofCharacters(tokenizer, normalizers, cuts);
  }

  /** A step, or the steps of a sequence. */
  static List<JsonFields> steps(JsonFields tokenizer, String field, String parts) {
    Optional<JsonFields> step = tokenizer.optFields(field);
    if (step.isEmpty()) {
      return List.of();
    }
    return type(step.get()).equals("Sequence") ? step.get().list(parts) : List.of(step.get());
  }

  private static String type(JsonFields step) {
    return step.string("type");
  }

  private static TextSteps ofBytes(List<JsonFields> cuts) {
    List<String> splits = new ArrayList<>();
    for (JsonFields step : cuts.subList(0, cuts.size() - 1)) {
      splits.add(
          switch (type(step)) {
            case "Split" -> split(step);
            case "Digits" -> step.optBool("individual_digits").orElse(false) ? "\\p{N}" : "\\p{N}+";
            default -> throw step.unsupported("type", "Split, Digits, and ByteLevel at the end");
          });
    }
    JsonFields last = cuts.getLast();
    if (last.optBool("add_prefix_space").orElse(true)) {
      throw last.unsupported("add_prefix_space", "false");
    }
    if (last.optBool("use_regex").orElse(true)) {
      splits.add(GPT2);
    }
    return new TextSteps(true, List.copyOf(splits), NEVER);
  }

  private static String split(JsonFields step) {
    JsonFields pattern = step.fields("pattern");
    if (!pattern.has("Regex")) {
      throw step.unsupported("pattern", "Regex");
    }
    String behavior = step.string("behavior");
    boolean inverted = step.optBool("invert").orElse(false);
    boolean onlyMatches =
        behavior.equals("Removed") && inverted && matchesEverything(pattern.string("Regex"));
    if (!behavior.equals("Isolated") && !onlyMatches) {
      throw step.unsupported("behavior", "Isolated");
    }
    if (inverted && !onlyMatches) {
      throw step.unsupported("invert", "false");
    }
    StringBuilder regex = new StringBuilder();
    for (char c : pattern.string("Regex").toCharArray()) {
      regex.append(c < 0x80 ? String.valueOf(c) : "\\u%04x".formatted((int) c));
    }
    return regex.toString();
  }

  /**
   * Whether a pattern that is known leaves nothing between its matches, so that it is the same to
   * drop that: it has all of letters, digits, spaces and what is none of these.
   */
  private static boolean matchesEverything(String regex) {
    return regex.contains("\\p{N}")
        && regex.contains("[^\\s\\p{L}\\p{N}]+")
        && regex.endsWith("|\\s+");
  }

  private static TextSteps ofCharacters(
      JsonFields tokenizer, List<JsonFields> normalizers, List<JsonFields> cuts) {
    String prefix = NEVER;
    boolean replaces = false;
    for (JsonFields step : normalizers) {
      switch (type(step)) {
        case "Prepend" -> {
          require(step, "prepend", SPACE);
          prefix = "ALWAYS";
        }
        case "Replace" -> {
          require(step.fields("pattern"), "String", " ");
          require(step, "content", SPACE);
          replaces = true;
        }
        default -> throw step.unsupported("type", "Prepend, Replace");
      }
    }
    for (JsonFields step : cuts) {
      if (type(step).equals("Split") && replaces) {
        // Gemma's, which finds no spaces any more.
        require(step.fields("pattern"), "String", " ");
        continue;
      }
      if (!type(step).equals("Metaspace") || replaces) {
        throw step.unsupported("type", "ByteLevel at the end, or Metaspace alone");
      }
      if (step.optBool("split").orElse(true)) {
        throw step.unsupported("split", "false");
      }
      replaces = true;
      prefix = spacePrefix(step);
    }
    if (!replaces) {
      throw new UnsupportedModel(
          tokenizer.file(), "a tokenizer that is neither", "byte-level or with spaces as " + SPACE);
    }
    return new TextSteps(false, List.of(), prefix);
  }

  /** What a {@code Metaspace} puts before text, see {@link #spacePrefix}. */
  static String spacePrefix(JsonFields metaspace) {
    require(metaspace, "replacement", SPACE);
    if (!metaspace.has("prepend_scheme")) {
      // As files had it before there were schemes.
      return metaspace.optBool("add_prefix_space").orElse(true) ? "UNLESS_SPACE" : NEVER;
    }
    return switch (metaspace.string("prepend_scheme")) {
      case "always" -> "UNLESS_SPACE";
      case "first" -> "FIRST_UNLESS_SPACE";
      case "never" -> NEVER;
      default -> throw metaspace.unsupported("prepend_scheme", "always, first, never");
    };
  }

  private static void require(JsonFields step, String field, String only) {
    if (!step.string(field).equals(only)) {
      throw step.unsupported(field, "\"" + only + "\"");
    }
  }
}
