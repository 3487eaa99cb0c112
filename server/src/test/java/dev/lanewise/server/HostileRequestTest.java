package dev.lanewise.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests made to harm: each is refused and told why, and the next one is answered. */
final class HostileRequestTest {
  private static final String CHAT = "/v1/chat/completions";
  private static final String SCHEMA = "response_format.json_schema.schema";
  private static final String QUESTION =
      "\"model\":\"test/smollm\",\"max_tokens\":2,"
          + "\"messages\":[{\"role\":\"user\",\"content\":\"What is the capital of France?\"}]";

  private static RunningServer server;

  @BeforeAll
  static void start() throws IOException {
    server = RunningServer.start();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @AfterEach
  void theNextRequestIsAnswered() throws Exception {
    JsonNode answer = RunningServer.json(post("{" + QUESTION + "}"));
    assertEquals(2, answer.at("/usage/completion_tokens").intValue(), answer.toString());
  }

  /**
   * A request that is refused.
   *
   * @param field the field that the error names; null for the body as a whole
   * @param told what the message has, such as the JSON pointer of a part of a schema
   * @param body its bytes in ISO 8859-1, so that they may be any
   */
  record Hostile(String what, String field, String told, String body) {
    @Override
    public String toString() {
      return what;
    }
  }

  private static Hostile schema(String what, String pointer, String schema) {
    String format =
        "{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"a\",\"schema\":" + schema + "}}";
    return new Hostile(what, SCHEMA, pointer, with("\"response_format\":" + format));
  }

  private static Hostile field(String what, String field, String told, String value) {
    String sent = field.replaceAll("[.\\[].*", ""); // of a member of a field, the field
    return new Hostile(what, field, told, with("\"" + sent + "\":" + value));
  }

  private static Hostile body(String what, String body) {
    return new Hostile(what, null, "", body);
  }

  private static String with(String fields) {
    return "{" + QUESTION + "," + fields + "}";
  }

  /** Texts with the numbers from 0 on, and the next ones, with commas between them. */
  private static String list(int count, String format) {
    return IntStream.range(0, count)
        .mapToObj(i -> format.formatted(i, i + 1))
        .collect(Collectors.joining(","));
  }

  private static String nested(int levels, String open, String close) {
    return open.repeat(levels) + "{}" + close.repeat(levels);
  }

  private static Stream<Hostile> schemas() {
    return Stream.of(
        schema("refers to itself", "/$ref", "{\"$ref\":\"#\"}"),
        schema(
            "refers to itself around a corner",
            "/$defs/b/$ref",
            "{\"$ref\":\"#/$defs/a\",\"$defs\":{\"a\":{\"$ref\":\"#/$defs/b\"},\"b\":{\"$ref\":\"#/$defs/a\"}}}"),
        schema(
            "recursion without an end",
            "no end",
            "{\"properties\":{\"a\":{\"$ref\":\"#\"}},\"required\":[\"a\"]}"),
        schema(
            "reference to another host", "/$ref", "{\"$ref\":\"http://169.254.169.254/latest\"}"),
        schema("reference to a file", "/$ref", "{\"$ref\":\"file:///etc/passwd\"}"),
        schema("reference to nothing", "/$ref", "{\"$ref\":\"#/$defs/none\"}"),
        schema(
            "definitions that double",
            "too long",
            "{\"$ref\":\"#/$defs/a0\",\"$defs\":{"
                + list(
                    60,
                    "\"a%1$d\":{\"allOf\":[{\"$ref\":\"#/$defs/a%2$d\"},{\"$ref\":\"#/$defs/a%2$d\"}]}")
                + ",\"a60\":{}}}"),
        schema(
            "alternatives that multiply",
            "200 alternatives",
            "{\"allOf\":["
                + list(20, "{\"anyOf\":[{\"required\":[\"a%1$d\"]},{\"required\":[\"b%1$d\"]}]}")
                + "]}"),
        schema("deep", "100 levels", nested(60, "{\"properties\":{\"a\":", "}}")),
        schema("deeper", "100 levels", nested(450, "{\"items\":", "}")),
        schema("many values", "1000 values", "{\"enum\":[" + list(100_000, "%d") + "]}"),
        schema(
            "many properties",
            "1000 properties",
            "{\"properties\":{" + list(5_000, "\"p%d\":{}") + "}}"),
        schema(
            "long name", "200 characters", "{\"properties\":{\"" + "a".repeat(10_000) + "\":{}}}"),
        schema(
            "many repetitions",
            "/minItems",
            "{\"type\":\"array\",\"items\":{},\"minItems\":2000000000}"),
        schema(
            "more repetitions than numbers", "/maxLength", "{\"maxLength\":99999999999999999999}"),
        schema("infinite bound", "/minimum", "{\"type\":\"number\",\"minimum\":1e400}"),
        schema("negative length", "/minLength", "{\"type\":\"string\",\"minLength\":-1}"),
        schema(
            "bounds that contradict",
            "/maximum",
            "{\"type\":\"integer\",\"minimum\":3,\"maximum\":2}"),
        schema(
            "types that contradict",
            "exclude",
            "{\"allOf\":[{\"type\":\"string\"},{\"type\":\"null\"}]}"),
        schema("nothing", "false", "false"),
        schema("no schema", "must be a schema", "\"string\""),
        schema(
            "unknown keyword",
            "/properties/a~1b/minLenght",
            "{\"properties\":{\"a/b\":{\"minLenght\":1}}}"),
        schema("unsupported keyword", "/items/not", "{\"items\":{\"not\":{}}}"),
        schema("half a character in a name", "surrogate", "{\"properties\":{\"\\udc00\":{}}}"),
        schema("unfinished pattern", "/pattern", "{\"pattern\":\"" + "(".repeat(99) + "\"}"),
        schema(
            "deep pattern",
            "/pattern",
            "{\"pattern\":\"" + "(".repeat(5_000) + ")".repeat(5_000) + "\"}"),
        schema("long pattern", "/pattern", "{\"pattern\":\"" + "a".repeat(50_000) + "\"}"),
        schema("pattern with a look-behind", "/pattern", "{\"pattern\":\"(?<!a)b\"}"),
        schema("pattern with a back-reference", "/pattern", "{\"pattern\":\"(a+)\\\\1\"}"),
        schema("pattern that nothing matches", "/pattern", "{\"pattern\":\"^[^\\\\s\\\\S]$\"}"),
        schema("wrong types", "/required/0", "{\"required\":[{\"a\":1}]}"));
  }

  private static Stream<Hostile> fields() {
    return Stream.of(
        field("schema without its frame", "json_schema", "/type", "{\"type\":\"text\"}"),
        field(
            "schema of a tool",
            "tools[0].function.parameters",
            "/$ref",
            "[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":{\"$ref\":\"#\"}}}]"),
        field("left recursion", "grammar", "root", "\"root ::= root \\\"a\\\"\""),
        field(
            "left recursion around a corner",
            "grammar",
            "a",
            "\"root ::= a\\na ::= b?  root\\nb ::= \\\"b\\\"\""),
        field("grammar without texts", "grammar", "", "\"root ::= \\\"a\\\" root\""),
        field("grammar without a root", "grammar", "root", "\"a ::= \\\"a\\\"\""),
        field("grammar with an unknown rule", "grammar", "b", "\"root ::= b\""),
        field("deep grammar", "grammar", "", "\"root ::= " + "(".repeat(9_000) + "\""),
        field("large repeat", "grammar", "", "\"root ::= [a]{99999999999}\""),
        field(
            "half a character",
            SCHEMA + ".const",
            "surrogate",
            "{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"a\",\"schema\":{\"const\":\"\\ud800\"}}}"),
        field(
            "ambiguous grammar",
            "grammar",
            "less ambiguous",
            "\"root ::= " + "\\\"a\\\"? ".repeat(20_000) + "\""),
        new Hostile(
            "grammar that becomes ambiguous in the answer",
            "grammar",
            "less ambiguous",
            with(
                "\"max_completion_tokens\":200,\"grammar\":"
                    + "\"root ::= x{0,1000}\\nx ::= \\\"a\\\" y | \\\"\\\"\\ny ::= x{0,1000}\"")),
        field("half a character in a grammar", "grammar", "", "\"root ::= \\\"\\ud800\\\"\""),
        field("deep expression", "regex", "", "\"" + "(".repeat(9_000) + "\""),
        field("expression that nothing matches", "regex", "", "\"[^\\\\s\\\\S]\""),
        field("half a character in an expression", "regex", "", "\"\\udfff\""),
        field(
            "half a character in a text",
            "stop[1]",
            "surrogate",
            "[\"\\ud83d\\ude00\",\"\\ud83d\"]"),
        field("large number", "max_completion_tokens", "", "99999999999999999999"),
        field("larger number", "temperature", "", "1e400"),
        field("bias of infinity", "logit_bias.1", "", "{\"1\":-1e999}"),
        field("seed of too many bits", "seed", "", "18446744073709551616"),
        field("deep value", "user_data", "Unknown", "[".repeat(900) + "]".repeat(900)));
  }

  private static Stream<Hostile> bodies() {
    return Stream.of(
        body("nothing", ""),
        body("no object", "[1]"),
        body("unfinished", "{" + QUESTION),
        body("two bodies", "{" + QUESTION + "}{" + QUESTION + "}"),
        body("deep arrays", with("\"stop\":" + "[".repeat(1_000_000))),
        body("deep objects", with("\"stop\":" + "{\"a\":".repeat(500_000))),
        body("long name of a field", with("\"" + "a".repeat(1_000_000) + "\":1")),
        body("field twice", with("\"seed\":1,\"seed\":2")),
        body(
            "field twice in a schema",
            with("\"json_schema\":{\"type\":\"null\",\"type\":\"null\"}")),
        body("not a number", with("\"temperature\":NaN")),
        body("infinity", with("\"temperature\":-Infinity")),
        body("hexadecimal number", with("\"seed\":0x10")),
        body("number of many digits", with("\"seed\":" + "9".repeat(100_000))),
        body("leading zero", with("\"seed\":007")),
        body("comment", with("/* */\"seed\":1")),
        body("single quotes", with("'seed':1")),
        body("control character", with("\"user\":\"\u0000\"")),
        body("bytes of no character", with("\"user\":\"\u00ff\u00fe\"")),
        body("character in too many bytes", with("\"user\":\"\u00c0\u00af\"")),
        body("half a character in UTF-8", with("\"user\":\"\u00ed\u00a0\u0080\"")),
        body("unfinished character", with("\"user\":\"\u00f0\u009f\u0098\"")),
        body("compressed", "\u001f\u008b\b\0\0\0\0\0"));
  }

  private static HttpResponse<String> post(String body) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(server.url(CHAT)))
            .POST(
                HttpRequest.BodyPublishers.ofByteArray(body.getBytes(StandardCharsets.ISO_8859_1)))
            .build();
    return server.client().send(request, HttpResponse.BodyHandlers.ofString());
  }

  @ParameterizedTest
  @MethodSource({"schemas", "fields", "bodies"})
  void isRefusedAndToldWhy(Hostile request) throws Exception {
    HttpResponse<String> response = post(request.body());
    assertEquals(400, response.statusCode(), response.body());
    JsonNode error = RunningServer.json(response).get("error");
    assertEquals("invalid_request_error", error.get("type").textValue());
    assertEquals(request.field(), error.get("param").textValue(), response.body());
    String message = error.get("message").textValue();
    assertTrue(message.contains(request.told()), message);
    assertTrue(message.length() < 1_000, "no more is told than is of use");
  }

  /** What other matchers try for ages takes an automaton no time. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "(a+)+b",
        "(a|a)*b",
        "(a|aa)+b",
        "(x+x+)+y",
        "([a-z]+)*[0-9]",
        "((a{0,99}){0,99}){0,99}b",
        "(.*)(.*)(.*)(.*)(.*)b",
        "a{2147483646}"
      })
  void patternsThatAreSlowElsewhereAreAnswered(String pattern) throws Exception {
    HttpResponse<String> response = post(with("\"regex\":\"" + pattern + "\""));
    assertEquals(200, response.statusCode(), response.body());
  }
}
