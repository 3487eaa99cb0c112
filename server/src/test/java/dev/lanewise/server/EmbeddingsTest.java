package dev.lanewise.server;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.engine.Pooling;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code POST /v1/embeddings} over a real port. */
@Timeout(120) // work of a client that has left might never end
final class EmbeddingsTest {
  private static final String PATH = "/v1/embeddings";
  private static final String TEXT = "The cat sits on the mat.";

  private static RunningServer server;

  @BeforeAll
  static void start() throws IOException {
    server = RunningServer.start();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  /** A request, with single quotes for double ones. */
  private static String body(String fields) {
    return ("{'model':'test/smollm'," + fields + "}").replace('\'', '"');
  }

  private static JsonNode answer(String body) throws Exception {
    HttpResponse<String> response = server.post(PATH, body);
    assertEquals(200, response.statusCode(), response.body());
    return RunningServer.json(response);
  }

  private static float[] vector(JsonNode answer, int index) {
    JsonNode embedding = answer.at("/data/" + index + "/embedding");
    float[] vector = new float[embedding.size()];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = embedding.get(i).floatValue();
    }
    return vector;
  }

  private static float[] vector(String fields) throws Exception {
    return vector(answer(body(fields)), 0);
  }

  private static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }

  @Test
  void aTextBecomesAVectorOfLengthOne() throws Exception {
    JsonNode answer = answer(body("'input':'" + TEXT + "','user':'me'"));
    assertEquals("list", answer.get("object").textValue());
    assertEquals("test/smollm", answer.get("model").textValue());
    assertEquals(1, answer.get("data").size());
    assertEquals("embedding", answer.at("/data/0/object").textValue());
    assertEquals(0, answer.at("/data/0/index").intValue());
    int tokens = server.engine().encodePrompt(TEXT).length;
    assertEquals(tokens, answer.at("/usage/prompt_tokens").intValue());
    assertEquals(tokens, answer.at("/usage/total_tokens").intValue());
    float[] vector = vector(answer, 0);
    assertEquals(576, vector.length);
    assertEquals(1, dot(vector, vector), 1e-5);
  }

  @Test
  void textsOfOneMeaningAreNearer() throws Exception {
    JsonNode answer =
        answer(
            body(
                "'input':['The cat sits on the mat.','A cat is sitting on a rug.',"
                    + "'Stock markets fell sharply on Monday.']"));
    float[] cat = vector(answer, 0);
    assertTrue(dot(cat, vector(answer, 1)) > dot(cat, vector(answer, 2)) + 0.02);
  }

  @Test
  void allFormsOfATextAreTheSame() throws Exception {
    ArrayNode ids = JsonNodeFactory.instance.arrayNode();
    for (int id : server.engine().encodePrompt(TEXT)) {
      ids.add(id);
    }
    float[] expected = vector("'input':'" + TEXT + "'");
    assertArrayEquals(expected, vector("'input':['" + TEXT + "']"));
    assertArrayEquals(expected, vector("'input':" + ids));
    assertArrayEquals(expected, vector("'input':[" + ids + "]"));
  }

  @Test
  void base64HasTheSameNumbers() throws Exception {
    JsonNode answer = answer(body("'input':'" + TEXT + "','encoding_format':'base64'"));
    byte[] bytes = Base64.getDecoder().decode(answer.at("/data/0/embedding").textValue());
    float[] vector = new float[bytes.length / Float.BYTES];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(vector);
    assertArrayEquals(vector("'input':'" + TEXT + "'"), vector);
  }

  @Test
  void fewerDimensionsAreTheFirstOnesOfLengthOne() throws Exception {
    float[] all = vector("'input':'" + TEXT + "'");
    float[] cut = vector("'input':'" + TEXT + "','dimensions':10");
    assertEquals(10, cut.length);
    assertEquals(1, dot(cut, cut), 1e-5);
    for (int i = 1; i < cut.length; i++) {
      assertEquals(all[i] / all[0], cut[i] / cut[0], 1e-3 * Math.abs(all[i] / all[0]));
    }
  }

  @Test
  void poolsAsItIsAsked() throws Exception {
    float[] mean = vector("'input':'" + TEXT + "','pooling':'mean'");
    float[] last = vector("'input':'" + TEXT + "','pooling':'last'");
    assertArrayEquals(vector("'input':'" + TEXT + "'"), mean);
    assertTrue(dot(mean, last) < 0.999);
    int[] tokens = server.engine().encodePrompt(TEXT);
    assertArrayEquals(
        server.engine().embed(tokens, Pooling.LAST, Optional.empty()).await(576), last);
  }

  /** More than are computed at a time. */
  @Test
  void manyTextsKeepTheirOrder() throws Exception {
    ObjectNode request =
        JsonNodeFactory.instance.objectNode().put("model", "test/smollm").put("dimensions", 32);
    ArrayNode input = request.putArray("input");
    for (int i = 0; i < 40; i++) {
      input.add("Text number " + i + ". " + "More of it. ".repeat(i % 7));
    }
    JsonNode answer = answer(request.toString());
    assertEquals(40, answer.get("data").size());
    for (int i = 0; i < 40; i += 13) {
      assertEquals(i, answer.at("/data/" + i + "/index").intValue());
      String alone = "'dimensions':32,'input':" + input.get(i);
      assertArrayEquals(vector(alone), vector(answer, i));
    }
    assertEquals(0, server.engine().load().usedBlocks());
  }

  @Test
  void aStreamIsTheSameBesideEmbeddings() throws Exception {
    String prompt = body("'prompt':'One two three','max_tokens':100,'temperature':0,'stream':true");
    String alone = text(server.post("/v1/completions", prompt));
    CompletableFuture<HttpResponse<String>> beside =
        server
            .client()
            .sendAsync(
                server.request("/v1/completions", prompt), HttpResponse.BodyHandlers.ofString());
    float[] expected = vector("'input':'" + TEXT + "'");
    while (!beside.isDone()) {
      assertArrayEquals(expected, vector("'input':'" + TEXT + "'"));
    }
    assertEquals(alone, text(beside.get()));
  }

  private static String text(HttpResponse<String> stream) throws IOException {
    StringBuilder text = new StringBuilder();
    for (String line : stream.body().lines().filter(l -> l.startsWith("data: {")).toList()) {
      JsonNode event = RunningServer.json(line.substring("data: ".length()));
      text.append(event.at("/choices/0/text").asText());
    }
    return text.toString();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'input':''                              | input",
        "'input':[]                              | input",
        "'input':['a','']                        | input",
        "'input':[[]]                            | input",
        "'input':['a',[1]]                       | input",
        "'input':['a',1]                         | input",
        "'input':[1,'a']                         | input",
        "'input':[1.5]                           | input",
        "'input':[-1]                            | input",
        "'input':[[1],[49152]]                   | input",
        "'input':{'text':'a'}                    | input",
        "'input':5                               | input",
        "'input':null                            | input",
        "'input':'a','encoding_format':'hex'     | encoding_format",
        "'input':'a','dimensions':0              | dimensions",
        "'input':'a','dimensions':577            | dimensions",
        "'input':'a','pooling':'max'             | pooling",
        "'input':'a','inputs':'b'                | inputs",
      })
  void namesTheFieldThatIsWrong(String fields, String param) throws Exception {
    HttpResponse<String> response = server.post(PATH, body(fields));
    assertEquals(400, response.statusCode(), response.body());
    JsonNode error = RunningServer.json(response).get("error");
    assertEquals(param, error.get("param").textValue(), response.body());
    assertEquals("invalid_request_error", error.get("type").textValue());
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"input\":\"a\"}", "{\"model\":\"other\",\"input\":\"a\"}"})
  void theModelHasToBeNamed(String request) throws Exception {
    HttpResponse<String> response = server.post(PATH, request);
    assertEquals(request.contains("other") ? 404 : 400, response.statusCode());
    assertEquals("model", RunningServer.json(response).at("/error/param").textValue());
  }

  @Test
  void aTextLongerThanTheContextIsRefusedBeforeAnyIsComputed() throws Exception {
    HttpResponse<String> response =
        server.post(PATH, body("'input':['a','" + "word ".repeat(9000) + "']"));
    assertEquals(400, response.statusCode());
    JsonNode error = RunningServer.json(response).get("error");
    assertEquals("context_length_exceeded", error.get("code").textValue());
    assertEquals("input", error.get("param").textValue());
    assertTrue(error.get("message").textValue().contains("'input[1]'"), error.toString());
  }

  @Test
  void moreThan2048TextsAreRefused() throws Exception {
    String request = body("'input':['a'" + ",'a'".repeat(2048) + "]");
    assertEquals(400, server.post(PATH, request).statusCode());
  }

  /** Hours of work for a client that does not wait for it. */
  @Test
  void aClientThatLeavesEndsItsWork() throws Exception {
    byte[] request =
        body("'input':['" + ("word ".repeat(500) + "','").repeat(1000) + "end']")
            .getBytes(StandardCharsets.UTF_8);
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.server().port())) {
      OutputStream out = socket.getOutputStream();
      String head =
          "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n"
              .formatted(PATH, request.length);
      out.write(head.getBytes(StandardCharsets.US_ASCII));
      out.write(request);
      out.flush();
      server.awaitLoad(load -> load.running() > 0);
    }
    server.awaitLoad(load -> load.running() + load.waiting() == 0);
    assertEquals(0, server.engine().load().usedBlocks());
    String cancelled = "lanewise_request_duration_seconds_count{endpoint=\"embeddings\"";
    await("a metric of the request")
        .atMost(Duration.ofMinutes(1))
        .until(
            () ->
                server
                    .get("/metrics")
                    .body()
                    .lines()
                    .anyMatch(
                        line -> line.startsWith(cancelled) && line.contains("\"cancelled\"")));
    assertNotEquals(0, vector("'input':'" + TEXT + "'").length);
  }
}
