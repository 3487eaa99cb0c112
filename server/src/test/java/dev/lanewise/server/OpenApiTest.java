package dev.lanewise.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.networknt.schema.Error;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.dialect.Dialects;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The OpenAPI document against the server it describes. */
final class OpenApiTest {
  private static final SchemaRegistry SCHEMAS = SchemaRegistry.withDialect(Dialects.getOpenApi31());

  private static RunningServer server;
  private static JsonNode document;

  @BeforeAll
  static void start() throws Exception {
    server = RunningServer.start();
    HttpResponse<String> response = server.get("/openapi");
    assertEquals("application/yaml", response.headers().firstValue("content-type").orElseThrow());
    document = new ObjectMapper(new YAMLFactory()).readTree(response.body());
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  /** A documented method of a path. */
  record Operation(String method, String path, JsonNode description) {
    /** A path that can be asked for. */
    String url() {
      return path.replace("{id}", RunningServer.MODEL);
    }

    @Override
    public String toString() {
      return method + " " + path;
    }
  }

  /** A request of the document. */
  record Example(Operation operation, String name, ObjectNode body) {
    @Override
    public String toString() {
      return operation + " " + name;
    }
  }

  private static Stream<Operation> operations() {
    return document.get("paths").properties().stream()
        .flatMap(
            path ->
                path.getValue().properties().stream()
                    .map(
                        operation ->
                            new Operation(
                                operation.getKey().toUpperCase(Locale.ROOT),
                                path.getKey(),
                                operation.getValue())));
  }

  private static Stream<Example> examples() {
    return operations()
        .flatMap(
            operation ->
                operation
                    .description()
                    .at("/requestBody/content/application~1json/examples")
                    .properties()
                    .stream()
                    .map(
                        example ->
                            new Example(
                                operation,
                                example.getKey(),
                                (ObjectNode) example.getValue().get("value"))));
  }

  private static JsonNode resolved(JsonNode node) {
    JsonNode reference = node.path("$ref");
    return reference.isMissingNode() ? node : document.at(reference.textValue().substring(1));
  }

  /** What is wrong with a value by a schema of the document. */
  private static List<Error> errors(JsonNode schema, JsonNode value) {
    ObjectNode whole = (ObjectNode) schema.deepCopy();
    whole.set("components", document.get("components"));
    return SCHEMAS.getSchema(whole).validate(value);
  }

  private static JsonNode requestSchema(Operation operation) {
    return operation.description().at("/requestBody/content/application~1json/schema");
  }

  private static JsonNode answerSchema(Operation operation, HttpResponse<String> response) {
    String type = response.headers().firstValue("content-type").orElseThrow().split(";")[0];
    JsonNode answer = resolved(operation.description().at("/responses/" + response.statusCode()));
    JsonNode schema = answer.at("/content/" + type.replace("/", "~1") + "/schema");
    assertFalse(schema.isMissingNode(), operation + ": " + response.statusCode() + " " + type);
    return schema;
  }

  /** The values in a response: of a stream, the data of its events. */
  private static List<JsonNode> values(HttpResponse<String> response) throws IOException {
    String type = response.headers().firstValue("content-type").orElseThrow().split(";")[0];
    if (type.equals("application/json")) {
      return List.of(RunningServer.json(response));
    }
    if (type.equals("application/yaml")) {
      return List.of(document);
    }
    if (type.equals("text/plain")) {
      return List.of(TextNode.valueOf(response.body()));
    }
    List<String> lines = response.body().lines().filter(line -> line.startsWith("data:")).toList();
    boolean marksItsEnd = !response.uri().getPath().equals("/v1/responses");
    assertEquals(marksItsEnd, lines.getLast().equals("data: [DONE]"));
    assertTrue(lines.size() > 2);
    List<JsonNode> values = new ArrayList<>();
    for (String line : lines.subList(0, lines.size() - (marksItsEnd ? 1 : 0))) {
      values.add(RunningServer.json(line.substring("data:".length())));
    }
    return values;
  }

  private static void assertDocumented(Operation operation, HttpResponse<String> response)
      throws IOException {
    JsonNode schema = answerSchema(operation, response);
    for (JsonNode value : values(response)) {
      assertEquals(List.of(), errors(schema, value), value.toString());
    }
  }

  @Test
  void everyRouteIsDocumentedAndNothingElseIs() {
    assertTrue(document.get("openapi").textValue().startsWith("3.1."));
    assertEquals(
        server.server().routes().stream()
            .map(route -> route.method().text() + " " + route.path())
            .sorted()
            .toList(),
        operations().map(Operation::toString).sorted().toList());
  }

  @ParameterizedTest
  @MethodSource("operations")
  void everyOperationAnswersAsDocumented(Operation operation) throws Exception {
    boolean get = operation.method().equals("GET");
    HttpResponse<String> response =
        get ? server.get(operation.url()) : server.post(operation.url(), "{}");
    assertEquals(get ? 200 : 400, response.statusCode(), response.body());
    assertDocumented(operation, response);
  }

  @ParameterizedTest
  @MethodSource("examples")
  void everyExampleIsValidAndWorks(Example example) throws Exception {
    assertEquals(List.of(), errors(requestSchema(example.operation()), example.body()));
    ObjectNode body = example.body().deepCopy();
    if (body.has("model")) {
      body.put("model", RunningServer.MODEL);
    }
    HttpResponse<String> response = server.post(example.operation().url(), body.toString());
    assertEquals(200, response.statusCode(), response.body());
    assertDocumented(example.operation(), response);
  }

  @Test
  void everyOperationWithABodyHasAnExample() {
    assertEquals(
        operations()
            .filter(operation -> operation.description().has("requestBody"))
            .map(Operation::toString)
            .toList(),
        examples().map(example -> example.operation().toString()).distinct().toList());
  }

  /** What the schema refuses, the server does. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"temperature\":3}",
        "{\"max_completion_tokens\":0}",
        "{\"unknown\":null}",
        "{\"model\":null}",
        "{\"messages\":[]}",
        "{\"messages\":[{\"role\":\"robot\",\"content\":\"\"}]}",
        "{\"stop\":[1]}",
        "{\"stream_options\":{\"usage\":true}}",
      })
  void schemaAndServerRefuseTheSame(String wrong) throws Exception {
    Example example = examples().findFirst().orElseThrow();
    ObjectNode body = example.body().deepCopy();
    body.put("model", RunningServer.MODEL);
    body.setAll((ObjectNode) RunningServer.json(wrong));
    assertFalse(errors(requestSchema(example.operation()), body).isEmpty());
    HttpResponse<String> response = server.post(example.operation().url(), body.toString());
    assertEquals(400, response.statusCode());
    assertDocumented(example.operation(), response);
  }

  /** A path that does not exist, and another method of each that does. */
  @Test
  void whatIsNotDocumentedIsNotAnswered() throws Exception {
    assertEquals(404, server.get("/v1/nothing").statusCode());
    Map<String, List<Operation>> paths =
        operations().collect(Collectors.groupingBy(Operation::url));
    for (Map.Entry<String, List<Operation>> path : paths.entrySet()) {
      boolean get = path.getValue().getFirst().method().equals("GET");
      HttpResponse<String> response =
          get ? server.post(path.getKey(), "{}") : server.get(path.getKey());
      assertEquals(405, response.statusCode(), path.getKey());
      assertEquals(
          path.getValue().getFirst().method(),
          response.headers().firstValue("allow").orElseThrow());
    }
  }
}
