package dev.lanewise.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The API over a real port, with what goes wrong. */
final class ApiTest {
  private static final String CHAT = "/v1/chat/completions";
  private static final String QUESTION =
      "\"model\":\"test/smollm\",\"temperature\":0,"
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

  private static String chat(String more) {
    return "{" + QUESTION + more + "}";
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{bad                                                           | 400 | ",
        "[]                                                             | 400 | ",
        "''                                                             | 400 | ",
        "{}                                                             | 400 | messages",
        "{\"model\":\"test/smollm\"}                                    | 400 | messages",
        "{\"model\":\"test/smollm\",\"messages\":[]}                    | 400 | messages",
        "{\"model\":\"test/smollm\",\"messages\":\"hi\"}                | 400 | messages",
        "{\"model\":\"test/smollm\",\"messages\":[5]}                   | 400 | messages[0]",
        "{\"model\":\"test/smollm\",\"messages\":[{\"role\":\"user\"}]} | 400 | messages[0].content",
        "{\"model\":\"test/smollm\",\"messages\":[{\"role\":\"x\",\"content\":\"\"}]}|400|messages[0].role",
        "{\"model\":\"test/smollm\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\"}]}]}|400|messages[0].content[0].type",
      })
  void namesTheFieldThatIsWrong(String body, int status, String param) throws Exception {
    assertError(server.post(CHAT, body), status, param);
    assertEquals(200, server.post(CHAT, chat(",\"max_tokens\":1")).statusCode());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'temperature' | '3'",
        "'temperature' | '\"hot\"'",
        "'top_p'       | '1.5'",
        "'top_k'       | '-1'",
        "'min_p'       | '2'",
        "'seed'        | '\"x\"'",
        "'max_tokens'  | '0'",
        "'max_tokens'  | '1.5'",
        "'stream'      | '\"yes\"'",
        "'stop'        | '[1]'",
        "'stop'        | '[\"a\",\"b\",\"c\",\"d\",\"e\"]'",
        "'n'           | '0'",
        "'n'           | '129'",
        "'logprobs'    | '1'",
        "'top_logprobs' | '1'",
        "'top_logprobs' | '21'",
        "'tools[0].function' | '[{\"type\":\"function\"}]'",
        "'tools[0].type' | '[{\"type\":\"mcp\"}]'",
        "'tools[0].function.name' | '[{\"type\":\"function\",\"function\":{\"name\":\"a b\"}}]'",
        "'tool_choice' | '\"required\"'",
        "'response_format.type' | '{\"type\":\"xml\"}'",
        "'response_format.json_schema.name' | '{\"type\":\"json_schema\",\"json_schema\":{}}'",
        "'response_format.json_schema.schema' | '{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"a\",\"schema\":{\"not\":{}}}}'",
        "'grammar' | '\"root = a\"'",
        "'grammar' | '\"root ::= root\"'",
        "'regex' | '\"(?=a)\"'",
        "'logit_bias'  | '{\"a\":2}'",
        "'logit_bias.1'  | '{\"1\":101}'",
        "'logit_bias'  | '{\"999999\":1}'",
        "'presence_penalty' | '2.5'",
        "'frequency_penalty' | '-3'",
        "'repetition_penalty' | '0'",
        "'typical_p'   | '2'",
        "'stop_token_ids' | '[\"a\"]'",
        "'stop_token_ids' | '[-1]'",
        "'min_tokens'  | '-1'",
        "'ignore_eos'  | '1'",
        "'cache_prompt' | '0'",
        "'reasoning_effort' | '\"huge\"'",
        "'chat_template_kwargs' | '5'",
        "'chat_template_kwargs.messages' | '{\"messages\":[]}'",
        "'continue_final_message' | 'true'",
        "'stream_options' | '{\"include_usage\":true}'",
        "'max_token'   | '1'",
        "'prediction'  | '{\"type\":\"content\",\"content\":\"a\"}'",
        "'verbosity'   | '\"high\"'",
        "'modalities'  | '[\"text\",\"audio\"]'",
        "'web_search_options' | '{}'",
        "'moderation'  | '{}'",
        "'functions'   | '[{\"name\":\"f\"}]'",
        "'function_call' | '{\"name\":\"f\"}'",
        "'store'       | 'true'",
      })
  void refusesWhatItDoesNotDo(String field, String value) throws Exception {
    String known = QUESTION.replace("\"temperature\":0,", "");
    String sent = field.replaceAll("[.\\[].*", ""); // of a member of a field, the field
    assertError(server.post(CHAT, "{" + known + ",\"" + sent + "\":" + value + "}"), 400, field);
  }

  @Test
  void acceptsFieldsThatAskForNothing() throws Exception {
    String body =
        chat(
            ",\"max_tokens\":1,\"n\":1,\"user\":\"u\",\"metadata\":{\"a\":\"b\"},\"store\":false,\"logprobs\":null,"
                + "\"tools\":[],\"presence_penalty\":0,\"response_format\":{\"type\":\"text\"},"
                + "\"modalities\":[\"text\"],\"functions\":[],\"function_call\":\"auto\",\"verbosity\":\"medium\","
                + "\"prompt_cache_key\":\"k\",\"prompt_cache_options\":{},\"prompt_cache_retention\":\"24h\","
                + "\"safety_identifier\":\"s\",\"service_tier\":\"auto\"");
    assertEquals(200, server.post(CHAT, body).statusCode());
  }

  @Test
  void aPromptOfAMebibyteIsTooLongForTheContext() throws Exception {
    String text = "word ".repeat((1 << 20) / 5);
    String body = chat("").replace("What is the capital of France?", text);
    assertTooLong(server.post(CHAT, body), "messages");
  }

  private static void assertTooLong(HttpResponse<String> response, String field)
      throws IOException {
    assertError(response, 400, field);
    assertEquals(
        "context_length_exceeded", RunningServer.json(response).at("/error/code").textValue());
  }

  @Test
  void aBodyBeyondTheLimitIsTooLarge() throws Exception {
    String body = chat("").replace("What is", " ".repeat(5 << 20));
    assertError(server.post(CHAT, body), 413, null);
    assertEquals(200, server.post(CHAT, chat(",\"max_tokens\":1")).statusCode());
  }

  @Test
  void moreTokensThanTheContextAreRefused() throws Exception {
    assertTooLong(server.post(CHAT, chat(",\"max_tokens\":8192")), "messages");
    String completion = "{\"model\":\"test/smollm\",\"prompt\":\"a\",\"max_tokens\":8192}";
    assertTooLong(server.post("/v1/completions", completion), "prompt");
  }

  @Test
  void unknownPathsAndMethodsHaveTheShapeOfErrors() throws Exception {
    assertError(server.get("/v2/x"), 404, null);
    assertError(server.get(CHAT), 405, null);
    assertError(server.get("/v1/models/other"), 404, "model");
  }

  @Test
  void twoRequestsAtOnceAreBothAnswered() throws Exception {
    List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      answers.add(
          server
              .client()
              .sendAsync(
                  server.request(CHAT, chat("")),
                  HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8)));
    }
    for (CompletableFuture<HttpResponse<String>> answer : answers) {
      JsonNode body = RunningServer.json(answer.get());
      assertEquals(
          "The capital of France is Paris.", body.at("/choices/0/message/content").textValue());
      assertEquals("stop", body.at("/choices/0/finish_reason").textValue());
      assertTrue(body.at("/timings/predicted_per_second").doubleValue() > 0);
    }
  }

  @Test
  void stopStringsEndTheTextBeforeThem() throws Exception {
    JsonNode body =
        RunningServer.json(server.post(CHAT, chat(",\"stop\":[\" France is\",\"zzz\"]")));
    assertEquals("The capital of", body.at("/choices/0/message/content").textValue());
    assertEquals("stop", body.at("/choices/0/finish_reason").textValue());
  }

  @Test
  void aSeedRepeatsAnAnswer() throws Exception {
    String body =
        "{\"model\":\"test/smollm\",\"prompt\":\"Once\",\"seed\":7,\"temperature\":1.5,\"max_tokens\":12}";
    String first =
        RunningServer.json(server.post("/v1/completions", body)).at("/choices/0/text").textValue();
    String second =
        RunningServer.json(server.post("/v1/completions", body)).at("/choices/0/text").textValue();
    assertEquals(first, second);
    assertFalse(first.isEmpty());
  }

  @Test
  void theFirstEventArrivesWhileTheRestIsStillToBeComputed() throws Exception {
    String body =
        "{\"model\":\"test/smollm\",\"prompt\":\"One two three\",\"max_tokens\":400,\"stream\":true,\"temperature\":0}";
    HttpResponse<InputStream> response =
        server
            .client()
            .send(
                server.request("/v1/completions", body), HttpResponse.BodyHandlers.ofInputStream());
    assertEquals(
        "text/event-stream; charset=utf-8",
        response.headers().firstValue("content-type").orElseThrow());
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
      assertTrue(lines.readLine().startsWith("data: {"));
      assertTrue(lines.readLine().isEmpty());
      assertTrue(lines.readLine().startsWith("data: {")); // the first step's load is known by now
      assertTrue(server.engine().load().running() > 0, "the engine is still at it");
    }
    // The client has gone: the engine notices at a write, and the next request does not wait for
    // 400 tokens.
    assertEquals(200, server.post(CHAT, chat(",\"max_tokens\":1")).statusCode());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "lanewise_request_duration_seconds_count",
        "lanewise_prompt_tokens_total",
        "lanewise_generated_tokens_total",
        "lanewise_time_to_first_token_seconds_bucket",
        "lanewise_time_per_output_token_seconds_bucket",
        "lanewise_requests_waiting",
        "lanewise_requests_running",
        "jvm_memory_used_bytes"
      })
  void metricsTellOfEveryRequest(String name) throws Exception {
    assertEquals(200, server.post(CHAT, chat(",\"max_tokens\":3")).statusCode());
    String text = server.get("/metrics").body();
    assertTrue(text.lines().anyMatch(line -> line.startsWith(name)), name);
    for (String line : text.lines().filter(line -> line.startsWith("# TYPE")).toList()) {
      String meter = line.split(" ")[2];
      assertTrue(text.contains("# HELP " + meter + " "), meter + " is described");
    }
  }

  private static void assertError(HttpResponse<String> response, int status, String param)
      throws IOException {
    assertEquals(status, response.statusCode(), response.body());
    JsonNode error = RunningServer.json(response).get("error");
    assertTrue(error.get("message").textValue().length() > 10);
    assertEquals("invalid_request_error", error.get("type").textValue());
    assertEquals(param, error.get("param").textValue());
    assertTrue(error.has("code"));
  }
}
