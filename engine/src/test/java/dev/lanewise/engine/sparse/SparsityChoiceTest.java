package dev.lanewise.engine.sparse;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.model.config.Architecture;
import dev.lanewise.model.config.ModelConfig;
import dev.lanewise.model.gguf.GgufFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SparsityChoiceTest {
  private static ModelConfig tiny() throws IOException {
    Path model = Path.of(System.getProperty("lanewise.models"), "tiny/llama/model.gguf");
    try (GgufFile file = GgufFile.open(model)) {
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
      strings = {"", "of", "off@0.5", "coreinfer@", "coreinfer@x", "coreinfer@0", "coreinfer@1.5"})
  void namesWhatItCannotRead(String text) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> SparsityChoice.parse(text)).getMessage();
    assertTrue(message.contains("is no sparsity; "), message);
  }

  @Test
  void everySequenceHasItsOwnCoreNeurons() throws IOException {
    Supplier<Sparsity> sequences = SparsityChoice.parse("coreinfer@0.3").forSequencesOf(tiny());
    CoreNeurons core = (CoreNeurons) sequences.get();
    assertEquals(0.3, core.rule().share());
    assertNotSame(core, sequences.get());
    assertEquals(Sparsity.NONE, SparsityChoice.OFF.forSequencesOf(tiny()).get());
  }
}
