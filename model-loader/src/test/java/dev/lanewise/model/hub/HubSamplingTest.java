package dev.lanewise.model.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.model.ModelFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class HubSamplingTest {
  @TempDir private Path folder;

  private Map<String, Object> read(String json) throws IOException {
    Files.writeString(folder.resolve("generation_config.json"), json.replace('\'', '"'));
    return HubSampling.read(folder);
  }

  @Test
  void readsWhatTheFileSays() throws IOException {
    assertEquals(Map.of(), HubSampling.read(folder));
    assertEquals(Map.of(), read("{'do_sample': true, 'eos_token_id': 2, 'top_p': null}"));
    assertEquals(
        Map.of(
            "general.sampling.temp", 1.0,
            "general.sampling.top_k", 20L,
            "general.sampling.top_p", 0.8,
            "general.sampling.min_p", 0.1,
            "general.sampling.penalty_repeat", 1.05),
        read(
            "{'do_sample': false, 'temperature': 1, 'top_k': 20, 'top_p': 0.8, 'min_p': 0.1,"
                + " 'repetition_penalty': 1.05}"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"temperature", "top_k", "top_p", "min_p", "repetition_penalty"})
  void namesTheFieldThatIsNotSound(String field) {
    ModelFormatException error =
        assertThrows(ModelFormatException.class, () -> read("{'%s': '1'}".formatted(field)));
    assertTrue(error.getMessage().contains("generation_config.json: " + field), error.getMessage());
  }
}
