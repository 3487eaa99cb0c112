package dev.lanewise.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.dialect.Dialects;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests and answers against OpenAI's own specification. */
final class SpecificationTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String CHAT = "/v1/chat/completions";
  private static final String TEXT = "/v1/completions";
  private static final List<String> COMMON =
      List.of(
          "{}",
          "{\"temperature\": 0}",
          "{\"temperature\": 1.5, \"top_p\": 0.5, \"seed\": 1}",
          "{\"n\": 2, \"seed\": 3}",
          "{\"stop\": \".\"}",
          "{\"stop\": [\"a\", \"b\"]}",
          "{\"presence_penalty\": 1, \"frequency_penalty\": -1}",
          "{\"logit_bias\": {\"5\": -100, \"7\": 3}}",
          "{\"user\": \"me\"}",
          "{\"stream_options\": null}");
  private static final List<String> OF_CHATS =
      List.of(
          "{\"logprobs\": true}",
          "{\"logprobs\": true, \"top_logprobs\": 3, \"n\": 2}",
          "{\"max_completion_tokens\": 3}",
          "{\"response_format\": {\"type\": \"text\"}}",
          "{\"response_format\": {\"type\": \"json_object\"}}",
          "{\"response_format\": {\"type\": \"json_schema\", \"json_schema\": {\"name\": \"a\", \"strict\": true, \"schema\": {\"type\": \"object\", \"properties\": {\"a\": {\"type\": \"integer\"}}, \"required\": [\"a\"]}}}}",
          "{\"tools\": [{\"type\": \"function\", \"function\": {\"name\": \"f\", \"parameters\": {\"type\": \"object\", \"properties\": {\"a\": {\"enum\": [1, 2]}}}}}]}",
          "{\"tools\": [{\"type\": \"function\", \"function\": {\"name\": \"f\"}}], \"tool_choice\": \"none\"}",
          "{\"tools\": [{\"type\": \"function\", \"function\": {\"name\": \"f\", \"parameters\": {\"type\": \"object\", \"properties\": {\"a\": {\"enum\": [1, 2]}}}}}], \"tool_choice\": \"required\", \"parallel_tool_calls\": false}",
          "{\"tools\": [{\"type\": \"function\", \"function\": {\"name\": \"f\"}}], \"tool_choice\": {\"type\": \"function\", \"function\": {\"name\": \"f\"}}}",
          "{\"tools\": [{\"type\": \"function\", \"function\": {\"name\": \"f\", \"strict\": true, \"parameters\": {\"type\": \"object\", \"properties\": {\"a\": {\"enum\": [1, 2]}}}}}, {\"type\": \"function\", \"function\": {\"name\": \"g\"}}], \"tool_choice\": {\"type\": \"allowed_tools\", \"allowed_tools\": {\"mode\": \"required\", \"tools\": [{\"type\": \"function\", \"function\": {\"name\": \"f\"}}]}}}",
          "{\"tools\": [{\"type\": \"custom\", \"custom\": {\"name\": \"f\", \"description\": \"Takes a number.\", \"format\": {\"type\": \"grammar\", \"grammar\": {\"syntax\": \"regex\", \"definition\": \"[0-9]\"}}}}], \"tool_choice\": {\"type\": \"custom\", \"custom\": {\"name\": \"f\"}}, \"max_tokens\": 40}",
          "{\"messages\": [{\"role\": \"user\", \"content\": \"?\"}, {\"role\": \"assistant\", \"tool_calls\": [{\"id\": \"c\", \"type\": \"custom\", \"custom\": {\"name\": \"f\", \"input\": \"3\"}}]}, {\"role\": \"tool\", \"tool_call_id\": \"c\", \"content\": \"5\"}]}",
          "{\"reasoning_effort\": \"low\", \"metadata\": {\"a\": \"b\"}}",
          "{\"store\": false, \"service_tier\": \"auto\", \"safety_identifier\": \"x\"}");
  private static final List<String> OF_TEXTS =
      List.of(
          "{\"logprobs\": 0}",
          "{\"logprobs\": 5, \"echo\": true}",
          "{\"echo\": true, \"max_tokens\": 0}",
          "{\"best_of\": 3, \"n\": 2}",
          "{\"prompt\": [\"One\", \"Two\"]}",
          "{\"prompt\": [19, 20, 21]}",
          "{\"prompt\": [[19, 20], [21]]}");

  private static RunningServer server;
  private static SchemaRegistry registry;
  private static JsonNode components;
  private static final Map<String, Schema> SCHEMAS = new HashMap<>();

  @BeforeAll
  static void start() throws IOException {
    server = RunningServer.start();
    registry = SchemaRegistry.withDialect(Dialects.getDraft202012());
    try (InputStream in = SpecificationTest.class.getResourceAsStream("/openai/schemas.json")) {
      components = JSON.readTree(in).get("components");
    }
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static void assertValid(String schema, JsonNode value) {
    Schema validator =
        SCHEMAS.computeIfAbsent(
            schema,
            name -> {
              ObjectNode root = JSON.createObjectNode().put("$ref", "#/components/schemas/" + name);
              root.set("components", components);
              return registry.getSchema(root);
            });
    assertEquals(List.of(), validator.validate(value), schema + ": " + value);
  }

  private static ObjectNode request(String path, String fields, boolean stream) throws IOException {
    ObjectNode body = JSON.createObjectNode().put("model", RunningServer.MODEL);
    body.put("max_tokens", 12);
    if (path.equals(CHAT)) {
      body.putArray("messages")
          .addObject()
          .put("role", "user")
          .put("content", "What is the capital of France?");
    } else {
      body.put("prompt", "Once upon a time");
    }
    body.setAll((ObjectNode) JSON.readTree(fields));
    if (stream) {
      body.put("stream", true).putObject("stream_options").put("include_usage", true);
    }
    return body;
  }

  private static int call(String path, String name, String fields) throws Exception {
    ObjectNode body = request(path, fields, false);
    assertValid("Create" + name + "Request", body);
    HttpResponse<String> response = server.post(path, body.toString());
    assertEquals(200, response.statusCode(), body + ": " + response.body());
    assertValid("Create" + name + "Response", withoutNull(RunningServer.json(response)));
    if (body.has("best_of")) {
      return 1;
    }
    ObjectNode streaming = request(path, fields, true);
    assertValid("Create" + name + "Request", streaming);
    List<JsonNode> chunks = new ArrayList<>();
    for (String line : server.post(path, streaming.toString()).body().lines().toList()) {
      if (line.startsWith("data: {")) {
        chunks.add(JSON.readTree(line.substring("data: ".length())));
      }
    }
    assertTrue(chunks.size() > 1, streaming.toString());
    for (JsonNode chunk : chunks) {
      assertValid(
          path.equals(CHAT) ? "CreateChatCompletionStreamResponse" : "CreateCompletionResponse",
          withoutCustom(withoutNull(chunk)));
    }
    return 2;
  }

  /**
   * Of texts, the specification forbids two nulls that OpenAI's service sends and clients expect:
   * the reason of an end that is not there yet, since chunks have no schema of their own, and the
   * probability of the first token of a prompt.
   */
  private static JsonNode withoutNull(JsonNode answer) {
    if (answer.get("object").textValue().equals("text_completion")) {
      for (JsonNode choice : answer.get("choices")) {
        if (choice.get("finish_reason").isNull()) {
          ((ObjectNode) choice).put("finish_reason", "stop");
        }
        if (choice.at("/logprobs/token_logprobs/0").isNull()) {
          ((ArrayNode) choice.at("/logprobs/token_logprobs")).set(0, 0);
          ((ArrayNode) choice.at("/logprobs/top_logprobs")).set(0, JSON.createObjectNode());
        }
      }
    }
    return answer;
  }

  /**
   * The specification has no calls of custom tools in streams, though OpenAI's service sends them
   * (github.com/openai/openai-openapi, issue 576): their type is none of those it lists.
   */
  private static JsonNode withoutCustom(JsonNode chunk) {
    for (JsonNode call : chunk.at("/choices/0/delta/tool_calls")) {
      if (call.has("custom")) {
        ((ObjectNode) call).remove("type");
      }
    }
    return chunk;
  }

  @Test
  void callsOfAllKindsAreAsTheSpecificationSays() throws Exception {
    int calls = 0;
    for (String fields : COMMON) {
      calls += call(CHAT, "ChatCompletion", fields) + call(TEXT, "Completion", fields);
    }
    for (String fields : OF_CHATS) {
      calls += call(CHAT, "ChatCompletion", fields);
    }
    for (String fields : OF_TEXTS) {
      calls += call(TEXT, "Completion", fields);
    }
    assertTrue(calls >= 60, calls + " calls");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"instructions\": \"Be brief.\", \"metadata\": {\"a\": \"b\"}, \"store\": false}",
        "{\"input\": [{\"role\": \"user\", \"content\": \"Hi\"}, {\"type\": \"function_call\", \"call_id\": \"a\", \"name\": \"f\", \"arguments\": \"{}\"}, {\"type\": \"function_call_output\", \"call_id\": \"a\", \"output\": \"5\"}]}",
        "{\"include\": [\"message.output_text.logprobs\"], \"top_logprobs\": 2}",
        "{\"text\": {\"format\": {\"type\": \"json_schema\", \"name\": \"a\", \"strict\": true, \"schema\": {\"type\": \"object\", \"properties\": {\"a\": {\"type\": \"integer\"}}, \"required\": [\"a\"]}}}}",
        "{\"tools\": [{\"type\": \"function\", \"name\": \"f\", \"strict\": true, \"parameters\": {\"type\": \"object\", \"properties\": {\"a\": {\"enum\": [1, 2]}}}}], \"tool_choice\": \"required\", \"parallel_tool_calls\": false}",
        "{\"tools\": [{\"type\": \"function\", \"name\": \"f\", \"strict\": null, \"parameters\": null}], \"tool_choice\": {\"type\": \"allowed_tools\", \"mode\": \"auto\", \"tools\": [{\"type\": \"function\", \"name\": \"f\"}]}}",
        "{\"reasoning\": {\"effort\": \"low\"}, \"truncation\": \"disabled\", \"max_tool_calls\": 1, \"temperature\": 0}",
      })
  void responsesAreAsTheSpecificationSays(String fields) throws Exception {
    ObjectNode body = JSON.createObjectNode().put("model", RunningServer.MODEL);
    body.put("input", "What is the capital of France?").put("max_output_tokens", 20);
    body.setAll((ObjectNode) JSON.readTree(fields));
    assertValid("CreateResponse", body);
    HttpResponse<String> response = server.post("/v1/responses", body.toString());
    assertEquals(200, response.statusCode(), response.body());
    assertValid("Response", RunningServer.json(response));
    body.put("stream", true);
    List<String> events =
        server
            .post("/v1/responses", body.toString())
            .body()
            .lines()
            .filter(line -> line.startsWith("data: "))
            .toList();
    assertTrue(events.size() > 5);
    for (String event : events) {
      assertValid("ResponseStreamEvent", JSON.readTree(event.substring("data: ".length())));
    }
  }

  @Test
  void modelsErrorsAndVectorsAreAsTheSpecificationSays() throws Exception {
    assertValid("ListModelsResponse", RunningServer.json(server.get("/v1/models")));
    assertValid("Model", RunningServer.json(server.get("/v1/models/" + RunningServer.MODEL)));
    for (String bad : List.of("{", "{}", "{\"model\": \"other\", \"messages\": []}")) {
      assertValid("ErrorResponse", RunningServer.json(server.post(CHAT, bad)));
    }
    assertValid("ErrorResponse", RunningServer.json(server.get("/v1/none")));
    ObjectNode body = JSON.createObjectNode().put("model", RunningServer.MODEL);
    body.putArray("input").add("One").add("Two");
    assertValid("CreateEmbeddingRequest", body);
    assertValid(
        "CreateEmbeddingResponse",
        RunningServer.json(server.post("/v1/embeddings", body.toString())));
  }
}
