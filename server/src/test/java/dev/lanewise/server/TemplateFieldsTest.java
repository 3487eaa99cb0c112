package dev.lanewise.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lanewise.model.chat.ChatTemplate;
import java.io.IOException;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Fields of requests that chat templates see. */
final class TemplateFieldsTest {
  private static final String TEMPLATE =
      "effort {{ reasoning_effort }}, thinking {{ enable_thinking }}, {{ colour }}";
  private static final String MESSAGES = "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]";

  private static RunningServer server;

  @BeforeAll
  static void start() throws IOException {
    server = RunningServer.start(ChatTemplate.compile(TEMPLATE));
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static JsonNode post(String path, String fields) throws Exception {
    HttpResponse<String> response =
        server.post(path, "{\"model\":\"" + RunningServer.MODEL + "\"," + fields + "}");
    assertEquals(200, response.statusCode(), response.body());
    return RunningServer.json(response);
  }

  private static String prompt(String fields) throws Exception {
    return post("/apply-template", fields + "," + MESSAGES).get("prompt").textValue();
  }

  @Test
  void templatesSeeTheEffortAndValuesOfTheirOwn() throws Exception {
    String colour = "\"chat_template_kwargs\":{\"colour\":\"red\"}";
    assertEquals("effort high, thinking , red", prompt("\"reasoning_effort\":\"high\"," + colour));
    assertEquals(
        "effort none, thinking False, red", prompt("\"reasoning_effort\":\"none\"," + colour));
  }

  @Test
  void templatesSeeTheEffortOfAResponse() throws Exception {
    String limit = "\"max_output_tokens\":16,\"input\":\"Hi\"";
    int tokens = server.engine().encodePrompt("effort low, thinking , ").length;
    assertEquals(
        tokens,
        post("/v1/responses", limit + ",\"reasoning\":{\"effort\":\"low\"}")
            .at("/usage/input_tokens")
            .intValue());
    int none = server.engine().encodePrompt("effort none, thinking False, ").length;
    assertEquals(
        none,
        post("/v1/responses", limit + ",\"reasoning\":{\"effort\":\"none\"}")
            .at("/usage/input_tokens")
            .intValue());
  }
}
