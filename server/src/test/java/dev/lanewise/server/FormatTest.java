package dev.lanewise.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.dialect.Dialect;
import com.networknt.schema.dialect.Dialects;
import com.networknt.schema.format.PatternFormat;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Answers have the format that was asked for. */
final class FormatTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String CHAT = "/v1/chat/completions";

  /** The validator's own format accepts only domains that are registered. */
  private static final Dialect DIALECT =
      Dialect.builder(Dialects.getDraft202012())
          .format(
              PatternFormat.of(
                  "email", "^[\\w.+-]{1,64}@([A-Za-z0-9-]{1,63}\\.)+[A-Za-z]{2,63}$", "email"))
          .build();

  private static RunningServer server;

  @BeforeAll
  static void start() throws IOException {
    server = RunningServer.start();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static ObjectNode request(String question) {
    ObjectNode body = JSON.createObjectNode().put("model", RunningServer.MODEL);
    body.put("seed", 1).put("max_tokens", 600);
    body.putArray("messages").addObject().put("role", "user").put("content", question);
    return body;
  }

  private static JsonNode choice(ObjectNode body) throws Exception {
    HttpResponse<String> response = server.post(CHAT, body.toString());
    assertEquals(200, response.statusCode(), response.body());
    return RunningServer.json(response).at("/choices/0");
  }

  private static String content(JsonNode choice) {
    return choice.at("/message/content").textValue();
  }

  private static List<Path> schemas() {
    try (Stream<Path> files = Files.list(Path.of("src/test/resources/schemas"))) {
      return files.filter(file -> file.toString().endsWith(".json")).sorted().toList();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  @Test
  void everyFinishedAnswerSatisfiesItsSchema() throws Exception {
    int finished = 0;
    List<Path> schemas = schemas();
    assertTrue(schemas.size() >= 30);
    for (Path file : schemas) {
      JsonNode schema = JSON.readTree(file.toFile());
      // The penalty, since the default model is small and repeats itself.
      ObjectNode body = request("Write some JSON.").put("frequency_penalty", 0.4);
      ObjectNode format = body.putObject("response_format").put("type", "json_schema");
      format.putObject("json_schema").put("name", "test").put("strict", true).set("schema", schema);
      JsonNode choice = choice(body);
      if (choice.get("finish_reason").textValue().equals("stop")) {
        finished++;
        Schema validator = SchemaRegistry.withDialect(DIALECT).getSchema(schema);
        assertEquals(
            List.of(),
            validator.validate(
                JSON.readTree(content(choice)),
                context -> context.executionConfig(config -> config.formatAssertionsEnabled(true))),
            file + ": " + content(choice));
      }
    }
    assertTrue(finished >= 0.95 * schemas.size(), finished + " of " + schemas.size());
  }

  @Test
  void jsonObjectsAreJson() throws Exception {
    ObjectNode body = request("Describe Paris as a JSON object with name and country.");
    body.putObject("response_format").put("type", "json_object");
    JsonNode choice = choice(body);
    assertEquals("stop", choice.get("finish_reason").textValue(), choice.toString());
    assertTrue(JSON.readTree(content(choice)).isObject());
  }

  @ParameterizedTest
  @CsvSource({
    "grammar, 'root ::= (\"yes\" | \"no\") \".\"', (yes|no)\\.",
    "regex, '[A-C]{3}-\\d{2}', '[A-C]{3}-\\d{2}'"
  })
  void grammarsAndRegularExpressionsHold(String field, String value, String expected)
      throws Exception {
    for (int seed = 0; seed < 5; seed++) {
      ObjectNode body = request("Is it?").put("seed", seed).put("temperature", 1.5);
      JsonNode choice = choice(body.put(field, value));
      assertTrue(content(choice).matches(expected), content(choice));
      assertEquals("stop", choice.get("finish_reason").textValue());
    }
  }

  private static ObjectNode withTool(String question, String choice) throws IOException {
    ObjectNode body = request(question);
    body.set(
        "tools",
        JSON.readTree(
            """
            [{"type": "function", "function": {"name": "get_weather", "description": "The weather of a city.",
              "parameters": {"type": "object", "required": ["city"], "additionalProperties": false,
                "properties": {"city": {"type": "string", "maxLength": 20}, "unit": {"enum": ["C", "F"]}}}}},
             {"type": "function", "function": {"name": "get_time"}}]"""));
    body.set("tool_choice", JSON.readTree(choice));
    return body;
  }

  @Test
  void aToolThatIsAskedForIsCalled() throws Exception {
    ObjectNode body =
        withTool(
            "How is the weather in Paris?",
            "{\"type\": \"function\", \"function\": {\"name\": \"get_weather\"}}");
    JsonNode choice = choice(body);
    assertEquals("tool_calls", choice.get("finish_reason").textValue(), choice.toString());
    assertTrue(choice.at("/message/content").isNull());
    assertEquals(1, choice.at("/message/tool_calls").size());
    JsonNode call = choice.at("/message/tool_calls/0");
    assertEquals("get_weather", call.at("/function/name").textValue());
    JsonNode arguments = JSON.readTree(call.at("/function/arguments").textValue());
    assertTrue(arguments.get("city").textValue().length() <= 20);
    // The conversation goes on with the result.
    ObjectNode next = withTool("How is the weather in Paris?", "\"none\"");
    next.withArray("messages").add(choice.get("message"));
    next.withArray("messages")
        .addObject()
        .put("role", "tool")
        .put("tool_call_id", call.get("id").textValue())
        .put("content", "Sunny, 25 degrees.");
    JsonNode answer = choice(next.put("max_tokens", 20));
    assertTrue(content(answer).length() > 0);
    assertTrue(answer.at("/message/tool_calls").isMissingNode());
  }

  @Test
  void streamedCallsAreThoseOfOneResponse() throws Exception {
    ObjectNode body = withTool("How is the weather in Paris?", "\"required\"").put("seed", 4);
    JsonNode whole = choice(body);
    String streamed = server.post(CHAT, body.put("stream", true).toString()).body();
    StringBuilder arguments = new StringBuilder();
    StringBuilder names = new StringBuilder();
    for (String line : streamed.lines().filter(line -> line.startsWith("data: {")).toList()) {
      JsonNode delta = JSON.readTree(line.substring(6)).at("/choices/0/delta");
      for (JsonNode call : delta.path("tool_calls")) {
        names.append(call.at("/function/name").asText(""));
        arguments.append(call.at("/function/arguments").asText(""));
      }
    }
    StringBuilder expected = new StringBuilder();
    StringBuilder expectedNames = new StringBuilder();
    for (JsonNode call : whole.at("/message/tool_calls")) {
      expectedNames.append(call.at("/function/name").textValue());
      expected.append(call.at("/function/arguments").textValue());
    }
    assertTrue(expected.length() > 0, whole.toString());
    assertEquals(expected.toString(), arguments.toString());
    assertEquals(expectedNames.toString(), names.toString());
  }

  @Test
  void onlyOneCallIfSeveralAreNotWanted() throws Exception {
    ObjectNode body =
        withTool("The weather in Paris, London and Rome?", "\"required\"")
            .put("parallel_tool_calls", false);
    assertEquals(1, choice(body).at("/message/tool_calls").size());
  }
}
