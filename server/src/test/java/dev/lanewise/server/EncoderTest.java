package dev.lanewise.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An encoder over a real port: a tiny random BERT. */
final class EncoderTest {
  private static final Path FOLDER =
      Path.of(System.getProperty("lanewise.models")).resolve("tiny/bert");

  private static RunningServer server;
  private static JsonNode reference;

  @BeforeAll
  static void start() throws IOException {
    server = RunningServer.start(FOLDER.resolve("model.gguf"));
    server.engine().warmUp();
    reference = new ObjectMapper().readTree(FOLDER.resolve("reference.json").toFile());
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static HttpResponse<String> embed(JsonNode tokens, String pooling) throws Exception {
    return server.post(
        "/v1/embeddings",
        "{\"model\":\"test/smollm\",\"input\":%s,\"pooling\":\"%s\"}".formatted(tokens, pooling));
  }

  private static float[] vector(HttpResponse<String> response) throws IOException {
    assertEquals(200, response.statusCode(), response.body());
    JsonNode embedding = RunningServer.json(response).at("/data/0/embedding");
    float[] vector = new float[embedding.size()];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = embedding.get(i).floatValue();
    }
    return vector;
  }

  private static float[] unit(JsonNode numbers) {
    double squares = 0;
    for (JsonNode number : numbers) {
      squares += number.asDouble() * number.asDouble();
    }
    float[] unit = new float[numbers.size()];
    for (int i = 0; i < unit.length; i++) {
      unit[i] = (float) (numbers.get(i).asDouble() / Math.sqrt(squares));
    }
    return unit;
  }

  /** With 8-bit activations and a BF16 cache; {@code FamilyTest} has the exact ones. */
  @Test
  void poolsTheStatesOfItsReference() throws Exception {
    JsonNode tokens = reference.get("tokens");
    assertArrayEquals(unit(reference.get("mean")), vector(embed(tokens, "mean")), 0.02f);
    assertEquals(0, reference.at("/positions/0").asInt());
    assertArrayEquals(unit(reference.at("/hidden/0")), vector(embed(tokens, "cls")), 0.02f);
    int last = reference.get("positions").size() - 1;
    assertEquals(tokens.size() - 1, reference.get("positions").get(last).asInt());
    float[] ofLast = unit(reference.get("hidden").get(last));
    assertArrayEquals(ofLast, vector(embed(tokens, "last")), 0.02f);
  }

  @Test
  void textsInCompanyHaveTheVectorsTheyHaveAlone() throws Exception {
    List<JsonNode> texts = new ArrayList<>();
    List<float[]> alone = new ArrayList<>();
    for (int length : new int[] {1, 3, 40, 128, 31, 100, 7, 128}) {
      StringBuilder text = new StringBuilder("[");
      for (int i = 0; i < length; i++) {
        text.append(i == 0 ? "" : ",").append(3 + (7 * i + length) % 300);
      }
      texts.add(RunningServer.json(text.append("]").toString()));
      alone.add(vector(embed(texts.getLast(), "mean")));
    }
    List<Future<float[]>> together = new ArrayList<>();
    for (JsonNode text : texts) {
      together.add(
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return vector(embed(text, "mean"));
                } catch (Exception failure) {
                  throw new IllegalStateException(failure);
                }
              }));
    }
    for (int i = 0; i < texts.size(); i++) {
      assertArrayEquals(alone.get(i), together.get(i).get());
    }
  }

  @Test
  void aTextLongerThanItsPositionsIsRefused() throws Exception {
    JsonNode tokens = RunningServer.json("[" + "3,".repeat(128) + "3]");
    HttpResponse<String> response = embed(tokens, "mean");
    assertEquals(400, response.statusCode());
    assertTrue(response.body().contains("129 tokens"), response.body());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/v1/chat/completions | \"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]",
        "/v1/completions | \"prompt\":\"Hi\"",
        "/v1/responses | \"input\":\"Hi\""
      })
  void saysWhatItIsForWhenAskedToGenerate(String path, String field) throws Exception {
    HttpResponse<String> response =
        server.post(path, "{\"model\":\"test/smollm\"," + field.strip() + "}");
    assertEquals(400, response.statusCode());
    JsonNode error = RunningServer.json(response).get("error");
    assertEquals("model", error.get("param").asText());
    assertTrue(error.get("message").asText().contains("POST /v1/embeddings"), error.toString());
  }
}
