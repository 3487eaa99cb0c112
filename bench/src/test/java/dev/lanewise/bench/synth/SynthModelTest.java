package dev.lanewise.bench.synth;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.Engine;
import dev.lanewise.engine.EngineOptions;
import dev.lanewise.engine.LoadProgress;
import dev.lanewise.engine.cache.KvCache;
import dev.lanewise.engine.transformer.Transformer;
import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.math.kernel.KvFormat;
import dev.lanewise.model.config.Architecture;
import dev.lanewise.model.config.ModelConfig;
import dev.lanewise.model.config.TensorTable;
import dev.lanewise.model.gguf.GgufFile;
import dev.lanewise.model.tokenizer.Tokenizer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SynthModelTest {
  private static final Shape TINY = Shape.named("tiny").orElseThrow();

  @TempDir private Path folder;

  private Path write(Shape shape, WeightMix mix, long seed) throws IOException {
    Path file = Files.createTempDirectory(folder, "model").resolve("model.gguf");
    new SynthModel(shape, mix, seed).writeTo(file);
    return file;
  }

  @ParameterizedTest
  @EnumSource
  void theEngineComputesAModelOfEveryMix(WeightMix mix) throws IOException {
    EngineOptions options =
        new EngineOptions(
            1, OptionalInt.of(64), EngineOptions.Activations.INT8, KvFormat.BF16, Optional.empty());
    try (Engine engine = Engine.load(write(TINY, mix, 1), options, LoadProgress.SILENT);
        KvCache cache = engine.transformer().newCache(KvFormat.BF16)) {
      assertEquals(TINY.config(), engine.config());
      int[] prompt =
          engine.encodeChat(
              Map.of(
                  "messages",
                  List.of(Map.of("role", "user", "content", "hello")),
                  "add_generation_prompt",
                  true));
      float[] logits = engine.transformer().prefill(cache, prompt, 0, prompt.length, true);
      for (int step = 0; step < 4; step++) {
        double squares = 0;
        for (float logit : logits) {
          squares += logit * logit;
        }
        double deviation = Math.sqrt(squares / logits.length);
        assertTrue(deviation > 0.1 && deviation < 1, () -> mix + ": logits of " + deviation);
        logits = engine.transformer().decode(cache, 100 + step);
      }
    }
  }

  @Test
  void theSameSeedGivesTheSameFile() throws IOException {
    byte[] first = Files.readAllBytes(write(TINY, WeightMix.Q4_K_M, 5));
    assertArrayEquals(first, Files.readAllBytes(write(TINY, WeightMix.Q4_K_M, 5)));
    byte[] other = Files.readAllBytes(write(TINY, WeightMix.Q4_K_M, 6));
    assertEquals(first.length, other.length);
    assertFalse(java.util.Arrays.equals(first, other));
  }

  @Test
  void textIsEncodedAndDecodedToItself() throws IOException {
    try (GgufFile file = GgufFile.open(write(TINY, WeightMix.Q4_0, 1))) {
      Tokenizer tokenizer = Tokenizer.of(file.metadata(), file.path());
      for (String text :
          List.of("hello", " the quick brown fox", "Grüße, 世界! 12345\n\n  x", "<|im_end|>", "")) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int[] ids = tokenizer.encode(text, false);
        for (int id : ids) {
          bytes.writeBytes(tokenizer.bytesOf(id));
        }
        assertEquals(text, bytes.toString(StandardCharsets.UTF_8));
      }
      assertEquals(1, tokenizer.encode(" a", false).length);
      assertEquals(1, tokenizer.encode("<|im_end|>", true).length);
      assertTrue(tokenizer.isEndOfGeneration(tokenizer.encode("<|im_end|>", true)[0]));
      assertEquals("Ġa", tokenizer.textOf(SynthVocabulary.LEAST));
      assertEquals(512, tokenizer.vocabularySize());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"smollm2-135m", "qwen2.5-0.5b"})
  void aLargerShapeIsReadBackAsItIs(String name) throws IOException {
    Shape shape = Shape.named(name).orElseThrow();
    try (GgufFile file = GgufFile.open(write(shape, WeightMix.Q4_0, 1))) {
      assertEquals(shape.config(), Architecture.configOf(file));
      assertEquals(BlockFormat.Q8_0, file.tensor("token_embd.weight").orElseThrow().format());
    }
  }

  static Stream<Shape> shapes() {
    return Shape.all().stream().filter(shape -> !shape.config().hasEncoder());
  }

  @Test
  void theEngineAnswersWithAnEncoderDecoder() throws IOException {
    Shape small = withOneLayer(Shape.named("t5-base").orElseThrow());
    EngineOptions options =
        new EngineOptions(
            1, OptionalInt.of(64), EngineOptions.Activations.INT8, KvFormat.BF16, Optional.empty());
    try (Engine engine =
        Engine.load(write(small, WeightMix.Q4_0, 1), options, LoadProgress.SILENT)) {
      assertEquals(small.config().traits().buckets(), engine.config().traits().buckets());
      assertEquals(12, engine.config().encoder().orElseThrow().layers());
      assertEquals(1, engine.config().layers());
      engine.warmUp();
    }
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void theEngineComputesAModelOfEveryShape(Shape shape) throws IOException {
    Shape small = withOneLayer(shape);
    EngineOptions options =
        new EngineOptions(
            1, OptionalInt.of(64), EngineOptions.Activations.INT8, KvFormat.BF16, Optional.empty());
    try (Engine engine =
            Engine.load(write(small, WeightMix.Q4_0, 1), options, LoadProgress.SILENT);
        KvCache cache = engine.readingTransformer().newCache(KvFormat.BF16)) {
      assertEquals(small.config(), engine.config());
      Transformer transformer = engine.readingTransformer();
      float[] states = new float[small.config().hidden()];
      float[] results = states;
      if (small.config().generates()) {
        transformer.prefill(cache, new int[] {1, 2, 3, 4}, 0, 4, true);
        results = transformer.decode(cache, 5);
      } else {
        transformer.clear();
        transformer.addPrompt(
            cache,
            new int[] {1, 2, 3, 4},
            0,
            4,
            (all, from) -> System.arraycopy(all, from, states, 0, states.length));
        transformer.compute();
      }
      double squares = 0;
      for (float result : results) {
        squares += result * result;
      }
      double deviation = Math.sqrt(squares / results.length);
      assertTrue(deviation > 0.05 && deviation < 5, () -> shape.name() + ": " + deviation);
    }
  }

  /** The same sizes, but for the two that change nothing but how long a test takes. */
  private static Shape withOneLayer(Shape shape) {
    ModelConfig config = shape.config();
    return new Shape(
        shape.name(),
        new ModelConfig(
            config.architecture(),
            config.name(),
            512,
            config.contextLength(),
            1,
            config.hidden(),
            config.feedForward(),
            config.ffnHidden(),
            config.heads(),
            config.kvHeads(),
            config.headDim(),
            config.normEpsilon(),
            config.ropeTheta(),
            config.rotaryDims(),
            config.ropeLayout(),
            config.ropeScale(),
            config.tiedHead(),
            config.biases(),
            config.traits()),
        shape.ropeStretch());
  }

  @Test
  void positionsAndRoutersStayFloats() {
    ModelConfig gpt2 = Shape.named("gpt2").orElseThrow().config();
    List<Long> dims = List.of(768L, 1024L);
    assertEquals(BlockFormat.F32, WeightMix.Q4_0.formatOf("position_embd.weight", dims, gpt2));
    assertEquals(BlockFormat.Q5_K, WeightMix.Q4_K_M.formatOf("blk.0.attn_qkv.weight", dims, gpt2));
    ModelConfig moe = Shape.named("moe-8x2").orElseThrow().config();
    assertEquals(
        BlockFormat.F32,
        WeightMix.Q4_0.formatOf("blk.7.ffn_gate_inp.weight", List.of(1024L, 8L), moe));
    List<Long> downs = List.of(1792L, 1024L, 8L);
    assertEquals(
        BlockFormat.Q6_K, WeightMix.Q4_K_M.formatOf("blk.0.ffn_down_exps.weight", downs, moe));
    assertEquals(
        BlockFormat.Q4_K, WeightMix.Q4_K_M.formatOf("blk.2.ffn_down_exps.weight", downs, moe));
  }

  @Test
  void theHeadAndHalfOfTheLayersGetMoreBits() {
    ModelConfig config = Shape.named("llama-3.2-1b").orElseThrow().config();
    int more = 0;
    for (int layer = 0; layer < config.layers(); layer++) {
      String name = "blk." + layer + ".ffn_down.weight";
      more +=
          WeightMix.Q4_K_M.formatOf(name, List.of(8192L, 2048L), config) == BlockFormat.Q6_K
              ? 1
              : 0;
    }
    assertEquals(8, more);
    List<Long> embedding = List.of(2048L, 128256L);
    String tied = "token_embd.weight";
    assertEquals(BlockFormat.Q6_K, WeightMix.Q4_0.formatOf(tied, embedding, config));
    assertEquals(BlockFormat.Q8_0, WeightMix.MXFP4.formatOf(tied, embedding, config));
    assertEquals(BlockFormat.BF16, WeightMix.BF16.formatOf(tied, embedding, config));
    ModelConfig untied = Shape.named("llama-3.1-8b").orElseThrow().config();
    assertEquals(BlockFormat.Q4_0, WeightMix.Q4_0.formatOf(tied, embedding, untied));
    assertEquals(BlockFormat.Q6_K, WeightMix.Q4_0.formatOf("output.weight", embedding, untied));
    assertNotEquals(List.of(), TensorTable.of(untied).get("output.weight"));
  }

  @Test
  void blocksThatDoNotDivideARowAreRefused() {
    Shape shape = Shape.named("smollm2-135m").orElseThrow();
    String message =
        assertThrows(IllegalArgumentException.class, () -> write(shape, WeightMix.Q4_K, 1))
            .getMessage();
    assertTrue(message.contains("--weights q4_k"), message);
    assertTrue(message.contains("576 elements"), message);
  }
}
