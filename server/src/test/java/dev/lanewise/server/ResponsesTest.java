package dev.lanewise.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code POST /v1/responses} over a real port. */
final class ResponsesTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String PATH = "/v1/responses";
  private static final String QUESTION = "\"What is the capital of France?\"";
  private static final String WEATHER =
      """
      {"type": "function", "name": "get_weather", "description": "Weather of a city", "parameters":
        {"type": "object", "properties": {"city": {"type": "string", "maxLength": 12}}, "required": ["city"]}}""";

  private static RunningServer server;

  @BeforeAll
  static void start() throws IOException {
    server = RunningServer.start();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static String body(String input, String more) {
    return "{\"model\": \"%s\", \"temperature\": 0, \"input\": %s%s}"
        .formatted(RunningServer.MODEL, input, more);
  }

  private static JsonNode ask(String input, String more) throws Exception {
    HttpResponse<String> response = server.post(PATH, body(input, more));
    assertEquals(200, response.statusCode(), response.body());
    return RunningServer.json(response);
  }

  /** The events of a stream, whose names and numbers are as they must be. */
  private static List<JsonNode> stream(String input, String more) throws Exception {
    HttpResponse<String> response = server.post(PATH, body(input, more + ", \"stream\": true"));
    assertEquals(200, response.statusCode(), response.body());
    List<JsonNode> events = new ArrayList<>();
    for (String event : response.body().split("\n\n")) {
      List<String> lines = event.lines().toList();
      assertEquals(2, lines.size(), event);
      JsonNode data = JSON.readTree(lines.get(1).substring("data: ".length()));
      assertEquals("event: " + data.get("type").textValue(), lines.get(0));
      assertEquals(events.size(), data.get("sequence_number").intValue(), event);
      events.add(data);
    }
    return events;
  }

  private static List<String> types(List<JsonNode> events) {
    return events.stream().map(event -> event.get("type").textValue()).distinct().toList();
  }

  private static String deltas(List<JsonNode> events) {
    return events.stream()
        .filter(event -> event.has("delta"))
        .map(event -> event.get("delta").textValue())
        .collect(Collectors.joining());
  }

  /** Ids and times differ from answer to answer. */
  private static JsonNode comparable(JsonNode response) {
    ObjectNode copy = response.deepCopy();
    copy.remove(List.of("id", "created_at", "completed_at", "timings"));
    copy.get("usage")
        .forEach(part -> ((part instanceof ObjectNode o) ? o : copy).remove("cached_tokens"));
    for (JsonNode item : copy.get("output")) {
      ((ObjectNode) item).remove(List.of("id", "call_id"));
    }
    return copy;
  }

  @Test
  void answersAsAChatDoes() throws Exception {
    JsonNode response = ask(QUESTION, ", \"instructions\": \"Be brief.\"");
    assertEquals("completed", response.get("status").textValue());
    assertFalse(response.get("store").booleanValue());
    assertEquals("Be brief.", response.get("instructions").textValue());
    JsonNode chat =
        RunningServer.json(
            server.post(
                "/v1/chat/completions",
                """
                {"model": "%s", "temperature": 0, "messages": [
                  {"role": "system", "content": "Be brief."}, {"role": "user", "content": %s}]}"""
                    .formatted(RunningServer.MODEL, QUESTION)));
    assertEquals(chat.at("/choices/0/message/content"), response.at("/output/0/content/0/text"));
    assertEquals(chat.at("/usage/prompt_tokens"), response.at("/usage/input_tokens"));
    assertEquals(chat.at("/usage/completion_tokens"), response.at("/usage/output_tokens"));
  }

  @Test
  void streamsTheEventsOfAMessage() throws Exception {
    List<JsonNode> events = stream(QUESTION, "");
    assertEquals(
        List.of(
            "response.created",
            "response.in_progress",
            "response.output_item.added",
            "response.content_part.added",
            "response.output_text.delta",
            "response.output_text.done",
            "response.content_part.done",
            "response.output_item.done",
            "response.completed"),
        types(events));
    JsonNode response = events.getLast().get("response");
    assertEquals(deltas(events), response.at("/output/0/content/0/text").textValue());
    assertEquals(comparable(ask(QUESTION, "")), comparable(response));
    assertTrue(events.getFirst().at("/response/output").isEmpty());
  }

  @Test
  void anAnswerThatIsCutIsIncomplete() throws Exception {
    String more = ", \"max_output_tokens\": 16";
    List<JsonNode> events = stream("\"Tell me a long story.\"", more);
    JsonNode response = events.getLast().get("response");
    assertEquals("response.incomplete", events.getLast().get("type").textValue());
    assertEquals("max_output_tokens", response.at("/incomplete_details/reason").textValue());
    assertEquals(16, response.at("/usage/output_tokens").intValue());
    assertEquals("incomplete", response.at("/output/0/status").textValue());
    assertEquals(comparable(ask("\"Tell me a long story.\"", more)), comparable(response));
  }

  @Test
  void anAnswerThatFailsEndsInAnEvent() throws Exception {
    List<JsonNode> events = stream("\"Count.\"", ", \"ignore_eos\": true, \"timeout\": 3");
    JsonNode response = events.getLast().get("response");
    assertEquals("response.failed", events.getLast().get("type").textValue());
    assertEquals("failed", response.get("status").textValue());
    assertEquals("server_error", response.at("/error/code").textValue());
    assertEquals("incomplete", response.at("/output/0/status").textValue());
    assertEquals(deltas(events), response.at("/output/0/content/0/text").textValue());
  }

  @Test
  void keepsToASchema() throws Exception {
    String format =
        """
        , "text": {"format": {"type": "json_schema", "name": "capital", "strict": true, "schema":
          {"type": "object", "properties": {"city": {"enum": ["Paris", "Rome"]}}, "required": ["city"]}}}""";
    JsonNode response = ask(QUESTION, format);
    JsonNode answer = JSON.readTree(response.at("/output/0/content/0/text").textValue());
    assertTrue(List.of("Paris", "Rome").contains(answer.get("city").textValue()));
    assertEquals("capital", response.at("/text/format/name").textValue());
  }

  @Test
  void tellsHowLikelyItsTokensAre() throws Exception {
    String more = ", \"include\": [\"message.output_text.logprobs\"], \"top_logprobs\": 2";
    JsonNode logprobs = ask(QUESTION, more).at("/output/0/content/0/logprobs");
    assertEquals(2, logprobs.get(0).get("top_logprobs").size());
    List<JsonNode> told = new ArrayList<>();
    stream(QUESTION, more).stream()
        .filter(event -> event.has("delta"))
        .forEach(event -> event.get("logprobs").forEach(told::add));
    assertEquals(logprobs.size(), told.size());
    assertEquals(logprobs.get(1), told.get(1));
  }

  @Test
  void callsATool() throws Exception {
    String more =
        ", \"tools\": [%s], \"tool_choice\": \"required\", \"parallel_tool_calls\": false"
            .formatted(WEATHER);
    List<JsonNode> events = stream("\"How is the weather in Rome?\"", more);
    assertEquals(
        List.of(
            "response.created",
            "response.in_progress",
            "response.output_item.added",
            "response.function_call_arguments.delta",
            "response.function_call_arguments.done",
            "response.output_item.done",
            "response.completed"),
        types(events));
    JsonNode response = events.getLast().get("response");
    JsonNode call = response.at("/output/0");
    assertEquals("get_weather", call.get("name").textValue());
    assertEquals(deltas(events), call.get("arguments").textValue());
    assertTrue(JSON.readTree(call.get("arguments").textValue()).get("city").isTextual());
    assertEquals(comparable(ask("\"How is the weather in Rome?\"", more)), comparable(response));
  }

  /** What the model said, thought and called in one turn is one message of the prompt. */
  @Test
  void readsAConversationAsAChatDoes() throws Exception {
    String input =
        """
        [{"role": "developer", "content": "Be kind."},
         {"role": "user", "content": [{"type": "input_text", "text": "How is "}, {"type": "input_text", "text": "Rome?"}]},
         {"type": "message", "id": "msg_1", "status": "completed", "role": "assistant",
          "content": [{"type": "output_text", "text": "I look.", "annotations": [], "logprobs": []}]},
         {"type": "function_call", "id": "fc_1", "call_id": "a", "name": "get_weather", "arguments": "{\\"city\\": \\"Rome\\"}"},
         {"type": "function_call", "call_id": "b", "name": "get_weather", "arguments": "{\\"city\\": \\"Ostia\\"}"},
         {"type": "function_call_output", "call_id": "b", "output": "warm"},
         {"type": "function_call_output", "call_id": "a", "output": [{"type": "input_text", "text": "hot"}]}]""";
    String messages =
        """
        [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "How is Rome?"},
         {"role": "assistant", "content": "I look.", "tool_calls": [
           {"id": "a", "type": "function", "function": {"name": "get_weather", "arguments": "{\\"city\\": \\"Rome\\"}"}},
           {"id": "b", "type": "function", "function": {"name": "get_weather", "arguments": "{\\"city\\": \\"Ostia\\"}"}}]},
         {"role": "tool", "tool_call_id": "b", "content": "warm"}, {"role": "tool", "tool_call_id": "a", "content": "hot"}]""";
    JsonNode response = ask(input, ", \"max_output_tokens\": 20");
    JsonNode chat =
        RunningServer.json(
            server.post(
                "/v1/chat/completions",
                "{\"model\": \"%s\", \"temperature\": 0, \"max_tokens\": 20, \"messages\": %s}"
                    .formatted(RunningServer.MODEL, messages)));
    assertEquals(chat.at("/usage/prompt_tokens"), response.at("/usage/input_tokens"));
    assertEquals(chat.at("/choices/0/message/content"), response.at("/output/0/content/0/text"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\'',
      value = {
        "store | \"store\": true",
        "previous_response_id | \"previous_response_id\": \"resp_1\"",
        "conversation | \"conversation\": \"conv_1\"",
        "background | \"background\": true",
        "moderation | \"moderation\": {}",
        "metadata | \"metadata\": 5",
        "context_management | \"context_management\": [{\"type\": \"compaction\"}]",
        "truncation | \"truncation\": \"auto\"",
        "prompt | \"prompt\": {\"id\": \"x\"}",
        "max_output_tokens | \"max_output_tokens\": 15",
        "include | \"include\": [\"reasoning.encrypted_content\"]",
        "top_logprobs | \"top_logprobs\": 2",
        "text.verbosity | \"text\": {\"verbosity\": \"high\"}",
        "text.format.type | \"text\": {\"format\": {\"type\": \"xml\"}}",
        "text.format.json_schema | \"text\": {\"format\": {\"type\": \"json_schema\", \"json_schema\": {}}}",
        "text.format | \"text\": {\"format\": {\"type\": \"text\"}}, \"regex\": \"a\"",
        "reasoning.summary | \"reasoning\": {\"summary\": \"auto\"}",
        "reasoning.effort | \"reasoning\": {\"effort\": \"huge\"}",
        "stream_options.include_usage | \"stream\": true, \"stream_options\": {\"include_usage\": true}",
        "n | \"n\": 2",
        "messages | \"messages\": []",
        "max_tokens | \"max_tokens\": 5",
        "tools[0].function | \"tools\": [{\"type\": \"function\", \"function\": {\"name\": \"f\"}}]",
        "tools[0].name | \"tools\": [{\"type\": \"function\", \"name\": \"f g\"}]",
        "tools[0].type | \"tools\": [{\"type\": \"web_search\"}]",
        "tool_choice.name | \"tools\": [{\"type\": \"function\", \"name\": \"f\"}], \"tool_choice\": {\"type\": \"function\", \"name\": \"g\"}",
      })
  void whatItCannotDoIsRefused(String param, String fields) throws Exception {
    HttpResponse<String> response = server.post(PATH, body(QUESTION, ", " + fields));
    assertEquals(400, response.statusCode(), response.body());
    assertEquals(param, RunningServer.json(response).at("/error/param").textValue());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\'',
      value = {
        "input | 5",
        "input | []",
        "input[0].type | [{\"type\": \"item_reference\", \"id\": \"msg_1\"}]",
        "input[0].role | [{\"role\": \"tool\", \"content\": \"x\"}]",
        "input[0].content | [{\"role\": \"user\"}]",
        "input[0].content[0].type | [{\"role\": \"user\", \"content\": [{\"type\": \"input_image\"}]}]",
        "input[0].call_id | [{\"type\": \"function_call_output\", \"call_id\": \"a\", \"output\": \"x\"}]",
        "input[0].arguments | [{\"type\": \"function_call\", \"call_id\": \"a\", \"name\": \"f\", \"arguments\": \"[1]\"}]",
        "input | [{\"type\": \"function_call\", \"call_id\": \"a\", \"name\": \"f\", \"arguments\": \"{}\"}]",
        "input[1].role | [{\"type\": \"function_call\", \"call_id\": \"a\", \"name\": \"f\", \"arguments\": \"{}\"}, {\"role\": \"user\", \"content\": \"x\"}]",
        "input[0].colour | [{\"role\": \"user\", \"content\": \"x\", \"colour\": \"red\"}]",
        "input[0].encrypted_content | [{\"type\": \"reasoning\", \"id\": \"a\", \"summary\": [], \"encrypted_content\": \"x\"}]",
      })
  void malformedInputIsRefused(String param, String input) throws Exception {
    HttpResponse<String> response = server.post(PATH, body(input, ""));
    assertEquals(400, response.statusCode(), response.body());
    assertEquals(param, RunningServer.json(response).at("/error/param").textValue());
  }
}
