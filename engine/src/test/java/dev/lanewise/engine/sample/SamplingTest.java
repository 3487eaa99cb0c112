package dev.lanewise.engine.sample;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.model.ModelFormatException;
import dev.lanewise.model.gguf.Metadata;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SamplingTest {
  private static Sampling recommended(Map<String, Object> values) {
    return Sampling.recommendedBy(new Metadata(Path.of("model.gguf"), values));
  }

  @Test
  void whatTheFilesDoNotRecommendIsAsUsual() {
    assertEquals(Sampling.defaults(), recommended(Map.of()));
    Sampling some = recommended(Map.of("general.sampling.temp", 0.25));
    assertEquals(new Sampling(0.25f, 40, 0.95f, 0.05f, OptionalLong.empty()), some);
  }

  @Test
  void allThatIsRecommendedIsTaken() {
    Map<String, Object> values =
        Map.of(
            "general.sampling.temp", 0.0,
            "general.sampling.top_k", -1L,
            "general.sampling.top_p", 1.0,
            "general.sampling.min_p", 0.0,
            "general.sampling.penalty_repeat", 1.5);
    assertEquals(
        new Sampling(0, 0, 1, 0, 1, new LogitChanges(1.5f, 0, 0, Map.of()), OptionalLong.empty()),
        recommended(values));
  }

  @ParameterizedTest
  @CsvSource({
    "temp, -1, temperature: -1.0 is out of range",
    "top_p, 0, top_p: 0.0 is out of range",
    "min_p, 1.5, min_p: 1.5 is out of range",
    "penalty_repeat, 0, repetition_penalty: 0.0 is out of range",
  })
  void refusesWhatIsOutOfRange(String key, double value, String message) {
    ModelFormatException error =
        assertThrows(
            ModelFormatException.class,
            () -> recommended(Map.of("general.sampling." + key, value)));
    assertTrue(error.getMessage().startsWith("model.gguf: "), error.getMessage());
    assertTrue(error.getMessage().contains(message), error.getMessage());
  }
}
