package dev.lanewise.model.tokenizer;

import dev.lanewise.model.gguf.Metadata;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The tokenizer part of a model file, made by a test. */
final class HandMadeVocabulary {
  private static final Path FILE = Path.of("hand-made.gguf");

  private final List<String> tokens = new ArrayList<>();
  private final List<TokenType> types = new ArrayList<>();
  private final List<Float> scores = new ArrayList<>();
  private final List<String> merges = new ArrayList<>();
  private final Map<String, Object> entries = new HashMap<>();
  private final Set<String> absent = new HashSet<>();

  private HandMadeVocabulary(String model) {
    entries.put("tokenizer.ggml.model", model);
  }

  /** A BPE vocabulary in which token 0 to 255 is that byte. */
  static HandMadeVocabulary bytePairs(String preTokenizer) {
    HandMadeVocabulary vocabulary =
        new HandMadeVocabulary("gpt2").with("tokenizer.ggml.pre", preTokenizer);
    for (int b = 0; b < 256; b++) {
      vocabulary.token(String.valueOf(ByteAlphabet.charOf(b)), TokenType.NORMAL);
    }
    return vocabulary;
  }

  /** A SentencePiece vocabulary that starts with unknown, beginning and end of sequence. */
  static HandMadeVocabulary sentencePieces() {
    return new HandMadeVocabulary("llama")
        .token("<unk>", TokenType.UNKNOWN)
        .token("<s>", TokenType.CONTROL)
        .token("</s>", TokenType.CONTROL);
  }

  /** A unigram vocabulary that starts as that of T5: padding, end and unknown. */
  static HandMadeVocabulary unigram() {
    return new HandMadeVocabulary("t5")
        .token("<pad>", TokenType.CONTROL)
        .token("</s>", TokenType.CONTROL)
        .token("<unk>", TokenType.UNKNOWN);
  }

  /** A WordPiece vocabulary without tokens. */
  static HandMadeVocabulary wordPieces() {
    return new HandMadeVocabulary("bert");
  }

  HandMadeVocabulary token(String text, TokenType type) {
    return token(text, type, 0);
  }

  HandMadeVocabulary piece(String text, float score) {
    return token(text, TokenType.NORMAL, score);
  }

  private HandMadeVocabulary token(String text, TokenType type, float score) {
    tokens.add(text);
    types.add(type);
    scores.add(score);
    return this;
  }

  /** Adds the 256 tokens that spell bytes. */
  HandMadeVocabulary byteTokens() {
    for (int b = 0; b < 256; b++) {
      token("<0x%02X>".formatted(b), TokenType.BYTE);
    }
    return this;
  }

  /** Adds a merge, and its result as a token. */
  HandMadeVocabulary merge(String left, String right) {
    return token(left + right, TokenType.NORMAL).mergeLine(left + " " + right);
  }

  HandMadeVocabulary mergeLine(String line) {
    merges.add(line);
    return this;
  }

  /** Sets a metadata entry, in place of the one this class would write. */
  HandMadeVocabulary with(String key, Object value) {
    entries.put(key, value);
    return this;
  }

  /** As above for integers, which metadata holds as long. */
  HandMadeVocabulary with(String key, long value) {
    return with(key, Long.valueOf(value));
  }

  /** Leaves a metadata entry out. */
  HandMadeVocabulary without(String key) {
    absent.add(key);
    return this;
  }

  Tokenizer build() {
    Map<String, Object> all = new HashMap<>();
    all.put("tokenizer.ggml.tokens", List.copyOf(tokens));
    all.put("tokenizer.ggml.token_type", types.stream().mapToInt(TokenType::ordinal).toArray());
    all.put("tokenizer.ggml.scores", floats());
    all.put("tokenizer.ggml.merges", List.copyOf(merges));
    all.putAll(entries);
    all.keySet().removeAll(absent);
    return Tokenizer.of(new Metadata(FILE, all), FILE);
  }

  private float[] floats() {
    float[] values = new float[scores.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = scores.get(i);
    }
    return values;
  }

  /** The texts of ids, for tests that say what the text is cut into. */
  static List<String> texts(Tokenizer tokenizer, int[] ids) {
    List<String> texts = new ArrayList<>();
    for (int id : ids) {
      texts.add(tokenizer.textOf(id));
    }
    return texts;
  }

  /** The text that ids stand for. */
  static String decode(Tokenizer tokenizer, int[] ids) {
    Detokenizer detokenizer = new Detokenizer(tokenizer);
    StringBuilder text = new StringBuilder();
    for (int id : ids) {
      text.append(detokenizer.append(id));
    }
    return text.append(detokenizer.finish()).toString();
  }
}
