package dev.lanewise.engine;

import static dev.lanewise.engine.TestModels.read;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.sample.Sampling;
import dev.lanewise.model.ModelFormatException;
import dev.lanewise.model.gguf.GgufFile;
import dev.lanewise.model.gguf.TensorInfo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The life of an engine, on a tiny random model. */
final class EngineTest {
  private static final int BROKEN_TOKEN = 17;
  private static final Duration LONG = Duration.ofMinutes(1);

  private static EngineOptions context(int tokens) {
    EngineOptions defaults = EngineOptions.defaults();
    return new EngineOptions(
        2, OptionalInt.of(tokens), defaults.activations(), defaults.kvCache(), defaults.weights());
  }

  private static GenerationRequest request(OptionalInt maxTokens, int... prompt) {
    return new GenerationRequest(prompt, maxTokens, Sampling.greedy(), List.of());
  }

  @Test
  void generatesUntilTheContextIsFull() throws Exception {
    try (Engine engine = TestModels.load(TestModels.TINY, context(64))) {
      Generation generation = engine.submit(request(OptionalInt.empty(), 5, 6, 7, 8));
      read(generation);
      assertEquals(FinishReason.LENGTH, generation.result().finish());
      assertEquals(60, generation.result().completionTokens());
    }
  }

  @Test
  void usesTheLastPlaceOfTheContext() throws Exception {
    try (Engine engine = TestModels.load(TestModels.TINY, context(4))) {
      Generation generation = engine.submit(request(OptionalInt.of(1), 5, 6, 7));
      read(generation);
      assertEquals(1, generation.result().completionTokens());
    }
  }

  @Test
  void reportsProgressFromNoneToAll() throws Exception {
    List<Double> fractions = new ArrayList<>();
    Engine.load(TestModels.TINY, context(64), (stage, fraction) -> fractions.add(fraction)).close();
    assertEquals(0, fractions.getFirst());
    assertEquals(1, fractions.getLast());
  }

  @Test
  void refusesAContextTheModelWasNotMadeFor() {
    InvalidRequest refusal =
        assertThrows(
            InvalidRequest.class, () -> TestModels.load(TestModels.TINY, context(1_000_000)));
    assertEquals("context", refusal.field());
    assertTrue(refusal.getMessage().contains("1000000"), refusal.getMessage());
  }

  @Test
  void saysThatAModelWithoutATemplateCannotChat(@TempDir Path folder) throws Exception {
    Path model = edited(folder, "tokenizer.chat_template", "tokenizer.cat_templates");
    assertTrue(refusalOfAChat(model).contains("no chat template"));
  }

  @Test
  void loadsAModelWhoseTemplateIsBrokenButSaysSoInAChat(@TempDir Path folder) throws Exception {
    Path model = edited(folder, "{%", "{{");
    assertTrue(refusalOfAChat(model).contains("does not compile"));
  }

  private static String refusalOfAChat(Path model) throws Exception {
    try (Engine engine = TestModels.load(model, context(64))) {
      assertFalse(engine.hasChatTemplate());
      read(engine.submit(request(OptionalInt.of(2), 5, 6, 7)));
      InvalidRequest refusal =
          assertThrows(
              InvalidRequest.class, () -> engine.encodeChat(Map.of("messages", List.of())));
      assertEquals("messages", refusal.field());
      return refusal.getMessage();
    }
  }

  /** A copy of the tiny model with the first occurrence of a text replaced by one as long. */
  private static Path edited(Path folder, String from, String to) throws IOException {
    String bytes = Files.readString(TestModels.TINY, StandardCharsets.ISO_8859_1);
    int at = bytes.indexOf(from);
    assertTrue(at >= 0 && from.length() == to.length());
    String changed = bytes.substring(0, at) + to + bytes.substring(at + to.length());
    return Files.writeString(folder.resolve("edited.gguf"), changed, StandardCharsets.ISO_8859_1);
  }

  @Test
  void answersTheSameAfterWarmingUp() throws Exception {
    try (Engine engine = TestModels.load(TestModels.TINY, context(64))) {
      String before = read(engine.submit(request(OptionalInt.of(20), 5, 6, 7)));
      engine.warmUp();
      assertEquals(before, read(engine.submit(request(OptionalInt.of(20), 5, 6, 7))));
    }
  }

  @Test
  void aFailureEndsOnlyItsOwnRequest(@TempDir Path folder) throws Exception {
    try (Engine engine = TestModels.load(withBrokenEmbedding(folder), context(64))) {
      String expected;
      try (Engine sound = TestModels.load(TestModels.TINY, context(64))) {
        expected = read(sound.submit(request(OptionalInt.of(2), 5, 6, 7)));
      }
      Generation broken = engine.submit(request(OptionalInt.of(2), 5, BROKEN_TOKEN, 7));
      Generation neighbour = engine.submit(request(OptionalInt.of(2), 5, 6, 7));
      GenerationFailed failure = assertThrows(GenerationFailed.class, broken::nextText);
      assertTrue(failure.getMessage().contains("not finite"), failure.getMessage());
      assertThrows(GenerationFailed.class, broken::result);
      assertEquals(expected, read(neighbour));
    }
  }

  @Test
  void aNormThatIsNotFiniteIsRefusedByName(@TempDir Path folder) throws Exception {
    Path broken = withBrokenRow(folder, "blk.1.ffn_norm.weight", 0);
    ModelFormatException refusal =
        assertThrows(
            ModelFormatException.class, () -> TestModels.load(broken, context(64)).close());
    assertTrue(refusal.getMessage().contains("blk.1.ffn_norm.weight"), refusal.getMessage());
    assertTrue(refusal.getMessage().contains("NaN"), refusal.getMessage());
  }

  /** A copy of the tiny model in which the vector of one token is not a number. */
  private static Path withBrokenEmbedding(Path folder) throws IOException {
    return withBrokenRow(folder, "token_embd.weight", BROKEN_TOKEN);
  }

  /** A copy of the tiny model in which a row of a tensor is not a number. */
  private static Path withBrokenRow(Path folder, String name, int row) throws IOException {
    Path copy = Files.copy(TestModels.TINY, folder.resolve("broken.gguf"));
    TensorInfo tensor;
    try (GgufFile file = GgufFile.open(copy)) {
      tensor = file.tensor(name).orElseThrow();
    }
    byte[] notANumber = new byte[Math.toIntExact(tensor.format().bytesFor(tensor.cols()))];
    Arrays.fill(notANumber, (byte) 0xFF);
    try (FileChannel channel = FileChannel.open(copy, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(notANumber), tensor.offset() + (long) row * notANumber.length);
    }
    return copy;
  }

  @Test
  void drainingLetsAcceptedRequestsEnd() throws Exception {
    try (Engine engine = TestModels.load(TestModels.TINY, context(64))) {
      Generation first = engine.submit(request(OptionalInt.of(20), 5, 6, 7));
      Generation second = engine.submit(request(OptionalInt.of(20), 5, 6, 7));
      engine.drain(LONG);
      assertEquals(read(first), read(second));
      assertEquals(20, second.result().completionTokens());
      assertThrows(
          GenerationFailed.class, () -> engine.submit(request(OptionalInt.of(1), 5, 6, 7)));
    }
  }

  @Test
  void closingFailsWhatHasNotEnded() throws Exception {
    Engine engine = TestModels.load(TestModels.DEFAULT, EngineOptions.defaults());
    GenerationRequest endless =
        new GenerationRequest(
            engine.encodePrompt("Once upon a time"),
            OptionalInt.empty(),
            new Sampling(1.5f, 0, 1, 0, OptionalLong.of(1)),
            List.of());
    Generation running = engine.submit(endless);
    Generation second = engine.submit(endless);
    assertTrue(running.nextText().isPresent());
    engine.close();
    engine.close();
    GenerationFailed failure = assertThrows(GenerationFailed.class, () -> read(running));
    assertEquals("the server is shutting down", failure.getMessage());
    assertThrows(GenerationFailed.class, () -> read(second));
  }
}
