package dev.lanewise.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lanewise.engine.sparse.SparsityChoice;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A server that leaves out a part of the work, and one that does not. */
final class SparsityTest {
  private static final String TEXT = "/v1/completions";
  private static final String PROMPT = "\"prompt\":\"The first ten numbers are\"";
  private static final String MESSAGES = "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]";

  @TempDir private static Path folder;
  private static RunningServer sparse;
  private static RunningServer dense;

  @BeforeAll
  static void start() throws IOException {
    sparse = RunningServer.start(SparsityChoice.parse(Thresholds.writeTo(folder).toString()));
    dense = RunningServer.start();
  }

  @AfterAll
  static void stop() {
    sparse.close();
    dense.close();
  }

  private static String body(String fields) {
    return "{\"model\":\"" + RunningServer.MODEL + "\",\"temperature\":0," + fields + "}";
  }

  private static JsonNode ask(RunningServer server, String path, String fields) throws Exception {
    HttpResponse<String> response = server.post(path, body(fields));
    assertEquals(200, response.statusCode(), response.body());
    return RunningServer.json(response);
  }

  private static String text(RunningServer server, String fields) throws Exception {
    return ask(server, TEXT, PROMPT + ",\"max_tokens\":24" + fields)
        .at("/choices/0/text")
        .textValue();
  }

  private static String chat(RunningServer server, String fields) throws Exception {
    return ask(server, "/v1/chat/completions", MESSAGES + ",\"max_tokens\":16" + fields)
        .at("/choices/0/message/content")
        .textValue();
  }

  private static String response(RunningServer server, String fields) throws Exception {
    return ask(server, "/v1/responses", "\"input\":\"Hi\",\"max_output_tokens\":16" + fields)
        .at("/output/0/content/0/text")
        .textValue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"false", "0", "0.1", "0.5"})
  void nothingIsLeftOutIfTheRequestSaysSo(String value) throws Exception {
    assertEquals(text(dense, ""), text(sparse, ",\"sparsity\":" + value));
  }

  @Test
  void theServersSettingHoldsUnlessTheRequestSaysOtherwise() throws Exception {
    String left = text(sparse, "");
    assertNotEquals(text(dense, ""), left);
    for (String value : List.of("true", "0.9", "null")) {
      assertEquals(left, text(sparse, ",\"sparsity\":" + value), value);
    }
  }

  @Test
  void allEndpointsHaveTheField() throws Exception {
    String off = ",\"sparsity\":false";
    assertNotEquals(chat(dense, ""), chat(sparse, ""));
    assertEquals(chat(dense, ""), chat(sparse, off));
    assertNotEquals(response(dense, ""), response(sparse, ""));
    assertEquals(response(dense, ""), response(sparse, off));
  }

  @ParameterizedTest
  @ValueSource(strings = {"false", "0", "null"})
  void nothingCanBeAskedForWhereNothingIsLeftOut(String value) throws Exception {
    assertEquals(text(dense, ""), text(dense, ",\"sparsity\":" + value));
  }

  private static String refusal(RunningServer server, String path, String fields) throws Exception {
    HttpResponse<String> response = server.post(path, body(fields));
    assertEquals(400, response.statusCode(), response.body());
    JsonNode error = RunningServer.json(response).get("error");
    assertEquals("sparsity", error.get("param").textValue());
    return error.get("message").textValue();
  }

  private static String refusal(RunningServer server, String value) throws Exception {
    return refusal(server, TEXT, PROMPT + ",\"sparsity\":" + value);
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"0.5\"", "\"off\"", "-0.1", "1.5", "[]", "{}"})
  void otherValuesAreRefused(String value) throws Exception {
    String message = refusal(sparse, value);
    assertTrue(message.contains("true, false or a number from 0.0 to 1.0"), message);
    refusal(sparse, "/v1/chat/completions", MESSAGES + ",\"sparsity\":" + value);
    refusal(sparse, "/v1/responses", "\"input\":\"Hi\",\"sparsity\":" + value);
  }

  @Test
  void whatThisServerCannotLeaveOutIsRefused() throws Exception {
    assertTrue(refusal(sparse, "0.95").contains("at most 0.9"));
    assertTrue(refusal(sparse, "0.05").contains("least"));
    assertTrue(refusal(dense, "true").contains("--sparsity"));
    assertTrue(refusal(dense, "0.5").contains("--sparsity"));
  }

  @Test
  void twoAtOnceAreAnswered() throws Exception {
    String alone = text(dense, "");
    List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
    for (String value : List.of("true", "false", "0.9", "false")) {
      String fields = PROMPT + ",\"max_tokens\":24,\"sparsity\":" + value;
      answers.add(
          sparse
              .client()
              .sendAsync(sparse.request(TEXT, body(fields)), HttpResponse.BodyHandlers.ofString()));
    }
    for (int i = 0; i < answers.size(); i++) {
      JsonNode answer = RunningServer.json(answers.get(i).get());
      assertEquals(24, answer.at("/usage/completion_tokens").intValue(), answer.toString());
      if (i % 2 == 1) {
        assertEquals(alone, answer.at("/choices/0/text").textValue());
      }
    }
  }

  /** The value of a meter, without its labels. */
  private static double meter(RunningServer server, String name) throws Exception {
    String metrics = server.get("/metrics").body();
    Matcher line =
        Pattern.compile("^" + name + "[{ ][^\n]* (\\S+)$", Pattern.MULTILINE).matcher(metrics);
    assertTrue(line.find(), name + " in\n" + metrics);
    return Double.parseDouble(line.group(1));
  }

  @Test
  void metricsTellWhatIsLeftOut() throws Exception {
    text(sparse, ",\"sparsity\":true");
    double tokens = meter(sparse, "lanewise_sparsity_active_share_count");
    double active = meter(sparse, "lanewise_sparsity_active_share_sum");
    text(sparse, ",\"sparsity\":true");
    assertEquals(23, meter(sparse, "lanewise_sparsity_active_share_count") - tokens);
    assertEquals(active, meter(sparse, "lanewise_sparsity_active_share_sum"));
    text(dense, "");
    double weights = dense.engine().transformer().weightSizes().bytes();
    assertEquals(
        weights * meter(dense, "lanewise_weights_bytes_per_token_count"),
        meter(dense, "lanewise_weights_bytes_per_token_sum"));
    assertEquals(0, meter(sparse, "lanewise_sparsity_ffn_blocks_skipped_total"));
  }
}
