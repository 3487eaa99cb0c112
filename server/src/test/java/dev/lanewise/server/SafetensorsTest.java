package dev.lanewise.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lanewise.engine.Engine;
import dev.lanewise.engine.EngineOptions;
import dev.lanewise.engine.LoadProgress;
import dev.lanewise.engine.sample.Sampling;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model from a folder of safetensors answers as the same model from a GGUF file. */
final class SafetensorsTest {
  private static final Path FOLDER = RunningServer.FILE.resolveSibling("tiny/llama");

  private static JsonNode post(RunningServer server, String path, String body)
      throws IOException, InterruptedException {
    HttpResponse<String> response = server.post(path, body);
    assertEquals(200, response.statusCode(), response.body());
    return RunningServer.json(response);
  }

  @Test
  void answersAsItsGgufFile() throws IOException, InterruptedException {
    String text =
        """
        {"model": "test/smollm", "prompt": "The 3 cats, and <s>", "max_tokens": 20, "temperature": 0}
        """;
    String chat =
        """
        {"model": "test/smollm", "messages": [{"role": "user", "content": "Hello"}],
         "max_tokens": 20, "temperature": 0}
        """;
    try (RunningServer folder = RunningServer.start(FOLDER);
        RunningServer file = RunningServer.start(FOLDER.resolve("model.gguf"))) {
      JsonNode expected = post(file, "/v1/completions", text);
      JsonNode actual = post(folder, "/v1/completions", text);
      assertEquals(expected.at("/choices/0/text"), actual.at("/choices/0/text"));
      assertEquals(expected.get("usage"), actual.get("usage"));
      expected = post(file, "/v1/chat/completions", chat);
      actual = post(folder, "/v1/chat/completions", chat);
      assertEquals(
          expected.at("/choices/0/message/content"), actual.at("/choices/0/message/content"));
      assertEquals(expected.get("usage"), actual.get("usage"));
    }
  }

  private static JsonNode response(RunningServer server, String fields)
      throws IOException, InterruptedException {
    return post(
        server,
        "/v1/responses",
        "{\"model\": \"test/smollm\", \"input\": \"Hello\", \"max_output_tokens\": 16%s}"
            .formatted(fields));
  }

  private static Path recommending(Path folder, String sampling) throws IOException {
    Files.createDirectories(folder);
    for (String name :
        new String[] {
          "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"
        }) {
      Files.copy(FOLDER.resolve(name), folder.resolve(name));
    }
    Files.writeString(folder.resolve("generation_config.json"), sampling);
    return folder;
  }

  @Test
  void samplesAsItsFilesRecommendUnlessAskedOtherwise(@TempDir Path temporary)
      throws IOException, InterruptedException {
    Path model =
        recommending(temporary.resolve("model"), "{\"temperature\": 0.25, \"top_p\": 0.5}");
    try (RunningServer server = RunningServer.start(model)) {
      JsonNode recommended = response(server, "");
      assertEquals(0.25, recommended.get("temperature").asDouble());
      assertEquals(0.5, recommended.get("top_p").asDouble());
      JsonNode asked = response(server, ", \"temperature\": 1, \"top_p\": 0.75");
      assertEquals(1, asked.get("temperature").asDouble());
      assertEquals(0.75, asked.get("top_p").asDouble());
    }
    EngineOptions options = EngineOptions.defaults().withModelSampling(false);
    try (Engine engine = Engine.load(model, options, LoadProgress.SILENT)) {
      assertEquals(Sampling.defaults(), engine.sampling());
    }
  }

  /** Its folder is named by the commit; beside it is the record of what was pulled. */
  @Test
  void aModelFromAHubHasItsNameThere(@TempDir Path temporary) throws IOException {
    Path commit = temporary.resolve("owner/Tiny-1.5/0123abcd");
    recommending(commit, "{}");
    Files.writeString(commit.resolveSibling("0123abcd.json"), "{}");
    EngineOptions options = EngineOptions.defaults();
    try (Engine engine = Engine.load(commit, options, LoadProgress.SILENT)) {
      assertEquals("Tiny-1.5", ServedModel.of(engine, Optional.empty()).name());
      assertEquals("mine", ServedModel.of(engine, Optional.of("mine")).name());
    }
    Files.delete(commit.resolveSibling("0123abcd.json"));
    try (Engine engine = Engine.load(commit, options, LoadProgress.SILENT)) {
      assertEquals("0123abcd", ServedModel.of(engine, Optional.empty()).name());
    }
  }
}
