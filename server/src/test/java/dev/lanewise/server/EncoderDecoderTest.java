package dev.lanewise.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
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

/** An encoder-decoder over a real port: a tiny random T5. */
final class EncoderDecoderTest {
  private static final Path FOLDER =
      Path.of(System.getProperty("lanewise.models")).resolve("tiny/t5-gated");

  private static RunningServer server;
  private static JsonNode reference;

  @BeforeAll
  static void start() throws Exception {
    server = RunningServer.start(FOLDER.resolve("model.gguf"));
    server.engine().warmUp();
    Rehearsal.hold(server.engine());
    reference = new ObjectMapper().readTree(FOLDER.resolve("reference.json").toFile());
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static HttpResponse<String> post(String path, String fields) throws Exception {
    return server.post(path, "{\"model\":\"test/smollm\"," + fields + "}");
  }

  private static JsonNode complete(String fields) throws Exception {
    HttpResponse<String> response = post("/v1/completions", fields);
    assertEquals(200, response.statusCode(), response.body());
    return RunningServer.json(response);
  }

  private static String prompt(int length, int seed) {
    StringBuilder ids = new StringBuilder("[");
    for (int i = 0; i < length; i++) {
      ids.append(i == 0 ? "" : ",").append(3 + (31 * i + 17 * seed) % 300);
    }
    return ids.append("]").toString();
  }

  /** With 8-bit activations and a BF16 cache; {@code EncodedAnswersTest} has all tokens, exact. */
  @Test
  void beginsItsAnswerAsItsReference() throws Exception {
    JsonNode answer =
        complete(
            "\"prompt\":%s,\"temperature\":0,\"max_tokens\":1,\"logprobs\":0"
                .formatted(reference.get("tokens")));
    assertEquals(0, reference.at("/positions/0").asInt());
    double total = 0;
    double most = Double.NEGATIVE_INFINITY;
    for (JsonNode logit : reference.at("/logits/0")) {
      total += Math.exp(logit.asDouble());
      most = Math.max(most, logit.asDouble());
    }
    double likeliest = answer.at("/choices/0/logprobs/token_logprobs/0").asDouble();
    assertEquals(most - Math.log(total), likeliest, 0.05);
    assertEquals(reference.get("tokens").size(), answer.at("/usage/prompt_tokens").asInt());
    assertEquals(1, answer.at("/usage/completion_tokens").asInt());
    assertEquals(0, answer.at("/usage/prompt_tokens_details/cached_tokens").asInt());
  }

  @Test
  void streamsWhatItAnswersWhole() throws Exception {
    String fields = "\"prompt\":\"The rain in\",\"temperature\":0,\"max_tokens\":30";
    String whole = complete(fields).at("/choices/0/text").asText();
    StringBuilder streamed = new StringBuilder();
    for (JsonNode chunk :
        RunningServer.chunks(post("/v1/completions", fields + ",\"stream\":true"))) {
      streamed.append(chunk.at("/choices/0/text").asText());
    }
    assertEquals(whole, streamed.toString());
    assertTrue(!whole.isEmpty());
  }

  @Test
  void promptsInCompanyHaveTheAnswersTheyHaveAlone() throws Exception {
    String rest = ",\"temperature\":0.8,\"seed\":5,\"max_tokens\":24,\"ignore_eos\":true";
    List<String> prompts = new ArrayList<>();
    List<String> alone = new ArrayList<>();
    for (int length : new int[] {1, 40, 300, 7, 512, 33, 100}) {
      prompts.add(prompt(length, length));
      alone.add(complete("\"prompt\":" + prompts.getLast() + rest).at("/choices/0/text").asText());
    }
    JsonNode batch = complete("\"prompt\":[" + String.join(",", prompts) + "]" + rest);
    List<Future<JsonNode>> together = new ArrayList<>();
    for (String prompt : prompts) {
      together.add(
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return complete("\"prompt\":" + prompt + rest);
                } catch (Exception failure) {
                  throw new IllegalStateException(failure);
                }
              }));
    }
    for (int i = 0; i < prompts.size(); i++) {
      assertEquals(alone.get(i), together.get(i).get().at("/choices/0/text").asText());
      assertEquals(alone.get(i), batch.at("/choices/" + i + "/text").asText());
    }
  }

  @Test
  void givesSeveralAnswersAndStopsWhereItIsTold() throws Exception {
    JsonNode several =
        complete("\"prompt\":\"Hi\",\"n\":3,\"seed\":1,\"max_tokens\":20,\"ignore_eos\":true");
    assertEquals(3, several.get("choices").size());
    String text = several.at("/choices/0/text").asText();
    int middle = text.offsetByCodePoints(0, text.codePointCount(0, text.length()) / 2);
    String stop = text.substring(middle, text.offsetByCodePoints(middle, 1));
    JsonNode stopped =
        complete(
            "\"prompt\":\"Hi\",\"n\":1,\"seed\":1,\"max_tokens\":20,\"ignore_eos\":true,\"stop\":"
                + new ObjectMapper().writeValueAsString(stop));
    assertEquals(text.substring(0, text.indexOf(stop)), stopped.at("/choices/0/text").asText());
    assertEquals("stop", stopped.at("/choices/0/finish_reason").asText());
  }

  @Test
  void keepsToASchema() throws Exception {
    JsonNode answer =
        complete(
            "\"prompt\":\"Hi\",\"max_tokens\":40,\"response_format\":{\"type\":\"json_schema\","
                + "\"json_schema\":{\"name\":\"x\",\"schema\":{\"enum\":[\"yes\",\"no\"]}}}");
    String text = answer.at("/choices/0/text").asText();
    assertTrue(text.equals("\"yes\"") || text.equals("\"no\""), text);
  }

  @Test
  void chatsIfItHasATemplate() throws Exception {
    HttpResponse<String> response =
        post(
            "/v1/chat/completions",
            "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"max_tokens\":5");
    assertEquals(200, response.statusCode(), response.body());
    JsonNode body = RunningServer.json(response);
    int prompt = server.engine().encodePrompt("user: Hi\nassistant:").length;
    assertEquals(prompt, body.at("/usage/prompt_tokens").asInt());
  }

  @Test
  void embedsWithItsEncoder() throws Exception {
    HttpResponse<String> response = post("/v1/embeddings", "\"input\":[\"Hi\",\"there\"]");
    assertEquals(200, response.statusCode(), response.body());
    JsonNode body = RunningServer.json(response);
    assertEquals(64, body.at("/data/1/embedding").size());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"prompt\":\"Hi\",\"echo\":true,\"logprobs\":1 | logprobs | those of the answer can be had",
        "\"prompt\":\"Hi\",\"suffix\":\"there\" | suffix | not made to fill gaps",
        "\"prompt\":\"Hi\",\"max_tokens\":512 | prompt | an answer up to 511",
        "\"prompt\":\"Hi\",\"sparsity\":0.5 | sparsity | sparsity",
      })
  void saysWhatItCannotDo(String fields, String param, String message) throws Exception {
    HttpResponse<String> response = post("/v1/completions", fields);
    assertEquals(400, response.statusCode(), response.body());
    JsonNode error = RunningServer.json(response).get("error");
    assertEquals(param, error.get("param").asText());
    assertTrue(error.get("message").asText().contains(message), error.toString());
  }

  @Test
  void aPromptLongerThanTheEncodersContextIsRefused() throws Exception {
    HttpResponse<String> response = post("/v1/completions", "\"prompt\":" + prompt(513, 1));
    assertEquals(400, response.statusCode());
    JsonNode error = RunningServer.json(response).get("error");
    assertEquals("context_length_exceeded", error.get("code").asText());
    assertTrue(error.get("message").asText().contains("513 in the prompt"), error.toString());
  }

  @Test
  void aMessageCannotBeContinued() throws Exception {
    HttpResponse<String> response =
        post(
            "/v1/chat/completions",
            "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"},"
                + "{\"role\":\"assistant\",\"content\":\"He\"}],"
                + "\"add_generation_prompt\":false,\"continue_final_message\":true");
    assertEquals(400, response.statusCode(), response.body());
    assertTrue(response.body().contains("encoder-decoder"), response.body());
  }
}
