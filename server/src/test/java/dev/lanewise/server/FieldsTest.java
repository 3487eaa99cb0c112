package dev.lanewise.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Each field of a request does what it says. */
final class FieldsTest {
  private static final String CHAT = "/v1/chat/completions";
  private static final String TEXT = "/v1/completions";
  private static final String FRANCE = "What is the capital of France?";
  private static RunningServer server;

  @BeforeAll
  static void start() throws IOException {
    server = RunningServer.start();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  /** The answer to a question, with more fields. */
  private static JsonNode chat(String fields) throws Exception {
    return chat("[{\"role\":\"user\",\"content\":\"" + FRANCE + "\"}]", fields);
  }

  private static JsonNode chat(String messages, String fields) throws Exception {
    return post(CHAT, "\"messages\":" + messages + "," + fields);
  }

  /** The continuation of a prompt, with more fields. */
  private static JsonNode text(String prompt, String fields) throws Exception {
    return post(TEXT, "\"prompt\":" + prompt + "," + fields);
  }

  private static JsonNode post(String path, String fields) throws Exception {
    HttpResponse<String> response = server.post(path, body(fields));
    assertEquals(200, response.statusCode(), response.body());
    return RunningServer.json(response);
  }

  private static String body(String fields) {
    return "{\"model\":\"" + RunningServer.MODEL + "\"," + fields + "}";
  }

  /** The chunks of a stream. */
  private static List<JsonNode> stream(String path, String fields) throws Exception {
    return RunningServer.chunks(server.post(path, body(fields + ",\"stream\":true")));
  }

  private static String content(JsonNode answer) {
    return answer.at("/choices/0/message/content").textValue();
  }

  private static String firstText(JsonNode answer) {
    return answer.at("/choices/0/text").textValue();
  }

  private static int token(String text) {
    int[] tokens = server.engine().tokenizer().encode(text, false);
    assertEquals(1, tokens.length, text);
    return tokens[0];
  }

  @Test
  void nGivesSoManyAnswersWithSeedsOfTheirOwn() throws Exception {
    String fields = "\"n\":3,\"seed\":5,\"temperature\":1.5,\"max_tokens\":12";
    JsonNode answer = chat(fields);
    assertEquals(3, answer.get("choices").size());
    Set<String> texts = new HashSet<>();
    for (int i = 0; i < 3; i++) {
      JsonNode choice = answer.get("choices").get(i);
      assertEquals(i, choice.get("index").intValue());
      texts.add(choice.at("/message/content").textValue());
    }
    assertEquals(3, texts.size());
    assertEquals(
        content(chat("\"seed\":6,\"temperature\":1.5,\"max_tokens\":12")),
        answer.at("/choices/1/message/content").textValue(),
        "the second has the next seed");
    JsonNode usage = answer.get("usage");
    assertEquals(chat("\"max_tokens\":1").at("/usage/prompt_tokens"), usage.get("prompt_tokens"));
    assertTrue(usage.get("completion_tokens").intValue() > 12);
  }

  @Test
  void streamedAnswersAreThoseOfOneResponse() throws Exception {
    String fields =
        "\"prompt\":[\"One two\",\"Red green\"],\"n\":2,\"seed\":1,\"temperature\":1.2,\"max_tokens\":9";
    JsonNode whole = post(TEXT, fields);
    StringBuilder[] texts = new StringBuilder[4];
    int ends = 0;
    for (JsonNode chunk : stream(TEXT, fields)) {
      JsonNode choice = chunk.at("/choices/0");
      int index = choice.get("index").intValue();
      texts[index] = texts[index] == null ? new StringBuilder() : texts[index];
      texts[index].append(choice.get("text").textValue());
      ends += choice.get("finish_reason").isNull() ? 0 : 1;
    }
    assertEquals(4, ends);
    for (int i = 0; i < 4; i++) {
      assertEquals(whole.get("choices").get(i).get("text").textValue(), texts[i].toString());
    }
    assertEquals(
        whole.at("/usage/prompt_tokens").intValue(),
        text("\"One two\"", "\"max_tokens\":1").at("/usage/prompt_tokens").intValue()
            + text("\"Red green\"", "\"max_tokens\":1").at("/usage/prompt_tokens").intValue());
  }

  @Test
  void bestOfKeepsTheLikeliest() throws Exception {
    String fields = "\"seed\":11,\"temperature\":1.5,\"max_tokens\":10,\"logprobs\":0";
    double best = Double.NEGATIVE_INFINITY;
    String expected = "";
    for (JsonNode choice : text("\"The weather\"", fields + ",\"n\":4").get("choices")) {
      double sum = 0;
      for (JsonNode logprob : choice.at("/logprobs/token_logprobs")) {
        sum += logprob.doubleValue();
      }
      double mean = sum / choice.at("/logprobs/tokens").size();
      expected = mean > best ? choice.get("text").textValue() : expected;
      best = Math.max(mean, best);
    }
    JsonNode answer = text("\"The weather\"", fields + ",\"best_of\":4");
    assertEquals(1, answer.get("choices").size());
    assertEquals(expected, firstText(answer));
    assertRefused(TEXT, "\"prompt\":\"a\",\"best_of\":1,\"n\":2", "best_of");
    assertRefused(TEXT, "\"prompt\":\"a\",\"best_of\":2,\"stream\":true", "best_of");
  }

  @Test
  void echoBeginsWithThePrompt() throws Exception {
    String plain = firstText(text("\"Once upon\"", "\"max_tokens\":5,\"temperature\":0"));
    String fields = "\"max_tokens\":5,\"temperature\":0,\"echo\":true";
    assertEquals("Once upon" + plain, firstText(text("\"Once upon\"", fields)));
    int[] ids = server.engine().encodePrompt("Once upon");
    assertEquals("Once upon" + plain, firstText(text("[" + ids[0] + "," + ids[1] + "]", fields)));
  }

  @Test
  void echoWithLogprobsTellsHowLikelyThePromptIs() throws Exception {
    JsonNode answer =
        text("\"The capital of France is Paris\"", "\"max_tokens\":0,\"echo\":true,\"logprobs\":2");
    assertEquals("The capital of France is Paris", firstText(answer));
    JsonNode logprobs = answer.at("/choices/0/logprobs");
    assertEquals(6, logprobs.get("tokens").size());
    assertEquals(" Paris", logprobs.at("/tokens/5").textValue());
    assertTrue(logprobs.at("/token_logprobs/0").isNull());
    assertTrue(logprobs.at("/top_logprobs/0").isNull());
    assertTrue(logprobs.at("/token_logprobs/5").doubleValue() > -3);
    assertEquals("The capital of France is".length(), logprobs.at("/text_offset/5").intValue());
    assertTrue(logprobs.at("/top_logprobs/5").size() >= 2);
    assertEquals(0, answer.at("/usage/completion_tokens").intValue());
    // The same tokens, as they are likely where they were generated.
    JsonNode generated =
        text("\"The capital of France is\"", "\"max_tokens\":1,\"temperature\":0,\"logprobs\":2");
    JsonNode top = generated.at("/choices/0/logprobs/top_logprobs/0");
    String likeliest = generated.at("/choices/0/logprobs/tokens/0").textValue();
    assertEquals(
        top.get(likeliest).doubleValue(),
        logprobs.at("/top_logprobs/5").get(likeliest).doubleValue(),
        0.05);
  }

  @Test
  void suffixIsForModelsMadeForIt() throws Exception {
    assertRefused(TEXT, "\"prompt\":\"a\",\"suffix\":\"b\"", "suffix");
  }

  @Test
  void logprobsOfAChatTellTokensBytesAndTheLikeliest() throws Exception {
    JsonNode answer =
        chat("\"temperature\":0,\"max_tokens\":4,\"logprobs\":true,\"top_logprobs\":3");
    JsonNode tokens = answer.at("/choices/0/logprobs/content");
    assertEquals(4, tokens.size());
    StringBuilder text = new StringBuilder();
    for (JsonNode token : tokens) {
      text.append(token.get("token").textValue());
      assertEquals(
          token.get("token").textValue().getBytes(java.nio.charset.StandardCharsets.UTF_8).length,
          token.get("bytes").size());
      assertEquals(3, token.get("top_logprobs").size());
      assertEquals(token.get("token"), token.at("/top_logprobs/0/token"), "greedy");
      assertEquals(token.get("logprob"), token.at("/top_logprobs/0/logprob"));
      assertTrue(token.get("logprob").doubleValue() <= 0);
    }
    assertEquals(content(answer), text.toString());
    assertTrue(chat("\"max_tokens\":1").at("/choices/0/logprobs").isNull());
    JsonNode none = chat("\"max_tokens\":1,\"logprobs\":true").at("/choices/0/logprobs/content/0");
    assertEquals(0, none.get("top_logprobs").size());
  }

  @Test
  void streamedLogprobsAreThoseOfOneResponse() throws Exception {
    String fields =
        "\"messages\":[{\"role\":\"user\",\"content\":\"Say three emoji\"}],\"seed\":3,\"max_tokens\":30,\"logprobs\":true,\"stop\":[\"! \"]";
    JsonNode whole = post(CHAT, fields).at("/choices/0/logprobs/content");
    List<JsonNode> streamed = new ArrayList<>();
    for (JsonNode chunk : stream(CHAT, fields)) {
      chunk.at("/choices/0/logprobs/content").forEach(streamed::add);
    }
    assertEquals(whole.size(), streamed.size());
    for (int i = 0; i < streamed.size(); i++) {
      assertEquals(whole.get(i), streamed.get(i));
    }
  }

  @Test
  void logitBiasForbidsAndForces() throws Exception {
    String plain = content(chat("\"temperature\":0"));
    assertTrue(plain.contains(" Paris"));
    String without =
        content(chat("\"temperature\":0,\"logit_bias\":{\"" + token(" Paris") + "\":-100}"));
    assertFalse(without.contains(" Paris"), without);
    String forced =
        content(chat("\"max_tokens\":3,\"logit_bias\":{\"" + token(" Paris") + "\":100}"));
    assertEquals(" Paris Paris Paris", forced);
  }

  @Test
  void penaltiesKeepFromRepeating() throws Exception {
    // Two tokens, one a little likelier, are all there is to choose from.
    String prompt = "\"cat cat cat cat\"";
    String two = ",\"logit_bias\":{\"" + token(" cat") + "\":90,\"" + token(" dog") + "\":BIAS}";
    String fields = "\"temperature\":0,\"max_tokens\":4";
    int bias = 90;
    while (firstText(text(prompt, fields + two.replace("BIAS", "" + bias))).contains(" dog")) {
      bias--;
    }
    while (!firstText(text(prompt, fields + two.replace("BIAS", "" + (bias + 1))))
        .contains(" dog")) {
      bias++;
    }
    String narrow = fields + two.replace("BIAS", "" + bias);
    assertEquals(" cat cat cat cat", firstText(text(prompt, narrow)));
    for (String penalty :
        List.of(
            "\"presence_penalty\":2",
            "\"frequency_penalty\":2",
            "\"repetition_penalty\":1.5",
            "\"repeat_penalty\":1.5")) {
      String other = firstText(text(prompt, narrow + "," + penalty));
      assertTrue(other.contains(" dog"), penalty + ": " + other);
    }
    assertRefused(
        TEXT,
        "\"prompt\":\"a\",\"repeat_penalty\":1.5,\"repetition_penalty\":1.4",
        "repeat_penalty");
  }

  @Test
  void samplingFieldsNarrowTheChoice() throws Exception {
    String wild =
        "\"temperature\":2,\"top_k\":0,\"top_p\":1,\"min_p\":0,\"max_tokens\":12,\"seed\":1";
    String greedy = firstText(text("\"Once upon\"", "\"temperature\":0,\"max_tokens\":12"));
    assertNotEquals(greedy, firstText(text("\"Once upon\"", wild)));
    for (String narrow :
        List.of("\"top_k\":1", "\"top_p\":0.000001", "\"min_p\":1", "\"temperature\":0")) {
      String name = narrow.substring(0, narrow.indexOf(':'));
      String fields = wild.replaceAll(name + ":[0-9.]+", narrow);
      assertEquals(greedy, firstText(text("\"Once upon\"", fields)), narrow);
    }
    assertNotEquals(
        firstText(text("\"Once upon\"", wild)),
        firstText(text("\"Once upon\"", wild + ",\"typical_p\":0.1")));
  }

  @Test
  void minTokensKeepTheModelFromEnding() throws Exception {
    JsonNode plain = chat("\"temperature\":0,\"max_tokens\":40");
    assertEquals("stop", plain.at("/choices/0/finish_reason").textValue());
    int usual = plain.at("/usage/completion_tokens").intValue();
    JsonNode longer = chat("\"temperature\":0,\"max_tokens\":40,\"min_tokens\":" + (usual + 5));
    assertTrue(longer.at("/usage/completion_tokens").intValue() >= usual + 5);
    JsonNode endless = chat("\"temperature\":0,\"max_tokens\":40,\"ignore_eos\":true");
    assertEquals("length", endless.at("/choices/0/finish_reason").textValue());
    assertEquals(40, endless.at("/usage/completion_tokens").intValue());
  }

  @Test
  void stopTokensEndTheAnswer() throws Exception {
    JsonNode answer = chat("\"temperature\":0,\"stop_token_ids\":[" + token(" Paris") + "]");
    assertEquals("The capital of France is", content(answer));
    assertEquals("stop", answer.at("/choices/0/finish_reason").textValue());
  }

  @Test
  void promptsMayStayOutOfTheCache() throws Exception {
    String prompt = "\"" + "A sentence to keep for later. ".repeat(12) + "\"";
    text(prompt, "\"max_tokens\":1");
    String cached = "/usage/prompt_tokens_details/cached_tokens";
    assertTrue(text(prompt, "\"max_tokens\":1").at(cached).intValue() >= 32);
    assertEquals(0, text(prompt, "\"max_tokens\":1,\"cache_prompt\":false").at(cached).intValue());
  }

  @Test
  void anAnswerMayGoOnWithTheLastMessage() throws Exception {
    String messages =
        "[{\"role\":\"user\",\"content\":\""
            + FRANCE
            + "\"},{\"role\":\"assistant\",\"content\":\"The capital of France\"}]";
    JsonNode answer =
        chat(messages, "\"temperature\":0,\"continue_final_message\":true,\"max_tokens\":20");
    assertEquals(" is Paris.", content(answer));
    JsonNode fresh = chat(messages, "\"temperature\":0,\"max_tokens\":20");
    assertNotEquals(" is Paris.", content(fresh));
    assertRefused(
        CHAT,
        "\"messages\":"
            + messages
            + ",\"continue_final_message\":true,\"add_generation_prompt\":true",
        "add_generation_prompt");
  }

  @Test
  void withoutAGenerationPromptTheTemplateEndsBeforeTheAnswer() throws Exception {
    int with = chat("\"max_tokens\":1").at("/usage/prompt_tokens").intValue();
    int without =
        chat("\"max_tokens\":1,\"add_generation_prompt\":false")
            .at("/usage/prompt_tokens")
            .intValue();
    assertTrue(without < with);
  }

  @Test
  void maxCompletionTokensEndsAChat() throws Exception {
    JsonNode answer = chat("\"max_completion_tokens\":3,\"max_tokens\":30");
    assertEquals(3, answer.at("/usage/completion_tokens").intValue());
    assertEquals("length", answer.at("/choices/0/finish_reason").textValue());
  }

  @Test
  void answersComeBackWithWhatSdksAddToThem() throws Exception {
    String call =
        "{\"role\":\"assistant\",\"content\":null,\"parsed\":null,\"tool_calls\":[{\"id\":\"c1\",\"type\":\"function\","
            + "\"function\":{\"name\":\"f\",\"arguments\":\"{}\",\"parsed_arguments\":{}}}]}";
    String result = "{\"role\":\"tool\",\"tool_call_id\":\"c1\",\"content\":\"5\"}";
    String answer = "{\"role\":\"assistant\",\"content\":\"{}\",\"parsed\":{}}";
    String user = "{\"role\":\"user\",\"content\":\"hi\"}";
    String messages = String.join(",", user, call, result, answer, user);
    chat("[" + messages + "]", "\"max_tokens\":1");
  }

  @Test
  void aFieldTwiceAndTextBehindTheBodyAreNoJson() throws Exception {
    assertRefused(CHAT, "\"messages\":[],\"messages\":[]", null);
    HttpResponse<String> response = server.post(CHAT, body("\"messages\":[]") + " {}");
    assertEquals(400, response.statusCode());
  }

  private static void assertRefused(String path, String fields, String param) throws Exception {
    HttpResponse<String> response = server.post(path, body(fields));
    assertEquals(400, response.statusCode(), response.body());
    assertEquals(param, RunningServer.json(response).at("/error/param").textValue());
  }
}
