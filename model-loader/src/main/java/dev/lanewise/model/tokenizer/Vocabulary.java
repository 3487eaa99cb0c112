package dev.lanewise.model.tokenizer;

import dev.lanewise.model.ModelFormatException;
import dev.lanewise.model.gguf.Metadata;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** The tokens of a model: texts as the file spells them, and types. */
final class Vocabulary {
  private static final String TOKENS = "tokenizer.ggml.tokens";
  private static final String TYPES = "tokenizer.ggml.token_type";
  private static final String SCORES = "tokenizer.ggml.scores";

  /** Several times as many as any published vocabulary has. */
  private static final long MAX_CHARACTERS = 1 << 24;

  private static final Pattern SENTINEL =
      Pattern.compile("<extra_id_\\d{1,4}>|\\[(NLU|NLG|S2S)\\]");

  private final List<String> texts;
  private final TokenType[] types;
  private final Map<String, Integer> ids;

  private Vocabulary(List<String> texts, TokenType[] types, Map<String, Integer> ids) {
    this.texts = texts;
    this.types = types;
    this.ids = ids;
  }

  /**
   * Reads the vocabulary of a file. Of several tokens with one text, tokenizing finds the first.
   *
   * <p>Without {@code tokenizer.ggml.token_type} all tokens are normal. A token whose text is known
   * to end generation is a control token whatever its type says, because some files have it wrong.
   *
   * @throws ModelFormatException if there are no tokens, absurdly long ones, or not one type for
   *     each
   */
  static Vocabulary read(Metadata metadata, Path file) {
    List<String> texts = metadata.strings(TOKENS);
    if (texts.isEmpty()) {
      throw new ModelFormatException(file, -1, TOKENS, "the vocabulary is empty");
    }
    long characters = texts.stream().mapToLong(String::length).sum();
    if (characters > MAX_CHARACTERS) {
      throw new ModelFormatException(
          file,
          -1,
          TOKENS,
          "has %d characters; at most %d are read".formatted(characters, MAX_CHARACTERS));
    }
    TokenType[] types = new TokenType[texts.size()];
    Arrays.fill(types, TokenType.NORMAL);
    if (metadata.has(TYPES)) {
      int[] numbers = metadata.integers(TYPES);
      requireOneForEachToken(file, TYPES, numbers.length, types.length);
      Arrays.setAll(types, id -> TokenType.ofNumber(numbers[id]));
    }
    Map<String, Integer> ids = HashMap.newHashMap(texts.size());
    for (int id = 0; id < texts.size(); id++) {
      ids.putIfAbsent(texts.get(id), id);
    }
    Vocabulary vocabulary = new Vocabulary(texts, types, ids);
    for (String mark : EndOfGeneration.TEXTS) {
      int id = vocabulary.idOf(mark);
      if (id >= 0) {
        types[id] = TokenType.CONTROL;
      }
    }
    return vocabulary;
  }

  /**
   * The vocabulary with user-defined tokens for the gaps of a text and for the modes of UL2,
   * whatever their types say: who asks a model to fill gaps writes them, and reads them in the
   * answer (Raffel et al. 2019, section 3.1.4; Tay et al. 2022, section 3.1.2).
   */
  Vocabulary withSentinels() {
    TokenType[] changed = types.clone();
    for (int id = 0; id < changed.length; id++) {
      if (SENTINEL.matcher(texts.get(id)).matches()) {
        changed[id] = TokenType.USER_DEFINED;
      }
    }
    return new Vocabulary(texts, changed, ids);
  }

  private static void requireOneForEachToken(Path file, String key, int found, int tokens) {
    if (found != tokens) {
      throw new ModelFormatException(
          file, -1, key, "has " + found + " elements, but " + TOKENS + " has " + tokens);
    }
  }

  int size() {
    return types.length;
  }

  String text(int id) {
    return texts.get(id);
  }

  TokenType type(int id) {
    return types[id];
  }

  /** The token of a text, whatever its type; -1 if there is none. */
  int idOf(String text) {
    return ids.getOrDefault(text, -1);
  }

  /**
   * The token that plain text may become; -1 if there is none. Never a control, unknown or byte
   * token.
   */
  int plainIdOf(String text) {
    int id = idOf(text);
    return id >= 0 && types[id].isPlainText() && !text.isEmpty() ? id : -1;
  }

  /**
   * Whether a model that is not made of merges may cut text into the token. User-defined tokens are
   * found before, or not at all.
   */
  boolean isPiece(int id) {
    return types[id] != TokenType.USER_DEFINED
        && types[id] != TokenType.UNUSED
        && plainIdOf(texts.get(id)) == id;
  }

  /**
   * The scores of the tokens, higher merges sooner.
   *
   * @throws ModelFormatException if they are missing or not one for each token
   */
  float[] scores(Metadata metadata, Path file) {
    float[] scores = metadata.floats(SCORES);
    requireOneForEachToken(file, SCORES, scores.length, size());
    return scores;
  }
}
