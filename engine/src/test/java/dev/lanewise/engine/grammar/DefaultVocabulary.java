package dev.lanewise.engine.grammar;

import dev.lanewise.model.gguf.GgufFile;
import dev.lanewise.model.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/** The tokens of the default model. */
final class DefaultVocabulary {
  static final Tokenizer TOKENIZER = read();
  static final Vocabulary VOCABULARY = new Vocabulary(TOKENIZER);
  static final int END = TOKENIZER.eos().orElseThrow();

  private DefaultVocabulary() {}

  private static Tokenizer read() {
    Path file =
        Path.of(System.getProperty("lanewise.models")).resolve("SmolLM2-135M-Instruct.Q4_1.gguf");
    try (GgufFile model = GgufFile.open(file)) {
      return Tokenizer.of(model.metadata(), file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Constraint constraint(String gbnf) {
    return new Constraint(GbnfParser.parse(gbnf), VOCABULARY);
  }

  static boolean has(long[] mask, int token) {
    return (mask[token / 64] >>> token & 1) != 0;
  }

  /** The token of a text that is one token. */
  static int token(String text) {
    int[] ids = TOKENIZER.encode(text, false);
    if (ids.length != 1) {
      throw new IllegalArgumentException("'" + text + "' is " + ids.length + " tokens");
    }
    return ids[0];
  }

  static void accept(Constraint.State state, String text) {
    for (int token : TOKENIZER.encode(text, false)) {
      state.accept(token);
    }
  }
}
