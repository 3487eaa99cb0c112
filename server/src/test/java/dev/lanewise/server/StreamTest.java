package dev.lanewise.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A stream brings the answer that one response has, and brings it while it is computed. */
final class StreamTest {
  private static final String CHAT = "/v1/chat/completions";
  private static final String TEXT = "/v1/completions";
  private static final int PROMPTS = 100;
  private static final int CLIENTS = 16;

  private static final String[] WORDS = {
    "Write",
    "the",
    "story",
    "of",
    "a",
    "cat",
    "and",
    "two",
    "numbers",
    "1, 2, 3,",
    "café",
    "Größe",
    "naïve",
    "東京",
    "是的。",
    "привет",
    "мир",
    "مرحبا",
    "e\u0301",
    "😀",
    "😀😀😀",
    "🎉",
    "👩‍👩‍👧",
    "🇩🇪",
    "\n",
    "\"quoted\"",
    "- item\n- item\n-",
    "→",
    "∑"
  };

  /** Common ones, so that many answers have one, and some that tokens hold parts of. */
  private static final String[] STOPS = {
    " the",
    " a",
    "e",
    "ing",
    ".",
    ", ",
    "\n",
    "\n\n",
    "3",
    "é",
    "ß",
    "о",
    "。",
    "的",
    "😀",
    "🎉",
    "👩‍👩‍👧",
    "\u0301",
    "is a",
    "and so on"
  };

  private static RunningServer server;

  @BeforeAll
  static void start() throws IOException {
    server = RunningServer.start();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  /**
   * A request, without {@code stream}. Nothing of it is taken from the cache: the counts of cached
   * tokens are equal then, and no prompt goes on behind an earlier answer, whose keys and values
   * differ by rounding from those of a prompt.
   */
  private record Question(String path, ObjectNode body) {
    static Question random(Random random) {
      String prompt = joined(random);
      ObjectNode body = JsonNodeFactory.instance.objectNode().put("model", RunningServer.MODEL);
      boolean chat = random.nextBoolean();
      if (chat) {
        body.putArray("messages").addObject().put("role", "user").put("content", prompt);
      } else {
        body.put("prompt", prompt);
      }
      // The model cannot end its turn, so "stop" means that a stop string came.
      body.put("cache_prompt", false).put("ignore_eos", true);
      body.put("max_tokens", random.nextInt(1, 17)).put("seed", random.nextLong());
      body.put("temperature", random.nextInt(2, 15) / 10.0);
      ArrayNode stops = body.putArray("stop");
      for (int i = random.nextInt(4); i >= 0; i--) {
        stops.add(STOPS[random.nextInt(STOPS.length)]);
      }
      return new Question(chat ? CHAT : TEXT, body);
    }

    private static String joined(Random random) {
      List<String> words = new ArrayList<>();
      for (int i = random.nextInt(1, 12); i > 0; i--) {
        words.add(WORDS[random.nextInt(WORDS.length)]);
      }
      return String.join(" ", words);
    }

    Answer whole() throws IOException, InterruptedException {
      HttpResponse<String> response = server.post(path, body.toString());
      assertEquals(200, response.statusCode(), response.body());
      JsonNode answer = RunningServer.json(response);
      JsonNode choice = answer.at("/choices/0");
      String text = choice.at(path.equals(CHAT) ? "/message/content" : "/text").textValue();
      return new Answer(text, choice.get("finish_reason").textValue(), answer.get("usage"));
    }

    Answer streamed() throws IOException, InterruptedException {
      ObjectNode streaming = body.deepCopy().put("stream", true);
      streaming.putObject("stream_options").put("include_usage", true);
      List<JsonNode> chunks = RunningServer.chunks(server.post(path, streaming.toString()));
      StringBuilder text = new StringBuilder();
      List<String> reasons = new ArrayList<>();
      for (JsonNode chunk : chunks.subList(0, chunks.size() - 1)) {
        text.append(textOf(chunk));
        Optional.ofNullable(chunk.at("/choices/0/finish_reason").textValue())
            .ifPresent(reasons::add);
      }
      assertEquals(1, reasons.size(), "one chunk is the last");
      return new Answer(text.toString(), reasons.getFirst(), chunks.getLast().get("usage"));
    }
  }

  private record Answer(String text, String finishReason, JsonNode usage) {}

  /** The text of a chunk of either endpoint, perhaps none; never with half a character. */
  private static String textOf(JsonNode chunk) {
    JsonNode choice = chunk.at("/choices/0");
    String text = choice.path("text").asText(choice.at("/delta/content").asText(""));
    assertTrue(StandardCharsets.UTF_8.newEncoder().canEncode(text), chunk.toString());
    return text;
  }

  /** In company, and streamed in other company than not. */
  @Test
  void randomAnswersAreTheSameStreamedAndNot() throws Exception {
    Random random = new Random(20);
    List<Question> questions = new ArrayList<>();
    for (int i = 0; i < PROMPTS; i++) {
      questions.add(Question.random(random));
    }
    List<Future<Answer>> whole = new ArrayList<>();
    List<Future<Answer>> streamed = new ArrayList<>();
    try (ExecutorService clients = Executors.newFixedThreadPool(CLIENTS)) {
      questions.forEach(question -> whole.add(clients.submit(question::whole)));
      questions
          .reversed()
          .forEach(question -> streamed.addFirst(clients.submit(question::streamed)));
    }
    int stopped = 0;
    int beyondAscii = 0;
    for (int i = 0; i < PROMPTS; i++) {
      Answer answer = whole.get(i).get();
      String question = questions.get(i).toString();
      assertEquals(answer, streamed.get(i).get(), question);
      for (JsonNode stop : questions.get(i).body().get("stop")) {
        assertFalse(answer.text().contains(stop.textValue()), question + ": " + answer);
      }
      stopped += answer.finishReason().equals("stop") ? 1 : 0;
      beyondAscii += answer.text().chars().anyMatch(c -> c > 127) ? 1 : 0;
    }
    assertTrue(stopped >= PROMPTS / 10, "only " + stopped + " came to a stop string");
    assertTrue(PROMPTS - stopped >= PROMPTS / 10, "only " + stopped + " did not");
    assertTrue(beyondAscii >= PROMPTS / 10, "only " + beyondAscii + " had other characters");
  }

  /** In tokens and not by the clock, which would depend on what else the machine does. */
  @ParameterizedTest
  @ValueSource(strings = {CHAT, TEXT})
  void theFirstTextArrivesBeforeAFifthOfTheAnswerIsComputed(String path) throws Exception {
    int tokens = 200;
    ObjectNode body = JsonNodeFactory.instance.objectNode().put("model", RunningServer.MODEL);
    body.putArray("messages").addObject().put("role", "user").put("content", "Count to 1000.");
    if (path.equals(TEXT)) {
      body.remove("messages");
      body.put("prompt", "One two three");
    }
    body.put("max_tokens", tokens).put("ignore_eos", true).put("stream", true);
    double before = steppedTokens();
    HttpResponse<InputStream> response =
        server
            .client()
            .send(server.request(path, body.toString()), HttpResponse.BodyHandlers.ofInputStream());
    double atFirstText;
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
      String line = lines.readLine();
      while (!line.startsWith("data: {") || textOf(chunk(line)).isEmpty()) {
        line = lines.readLine();
      }
      atFirstText = steppedTokens() - before;
      lines.lines().forEach(rest -> {}); // to the end
    }
    server.awaitLoad(load -> load.running() == 0);
    // The first token comes with the prompt.
    assertEquals(tokens - 1, steppedTokens() - before, "the meter counts this answer");
    assertTrue(atFirstText <= 0.2 * tokens, atFirstText + " tokens were there");
  }

  private static JsonNode chunk(String line) throws IOException {
    return RunningServer.json(line.substring("data: ".length()));
  }

  /** The tokens that steps have given to any answer until now. */
  private static double steppedTokens() throws IOException, InterruptedException {
    return server
        .get("/metrics")
        .body()
        .lines()
        .filter(line -> line.startsWith("lanewise_step_batch_size_sum"))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
        .sum();
  }
}
