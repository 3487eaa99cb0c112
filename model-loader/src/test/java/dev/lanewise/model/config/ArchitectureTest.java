package dev.lanewise.model.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.math.Rope;
import dev.lanewise.model.ModelFormatException;
import dev.lanewise.model.UnsupportedModel;
import dev.lanewise.model.gguf.GgufFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ArchitectureTest {
  private static final Path MODELS = Path.of(System.getProperty("lanewise.models"));

  @TempDir private Path folder;

  @Test
  void readsTheDefaultModel() throws IOException {
    try (GgufFile file = GgufFile.open(MODELS.resolve("SmolLM2-135M-Instruct.Q4_1.gguf"))) {
      ModelConfig config = Architecture.configOf(file);
      assertEquals(30, config.layers());
      assertEquals(576, config.hidden());
      assertEquals(1536, config.ffnHidden());
      assertEquals(9, config.heads());
      assertEquals(3, config.kvHeads());
      assertEquals(64, config.headDim());
      assertEquals(8192, config.contextLength());
      assertEquals(49_152, config.vocabulary());
      assertEquals(Rope.Layout.PAIRS, config.ropeLayout());
      assertTrue(config.tiedHead());
      assertFalse(config.biases().qkv());
    }
  }

  @Test
  void readsQwen2WithItsBiases() throws IOException {
    try (GgufFile file = GgufFile.open(MODELS.resolve("tiny/qwen2/model.gguf"))) {
      ModelConfig config = Architecture.configOf(file);
      assertTrue(config.biases().qkv());
      assertEquals(Rope.Layout.HALVES, config.ropeLayout());
    }
  }

  @Test
  void namesAnArchitectureItDoesNotKnow() throws IOException {
    Path file = changed("general.architecture\b", "llama", "mamba");
    try (GgufFile gguf = GgufFile.open(file)) {
      UnsupportedModel error =
          assertThrows(UnsupportedModel.class, () -> Architecture.configOf(gguf));
      assertTrue(
          error.getMessage().contains("\"mamba\" is not supported; supported: llama, qwen2"),
          error.getMessage());
    }
  }

  @Test
  void namesATensorThatIsMissing() throws IOException {
    Path file = changed("", "blk.2.ffn_up.weight", "blk.2.ffn_ub.weight");
    try (GgufFile gguf = GgufFile.open(file)) {
      ModelFormatException error =
          assertThrows(ModelFormatException.class, () -> Architecture.configOf(gguf));
      assertTrue(
          error.getMessage().endsWith("tensor blk.2.ffn_up.weight: missing"), error.getMessage());
    }
  }

  @Test
  void namesAKeyThatIsMissing() throws IOException {
    Path file = changed("", "llama.block_count", "llama.block_cound");
    try (GgufFile gguf = GgufFile.open(file)) {
      ModelFormatException error =
          assertThrows(ModelFormatException.class, () -> Architecture.configOf(gguf));
      assertTrue(error.getMessage().contains("llama.block_count: missing"), error.getMessage());
    }
  }

  /**
   * A copy of the tiny llama with the first {@code from} after {@code after} replaced, at the same
   * length.
   */
  private Path changed(String after, String from, String to) throws IOException {
    byte[] bytes = Files.readAllBytes(MODELS.resolve("tiny/llama/model.gguf"));
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    int anchor = Math.max(0, text.indexOf(after));
    int at = text.indexOf(from, anchor);
    String changed = text.substring(0, at) + to + text.substring(at + from.length());
    return Files.write(
        folder.resolve("changed.gguf"), changed.getBytes(StandardCharsets.ISO_8859_1));
  }
}
