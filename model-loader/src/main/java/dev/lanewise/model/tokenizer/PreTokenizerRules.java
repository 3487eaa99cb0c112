package dev.lanewise.model.tokenizer;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * What a name in {@code tokenizer.ggml.pre} stands for.
 *
 * @param regexes splits text, see {@link PreTokenizer}
 * @param ignoreMerges true if a piece that is a token needs no merges to become it
 * @param addsBos whether prompts start with the beginning-of-sequence token where the file does not
 *     say
 */
record PreTokenizerRules(List<String> regexes, boolean ignoreMerges, boolean addsBos) {
  private static final String SPACES = "\\s+(?!\\S)|\\s+";
  private static final String LINES_AND_SPACES = "\\s*[\\r\\n]+|" + SPACES;
  private static final String CONTRACTION = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
  private static final String WORD = "[^\\r\\n\\p{L}\\p{N}]?\\p{L}+";
  private static final String SYMBOLS = " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*";
  private static final String DIGIT = "\\p{N}";
  private static final String DIGITS = "\\p{N}{1,3}";

  private static final String GPT2 =
      "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|" + SPACES;

  private static final String LLAMA3 = anyOf(CONTRACTION, WORD, DIGITS, SYMBOLS, LINES_AND_SPACES);
  private static final String QWEN2 = anyOf(CONTRACTION, WORD, DIGIT, SYMBOLS, LINES_AND_SPACES);

  private static final String QWEN35 =
      anyOf(
          CONTRACTION,
          "[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+",
          DIGIT,
          " ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*",
          LINES_AND_SPACES);

  // Words of the newer rules end where lower case turns to upper; letters without case are both.
  private static final String UPPER = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]";
  private static final String LOWER = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]";
  private static final String LOWER_ENDED = "[^\\r\\n\\p{L}\\p{N}]?" + UPPER + "*" + LOWER + "+";
  private static final String UPPER_STARTED = "[^\\r\\n\\p{L}\\p{N}]?" + UPPER + "+" + LOWER + "*";
  private static final String SYMBOLS_AND_SLASHES = " ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*";

  private static final String GPT4O =
      anyOf(
          LOWER_ENDED + CONTRACTION + "?",
          UPPER_STARTED + CONTRACTION + "?",
          DIGITS,
          SYMBOLS_AND_SLASHES,
          LINES_AND_SPACES);

  private static final String TEKKEN =
      anyOf(LOWER_ENDED, UPPER_STARTED, DIGIT, SYMBOLS_AND_SLASHES, LINES_AND_SPACES);

  private static final String IDEOGRAPHS_AND_KANA =
      "[\\u4e00-\\u9fa5\\u3040-\\u309f\\u30a0-\\u30ff]+";

  private static final String DEEPSEEK3 =
      anyOf(
          "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+",
          "[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+",
          " ?[\\p{P}\\p{S}]+[\\r\\n]*",
          LINES_AND_SPACES);

  // Nested sets as the files have them: what is none of all these is of a word.
  private static final String BLOOM =
      " ?[^(\\s|[.,!?\\u2026\\u3002\\uff0c\\u3001\\u0964\\u06d4\\u060c])]+";

  private static final Map<String, PreTokenizerRules> BY_NAME = table();

  private static Map<String, PreTokenizerRules> table() {
    Map<String, PreTokenizerRules> table = new TreeMap<>();
    PreTokenizerRules llama3 = new PreTokenizerRules(List.of(LLAMA3), true, true);
    put(table, llama3, "llama-bpe", "llama3", "llama-v3", "falcon3", "falcon-h1", "pixtral");
    put(table, llama3, "midm-2.0", "lfm2");
    put(table, withMerges(LLAMA3), "dbrx", "smaug-bpe", "glm4", "chatglm-bpe");
    PreTokenizerRules qwen2 = withMerges(QWEN2);
    put(table, qwen2, "qwen2", "deepseek-r1-qwen", "stablelm2", "hunyuan", "megrez", "grok-2");
    put(table, qwen2, "solar-open");
    put(table, withMerges(QWEN35), "qwen35");
    PreTokenizerRules gpt2 = withMerges(GPT2);
    put(table, gpt2, "gpt-2", "phi-2", "mpt", "olmo", "jais", "exaone4", "modern-bert");
    put(table, gpt2, "gigachat", "trillion", "granite-docling");
    PreTokenizerRules smollm = withMerges(DIGIT, GPT2);
    put(table, smollm, "smollm", "starcoder", "refact", "command-r", "codeshell", "exaone");
    put(table, smollm, "minerva-7b", "mellum2");
    put(table, withMerges(GPT4O), "gpt-4o", "llama4", "kanana2", "minimax-m2");
    put(table, new PreTokenizerRules(List.of(TEKKEN), true, true), "tekken");
    put(table, withMerges(DIGITS, IDEOGRAPHS_AND_KANA, DEEPSEEK3), "deepseek-v3", "hunyuan-dense");
    put(table, withMerges(BLOOM), "bloom", "poro-chat", "gpt3-finnish");
    put(table, withMerges("[\\p{P}$+<=>^~|`]+", GPT2, "[0-9][0-9][0-9]"), "falcon");
    return table;
  }

  private static PreTokenizerRules withMerges(String... regexes) {
    return new PreTokenizerRules(List.of(regexes), false, false);
  }

  private static void put(
      Map<String, PreTokenizerRules> table, PreTokenizerRules rules, String... names) {
    for (String name : names) {
      table.put(name, rules);
    }
  }

  private static String anyOf(String... alternatives) {
    return String.join("|", alternatives);
  }

  /** The rules of a name, if it is known. */
  static Optional<PreTokenizerRules> named(String name) {
    return Optional.ofNullable(BY_NAME.get(name));
  }

  /**
   * The rules of regular expressions that one of the known rules has. Others are refused: engines
   * differ in what an expression means, and a file could bring one that takes forever.
   */
  static Optional<PreTokenizerRules> of(List<String> regexes, boolean ignoreMerges) {
    return BY_NAME.values().stream().anyMatch(known -> known.regexes.equals(regexes))
        ? Optional.of(new PreTokenizerRules(regexes, ignoreMerges, false))
        : Optional.empty();
  }

  /** All known names, in order. */
  static Set<String> names() {
    return Collections.unmodifiableSet(BY_NAME.keySet());
  }
}
