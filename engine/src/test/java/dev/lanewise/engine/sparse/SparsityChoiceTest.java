package dev.lanewise.engine.sparse;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.InvalidRequest;
import dev.lanewise.model.config.Architecture;
import dev.lanewise.model.config.ModelConfig;
import dev.lanewise.model.gguf.GgufFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SparsityChoiceTest {
  private static final Path TINY =
      Path.of(System.getProperty("lanewise.models"), "tiny/llama/model.gguf");

  @TempDir private Path folder;

  private static ModelConfig tiny() throws IOException {
    try (GgufFile file = GgufFile.open(TINY)) {
      return Architecture.configOf(file);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "off, off, ''",
    "coreinfer, coreinfer, 0.4",
    "coreinfer@0.25, coreinfer, 0.25",
    "coreinfer@1, coreinfer, 1.0"
  })
  void readsMethodsAndLevels(String text, String method, String level) {
    SparsityChoice choice = SparsityChoice.parse(text);
    assertEquals(method, choice.method());
    assertEquals(level, choice.level());
    assertEquals(choice, SparsityChoice.parse(choice.toString()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "of",
        "off@0.5",
        "coreinfer@",
        "coreinfer@x",
        "no.json",
        "no.json@0.5",
        "coreinfer@0",
        "coreinfer@1.5"
      })
  void namesWhatItCannotRead(String text) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> SparsityChoice.parse(text)).getMessage();
    assertTrue(message.contains("is no sparsity; "), message);
  }

  private Path write() throws IOException {
    ModelConfig config = tiny();
    List<SparsityLevel> levels = new ArrayList<>();
    for (double target : new double[] {0.2, 0.4}) {
      LayerLevel layer = new LayerLevel(0, 0, 0, 0, 0, 0, 0, (float) target);
      levels.add(
          new ThresholdLevel(target, target, target, Collections.nCopies(config.layers(), layer)));
    }
    Path file = folder.resolve("tiny@home.cats.json");
    new SparsityFile(
            SparsityFile.VERSION,
            new CalibratedModel("model.gguf", ModelHash.of(TINY), "as-is"),
            ThresholdMethod.CATS,
            0.4,
            1024,
            10,
            11,
            config.ffnHidden(),
            List.of(),
            levels)
        .write(file);
    return file;
  }

  private static float neuron(SparsityChoice choice) throws IOException {
    Thresholds thresholds = (Thresholds) choice.forSequencesOf(TINY, tiny()).get();
    return thresholds.layers().getFirst().neurons()[0];
  }

  @Test
  void takesThresholdsFromAFile() throws IOException {
    Path file = write();
    SparsityChoice all = SparsityChoice.parse(file.toString());
    assertEquals("tiny@home.cats", all.method());
    assertEquals("", all.level());
    assertEquals(file.toString(), all.toString());
    assertEquals(0.4f, neuron(all));
    SparsityChoice some = SparsityChoice.parse(file + "@0.25");
    assertEquals("0.25", some.level());
    assertEquals(file + "@0.25", some.toString());
    assertEquals(0.2f, neuron(some));
    assertThrows(InvalidRequest.class, () -> neuron(SparsityChoice.parse(file + "@0.5")));
  }

  @Test
  void everySequenceHasItsOwnCoreNeurons() throws IOException {
    Supplier<Sparsity> sequences =
        SparsityChoice.parse("coreinfer@0.3").forSequencesOf(TINY, tiny());
    CoreNeurons core = (CoreNeurons) sequences.get();
    assertEquals(0.3, core.rule().share());
    assertNotSame(core, sequences.get());
    assertEquals(Sparsity.NONE, SparsityChoice.OFF.forSequencesOf(TINY, tiny()).get());
  }
}
