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
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

  @Test
  void readsBothHalvesOfAnEncoderDecoder() throws IOException {
    try (GgufFile file = GgufFile.open(MODELS.resolve("tiny/t5/model.gguf"))) {
      ModelConfig config = Architecture.configOf(file);
      assertTrue(config.hasEncoder());
      assertTrue(config.generates());
      assertEquals(FeedForwardForm.RELU, config.feedForward());
      assertEquals(new RelativeBuckets(32, 128, false), config.traits().buckets());
      assertEquals(1, config.traits().attentionScale());
      assertEquals(1f / 8, config.traits().logitScale());
      ModelConfig encoder = config.encoder().orElseThrow();
      assertEquals(3, encoder.layers());
      assertFalse(encoder.generates());
      assertFalse(encoder.hasEncoder());
    }
    try (GgufFile file = GgufFile.open(MODELS.resolve("tiny/t5-gated/model.gguf"))) {
      ModelConfig config = Architecture.configOf(file);
      assertEquals(FeedForwardForm.GATED_GELU, config.feedForward());
      assertEquals(1, config.traits().logitScale());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "attention.relative_buckets_count | 0 | 0 is not from 1 to 4096",
        "attention.relative_buckets_count | 3 | 3 is not even, or less than 4",
        "attention.relative_buckets_count | 2000000000 | is not from 1 to 4096",
        "attention.relative_buckets_count | 258 | 128 is not more than half of 258 buckets",
        "attention.relative_buckets_count | 64 | dimensions are [4, 32], not [4, 64]",
        "decoder_start_token_id | 320 | 320 is none of 320 tokens",
        "decoder_block_count | 4 | dec.blk.3.attn_norm.weight: missing",
        "block_count | 4 | enc.blk.3.attn_norm.weight: missing",
        "block_count | 2 | enc.blk.2.",
        "decoder_block_count | 0 | 0 is not from 1 to 1024",
      })
  void namesWhatIsWrongWithAnEncoderDecoder(String key, int value, String problem)
      throws IOException {
    byte[] bytes = Files.readAllBytes(MODELS.resolve("tiny/t5/model.gguf"));
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    String name = "t5." + key;
    int type = text.indexOf(name) + name.length();
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(type + Integer.BYTES, value);
    try (GgufFile gguf = GgufFile.open(Files.write(folder.resolve("changed.gguf"), bytes))) {
      RuntimeException error =
          assertThrows(RuntimeException.class, () -> Architecture.configOf(gguf));
      assertTrue(error.getMessage().contains(problem), error.getMessage());
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
