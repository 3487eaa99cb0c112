package dev.lanewise.model.tokenizer;

import dev.lanewise.model.ModelFormatException;
import dev.lanewise.model.UnsupportedModel;
import dev.lanewise.model.gguf.Metadata;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Changes text, step by step, before it is cut into tokens. */
final class TextNormalizer {
  static final TextNormalizer NONE = new TextNormalizer(List.of());

  /** Steps of tokenizer.json: the name of each, and behind some names what it needs. */
  private static final String STEPS = "tokenizer.hub.normalizer";

  /**
   * The expressions that tokenizers are published with. Engines differ in what others mean, and
   * some take forever.
   */
  private static final Map<String, Pattern> PATTERNS = patterns();

  /** Replaced by nothing; as a regular expression it takes quadratic time. */
  private static final String OUTER_SPACES = "\\A +| +\\z";

  private static final Pattern SPACES = Pattern.compile(" {2,}");

  private final List<UnaryOperator<String>> steps;

  private TextNormalizer(List<UnaryOperator<String>> steps) {
    this.steps = steps;
  }

  private static Map<String, Pattern> patterns() {
    Map<String, Pattern> patterns = new TreeMap<>();
    for (String regex : List.of(" {2,}", "\\s{2,}|[\\n\\r\\t]", "\\s+", "\\n", "\\A\u2581")) {
      patterns.put(regex, Pattern.compile(regex, Pattern.UNICODE_CHARACTER_CLASS));
    }
    return patterns;
  }

  /** Whether the metadata is of a {@code tokenizer.json}, which names all steps. */
  static boolean hasSteps(Metadata metadata) {
    return metadata.has(STEPS);
  }

  /**
   * The steps that {@code tokenizer.json} names; none in a GGUF file.
   *
   * @throws ModelFormatException if a step is unknown
   * @throws UnsupportedModel if a step replaces a pattern that is not known
   */
  static TextNormalizer ofSteps(Metadata metadata) {
    if (!metadata.has(STEPS)) {
      return NONE;
    }
    List<UnaryOperator<String>> steps = new ArrayList<>();
    for (Iterator<String> names = metadata.strings(STEPS).iterator(); names.hasNext(); ) {
      steps.add(step(names.next(), names, metadata));
    }
    return new TextNormalizer(List.copyOf(steps));
  }

  private static UnaryOperator<String> step(
      String name, Iterator<String> arguments, Metadata metadata) {
    return switch (name) {
      case "NFC", "NFD", "NFKC", "NFKD" -> unicodeForm(Normalizer.Form.valueOf(name));
      case "Lowercase" -> CharacterSteps::lowerCase;
      case "StripAccents" -> CharacterSteps::withoutMarks;
      case "StripLeft" -> text -> CharacterSteps.strip(text, CharacterKinds::isSpace, c -> false);
      case "StripRight" -> text -> CharacterSteps.strip(text, c -> false, CharacterKinds::isSpace);
      case "Nmt" -> CharacterSteps::withoutNoise;
      case "Prepend" -> prepend(argument(name, arguments, metadata));
      case "Replace" -> {
        String replaced = argument(name, arguments, metadata);
        String by = argument(name, arguments, metadata);
        yield text -> text.replace(replaced, by);
      }
      case "ReplacePattern" -> {
        String regex = argument(name, arguments, metadata);
        String by = argument(name, arguments, metadata);
        yield regex.equals(OUTER_SPACES) && by.isEmpty()
            ? text -> CharacterSteps.strip(text, c -> c == ' ', c -> c == ' ')
            : replace(pattern(regex, metadata), Matcher.quoteReplacement(by));
      }
      case "Precompiled" -> {
        Optional<CharsMap> map = CharsMap.read(metadata);
        yield map.isPresent() ? map.get()::replaceClusters : text -> text;
      }
      case "BertClean" -> CharacterSteps::clean;
      case "BertIdeographs" -> CharacterSteps::asWords;
      case "BertAccents" -> CharacterSteps::withoutAccents;
      default -> throw unknown(metadata, name);
    };
  }

  private static String argument(String name, Iterator<String> arguments, Metadata metadata) {
    if (!arguments.hasNext()) {
      throw new ModelFormatException(metadata.file(), STEPS, name + " lacks what it needs");
    }
    return arguments.next();
  }

  private static ModelFormatException unknown(Metadata metadata, String what) {
    return new ModelFormatException(metadata.file(), STEPS, what + " is unknown");
  }

  private static Pattern pattern(String regex, Metadata metadata) {
    Pattern pattern = PATTERNS.get(regex);
    if (pattern == null) {
      throw new UnsupportedModel(
          metadata.file(),
          "normalizer of tokenizer.json that replaces the pattern " + regex,
          "those of " + PATTERNS.keySet());
    }
    return pattern;
  }

  /**
   * What SentencePiece does: characters are replaced, and then, if the file says so, spaces at the
   * beginning and at the end go and others become one.
   */
  static TextNormalizer ofSentencePiece(Metadata metadata) {
    List<UnaryOperator<String>> steps = new ArrayList<>();
    CharsMap.read(metadata).ifPresent(map -> steps.add(map::replaceLongest));
    if (metadata.optBool("tokenizer.ggml.remove_extra_whitespaces").orElse(false)) {
      steps.add(replace(SPACES, " "));
      // The end is stripped after spaces were written as U+2581.
      steps.add(
          text ->
              CharacterSteps.strip(
                  text, c -> c == ' ', c -> c == ' ' || c == SentencePieces.SPACE));
    }
    return new TextNormalizer(List.copyOf(steps));
  }

  /** What BERT does (Devlin et al. 2018); files without the keys are of models without case. */
  static TextNormalizer ofBert(Metadata metadata) {
    boolean lower = metadata.optBool("tokenizer.ggml.normalizer.lowercase").orElse(true);
    List<UnaryOperator<String>> steps = new ArrayList<>();
    steps.add(CharacterSteps::clean);
    steps.add(CharacterSteps::asWords);
    if (metadata.optBool("tokenizer.ggml.normalizer.strip_accents").orElse(lower)) {
      steps.add(CharacterSteps::withoutAccents);
    }
    if (lower) {
      steps.add(CharacterSteps::lowerCase);
    }
    return new TextNormalizer(List.copyOf(steps));
  }

  /** The text after all steps. */
  String apply(String text) {
    String changed = text;
    for (UnaryOperator<String> step : steps) {
      changed = step.apply(changed);
    }
    return changed;
  }

  private static UnaryOperator<String> unicodeForm(Normalizer.Form form) {
    return text -> Normalizer.normalize(text, form);
  }

  private static UnaryOperator<String> replace(Pattern pattern, String by) {
    return text -> pattern.matcher(text).replaceAll(by);
  }

  private static UnaryOperator<String> prepend(String prefix) {
    return text -> text.isEmpty() ? text : prefix + text;
  }
}
