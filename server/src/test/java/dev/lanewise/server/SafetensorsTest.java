package dev.lanewise.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

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
}
