package dev.lanewise.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.lanewise.model.gguf.Metadata;
import dev.lanewise.model.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The marks around prompts of different kinds of models. */
final class PromptsTest {
  private static final Path FILE = Path.of("made.gguf");

  private static Prompts prompts(Map<String, Object> keys) {
    Metadata metadata = new Metadata(FILE, keys);
    return Prompts.of(Tokenizer.of(metadata, FILE), metadata, Optional.empty());
  }

  @Test
  void aModelThatReadsTextsAsAWholeSeesTheirEnd() {
    Prompts prompts =
        prompts(
            Map.of(
                "tokenizer.ggml.model",
                "t5",
                "tokenizer.ggml.tokens",
                List.of("<pad>", "</s>", "<unk>", "\u2581a"),
                "tokenizer.ggml.token_type",
                new int[] {3, 3, 2, 1},
                "tokenizer.ggml.scores",
                new float[] {0, 0, 0, -1}));
    assertArrayEquals(new int[] {3, 1}, prompts.encode("a"));
    assertArrayEquals(new int[] {3, 1}, prompts.encode("a", true, false));
    assertArrayEquals(new int[] {3}, prompts.encode("a", false, false));
  }

  @Test
  void aPromptThatADecoderGoesOnWithStaysOpen() {
    Prompts prompts =
        prompts(
            Map.of(
                "tokenizer.ggml.model",
                "llama",
                "tokenizer.ggml.tokens",
                List.of("<unk>", "<s>", "</s>", "\u2581", "a", "\u2581a"),
                "tokenizer.ggml.token_type",
                new int[] {2, 3, 3, 1, 1, 1},
                "tokenizer.ggml.scores",
                new float[6],
                "tokenizer.ggml.add_eos_token",
                true));
    assertArrayEquals(new int[] {1, 5}, prompts.encode("a"));
    assertArrayEquals(new int[] {1, 5, 2}, prompts.encode("a", true, false));
  }
}
