package dev.lanewise.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a request may say of tools. */
final class ToolsTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String CHAT = "/v1/chat/completions";
  private static final String CALL =
      "{'id':'c1','type':'function','function':{'name':'f','arguments':'{}'}}";
  private static RunningServer server;

  @BeforeAll
  static void start() throws IOException {
    server = RunningServer.start();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  /** JSON with single quotes, for texts with few of them. */
  private static JsonNode json(String singleQuoted) throws IOException {
    return JSON.readTree(singleQuoted.replace('\'', '"'));
  }

  private static ObjectNode request(String tools, String choice) throws IOException {
    ObjectNode body = JSON.createObjectNode().put("model", RunningServer.MODEL);
    body.put("max_tokens", 60).put("seed", 1);
    body.putArray("messages").addObject().put("role", "user").put("content", "Hello");
    body.set("tools", json(tools));
    body.set("tool_choice", json(choice));
    return body;
  }

  private static String functions(String... names) {
    StringBuilder tools = new StringBuilder();
    for (String name : names) {
      tools
          .append(tools.isEmpty() ? "" : ",")
          .append("{'type':'function','function':{'name':'")
          .append(name)
          .append("','parameters':{'properties':{'a':{'enum':[1]}}}}}");
    }
    return "[" + tools + "]";
  }

  private static JsonNode choice(ObjectNode body) throws Exception {
    HttpResponse<String> response = server.post(CHAT, body.toString());
    assertEquals(200, response.statusCode(), response.body());
    return RunningServer.json(response).at("/choices/0");
  }

  private static void assertRefused(String param, ObjectNode body) throws Exception {
    HttpResponse<String> response = server.post(CHAT, body.toString());
    assertEquals(400, response.statusCode(), response.body());
    assertEquals(param, RunningServer.json(response).at("/error/param").textValue());
  }

  @ParameterizedTest
  @ValueSource(strings = {"f", "g", "h"})
  void onlyAllowedToolsAreCalled(String allowed) throws Exception {
    ObjectNode body =
        request(
            functions("f", "g", "h"),
            "{'type':'allowed_tools','allowed_tools':{'mode':'required','tools':"
                + "[{'type':'function','function':{'name':'NAME'}}]}}".replace("NAME", allowed));
    for (JsonNode call : choice(body).at("/message/tool_calls")) {
      assertEquals(allowed, call.at("/function/name").textValue());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "tool_choice | 'all'",
        "tool_choice | 5",
        "tool_choice.type | {}",
        "tool_choice.type | {'type':'any'}",
        "tool_choice.function | {'type':'function'}",
        "tool_choice.function.name | {'type':'function','function':{}}",
        "tool_choice.function.name | {'type':'function','function':{'name':'z'}}",
        "tool_choice.name | {'type':'function','name':'f','function':{'name':'f'}}",
        "tool_choice.allowed_tools | {'type':'allowed_tools'}",
        "tool_choice.mode | {'type':'allowed_tools','mode':'auto','tools':[]}",
        "tool_choice.allowed_tools.mode | {'type':'allowed_tools','allowed_tools':{'tools':[]}}",
        "tool_choice.allowed_tools.mode | {'type':'allowed_tools','allowed_tools':{'mode':'none','tools':[]}}",
        "tool_choice.allowed_tools.tools | {'type':'allowed_tools','allowed_tools':{'mode':'auto'}}",
        "tool_choice.allowed_tools.tools | {'type':'allowed_tools','allowed_tools':{'mode':'auto','tools':[]}}",
        "tool_choice.allowed_tools.tools[0] | {'type':'allowed_tools','allowed_tools':{'mode':'auto','tools':['f']}}",
        "tool_choice.allowed_tools.tools[0].type | {'type':'allowed_tools','allowed_tools':{'mode':'auto','tools':[{'type':'mcp'}]}}",
        "tool_choice.allowed_tools.tools[1].function.name | {'type':'allowed_tools','allowed_tools':{'mode':'auto','tools':[{'type':'function','function':{'name':'f'}},{'type':'function','function':{'name':'z'}}]}}",
      })
  void choicesThatNameNoToolAreRefused(String param, String choice) throws Exception {
    assertRefused(param, request(functions("f"), choice));
  }

  @Test
  void toolsNeedNamesOfTheirOwn() throws Exception {
    assertRefused("tools[1].function.name", request(functions("f", "f"), "'auto'"));
  }

  /** A schema that cannot be kept is refused with and without {@code strict}. */
  @ParameterizedTest
  @ValueSource(strings = {"true", "false"})
  void argumentsSatisfyTheSchemaWithAndWithoutStrict(String strict) throws Exception {
    String tool =
        "[{'type':'function','function':{'name':'f','strict':STRICT,'parameters':SCHEMA}}]";
    String tools = tool.replace("STRICT", strict);
    String schema = "{'type':'object','properties':{'a':{'const':'b'}},'required':['a']}";
    JsonNode choice = choice(request(tools.replace("SCHEMA", schema), "'required'"));
    JsonNode arguments =
        JSON.readTree(choice.at("/message/tool_calls/0/function/arguments").textValue());
    assertEquals("b", arguments.get("a").textValue());
    assertRefused(
        "tools[0].function.parameters", request(tools.replace("SCHEMA", "{'not':{}}"), "'auto'"));
  }

  private static final String NUMBERS =
      "[{'type':'custom','custom':{'name':'n','format':{'type':'grammar',"
          + "'grammar':{'syntax':'regex','definition':'^\\\\d{3} \\\\/\\\\n[äö]$'}}}},"
          + "{'type':'function','function':{'name':'f'}}]";

  @Test
  void callsDoNotGoOnForEver() throws Exception {
    ObjectNode body = request(functions("f"), "'required'");
    JsonNode answer = choice(body.put("max_tokens", 2000).put("ignore_eos", true));
    assertEquals(32, answer.at("/message/tool_calls").size());
    assertEquals("tool_calls", answer.get("finish_reason").textValue());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'type':'custom','custom':{'name':'n'}}",
        "{'type':'allowed_tools','allowed_tools':{'mode':'required','tools':[{'type':'custom','custom':{'name':'n'}}]}}",
      })
  void customToolsGetATextOfTheirFormat(String choice) throws Exception {
    ObjectNode body = request(NUMBERS, choice).put("parallel_tool_calls", false);
    JsonNode answer = choice(body);
    assertEquals("tool_calls", answer.get("finish_reason").textValue(), answer.toString());
    JsonNode call = answer.at("/message/tool_calls/0");
    assertEquals("custom", call.get("type").textValue());
    assertEquals("n", call.at("/custom/name").textValue());
    assertFalse(call.has("function"));
    String input = call.at("/custom/input").textValue();
    assertTrue(input.matches("\\d{3} /\\n[äö]"), input);
    StringBuilder streamed = new StringBuilder();
    String beginning = "";
    HttpResponse<String> response = server.post(CHAT, body.put("stream", true).toString());
    for (String line : response.body().lines().filter(l -> l.startsWith("data: {")).toList()) {
      for (JsonNode piece :
          JSON.readTree(line.substring("data: ".length())).at("/choices/0/delta/tool_calls")) {
        beginning += piece.path("type").asText("") + piece.at("/custom/name").asText("");
        streamed.append(piece.at("/custom/input").textValue());
      }
    }
    assertEquals("customn", beginning);
    assertEquals(input, streamed.toString());
  }

  @Test
  void callsOfCustomToolsInTheHistoryAreThoseOfFunctionsToTheModel() throws Exception {
    ObjectNode body =
        history(
            calling("{'id':'c1','type':'custom','custom':{'name':'n','input':'a \\'b\\''}}"),
            result("c1"));
    HttpResponse<String> response = server.post("/apply-template", body.toString());
    assertEquals(200, response.statusCode(), response.body());
    String prompt = RunningServer.json(response).get("prompt").textValue();
    assertTrue(
        prompt.contains("{\"name\": \"n\", \"arguments\": {\"input\": \"a \\\"b\\\"\"}}"), prompt);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "custom | {'type':'custom'}",
        "custom.name | {'type':'custom','custom':{}}",
        "custom.format.type | {'type':'custom','custom':{'name':'n','format':{}}}",
        "custom.format.type | {'type':'custom','custom':{'name':'n','format':{'type':'xml'}}}",
        "custom.format.grammar | {'type':'custom','custom':{'name':'n','format':{'type':'grammar'}}}",
        "custom.format.syntax | {'type':'custom','custom':{'name':'n','format':{'type':'grammar','syntax':'regex','definition':'a'}}}",
        "custom.format.grammar.syntax | {'type':'custom','custom':{'name':'n','format':{'type':'grammar','grammar':{'definition':'a'}}}}",
        "custom.format.grammar.syntax | {'type':'custom','custom':{'name':'n','format':{'type':'grammar','grammar':{'syntax':'lark','definition':'a'}}}}",
        "custom.format.grammar.definition | {'type':'custom','custom':{'name':'n','format':{'type':'grammar','grammar':{'syntax':'regex'}}}}",
        "custom.format.grammar.definition | {'type':'custom','custom':{'name':'n','format':{'type':'grammar','grammar':{'syntax':'regex','definition':'('}}}}",
        "custom.parameters | {'type':'custom','custom':{'name':'n','parameters':{}}}",
      })
  void customToolsMustBeWellFormed(String param, String tool) throws Exception {
    assertRefused("tools[0]." + param, request("[" + tool + "]", "'auto'"));
  }

  @Test
  void aChoiceHasTheTypeOfItsTool() throws Exception {
    assertRefused(
        "tool_choice.function.name",
        request(NUMBERS, "{'type':'function','function':{'name':'n'}}"));
    assertRefused(
        "tool_choice.custom.name", request(NUMBERS, "{'type':'custom','custom':{'name':'f'}}"));
  }

  private static ObjectNode history(String... messages) throws IOException {
    ObjectNode body = JSON.createObjectNode().put("model", RunningServer.MODEL);
    body.put("max_tokens", 1);
    ArrayNode all = body.putArray("messages");
    all.addObject().put("role", "user").put("content", "Hello");
    for (String message : messages) {
      all.add(json(message));
    }
    return body;
  }

  private static String calling(String... calls) {
    return "{'role':'assistant','content':null,'tool_calls':[" + String.join(",", calls) + "]}";
  }

  private static String result(String id) {
    return "{'role':'tool','tool_call_id':'" + id + "','content':'5'}";
  }

  @Test
  void historyOfToolsMustBeWhole() throws Exception {
    String other = CALL.replace("c1", "c2");
    choice(history(calling(CALL), result("c1")));
    choice(history(calling(CALL, other), result("c2"), result("c1")));
    choice(history(calling(CALL), result("c1"), calling(CALL), result("c1")));
    assertRefused("messages", history(calling(CALL)));
    assertRefused("messages", history(calling(CALL, other), result("c2")));
    assertRefused("messages[2].role", history(calling(CALL), "{'role':'user','content':'?'}"));
    assertRefused("messages[2].role", history(calling(CALL), calling(other)));
    assertRefused("messages[1].tool_call_id", history(result("c1")));
    assertRefused("messages[2].tool_call_id", history(calling(CALL), result("c2")));
    assertRefused("messages[3].tool_call_id", history(calling(CALL), result("c1"), result("c1")));
    assertRefused("messages[1].tool_calls[1].id", history(calling(CALL, CALL), result("c1")));
    assertRefused(
        "messages[2].content",
        history(calling(CALL), "{'role':'tool','tool_call_id':'c1','content':null}"));
    assertRefused(
        "messages[1].tool_calls",
        history("{'role':'user','content':'?','tool_calls':[" + CALL + "]}"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "id | {'type':'function','function':{'name':'f','arguments':'{}'}}",
        "id | {'id':5,'type':'function','function':{'name':'f','arguments':'{}'}}",
        "type | {'id':'c1','type':'mcp','function':{'name':'f','arguments':'{}'}}",
        "function | {'id':'c1','type':'function'}",
        "function.name | {'id':'c1','type':'function','function':{'arguments':'{}'}}",
        "function.arguments | {'id':'c1','type':'function','function':{'name':'f'}}",
        "function.arguments | {'id':'c1','type':'function','function':{'name':'f','arguments':{}}}",
        "function.arguments | {'id':'c1','type':'function','function':{'name':'f','arguments':''}}",
        "function.arguments | {'id':'c1','type':'function','function':{'name':'f','arguments':'{'}}",
        "function.arguments | {'id':'c1','type':'function','function':{'name':'f','arguments':'[]'}}",
        "function.arguments | {'id':'c1','type':'function','function':{'name':'f','arguments':'null'}}",
        "function.arguments | {'id':'c1','type':'function','function':{'name':'f','arguments':'{} {}'}}",
        "function.parameters | {'id':'c1','type':'function','function':{'name':'f','parameters':{},'arguments':'{}'}}",
        "function | {'id':'c1','type':'custom','function':{'name':'f','arguments':'{}'}}",
        "custom.input | {'id':'c1','type':'custom','custom':{'name':'f'}}",
        "custom.name | {'id':'c1','type':'custom','custom':{'input':'a'}}",
        "result | {'id':'c1','type':'function','result':1,'function':{'name':'f','arguments':'{}'}}",
      })
  void callsMustBeWellFormed(String param, String call) throws Exception {
    assertRefused("messages[1].tool_calls[0]." + param, history(calling(call), result("c1")));
  }
}
