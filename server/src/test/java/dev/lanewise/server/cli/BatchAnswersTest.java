package dev.lanewise.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.engine.Engine;
import dev.lanewise.engine.EngineOptions;
import dev.lanewise.engine.LoadProgress;
import dev.lanewise.server.LanewiseServer;
import dev.lanewise.server.ServerOptions;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The answers of {@code lanewise batch} are those of a server. */
final class BatchAnswersTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path MODEL =
      Path.of(System.getProperty("lanewise.models"), "SmolLM2-135M-Instruct.Q4_1.gguf");

  /** What differs from one answer to the next. */
  private static final List<String> OWN =
      List.of("id", "created", "created_at", "completed_at", "timings", "cached_tokens");

  private static final String CHAT =
      "{'model':'SmolLM2-135M-Instruct.Q4_1','messages':[{'role':'user','content':'Say h\u00e9llo \uD83E\uDEBF'}],'temperature':0,'max_tokens':6%s}";
  private static final String TEXT =
      "{'model':'SmolLM2-135M-Instruct.Q4_1','prompt':%s,'temperature':0,'max_tokens':4%s}";
  private static final String INPUT = "{'model':'SmolLM2-135M-Instruct.Q4_1','input':%s%s}";

  /** Of all endpoints, and of each some that are refused. */
  private static final List<String> REQUESTS =
      List.of(
          "/v1/chat/completions " + CHAT.formatted(""),
          "/v1/chat/completions " + CHAT.formatted(",'n':2,'logprobs':true,'top_logprobs':2"),
          "/v1/chat/completions " + CHAT.formatted(",'response_format':{'type':'json_object'}"),
          "/v1/chat/completions " + CHAT.formatted(",'stop':['e']"),
          "/v1/chat/completions " + CHAT.formatted(",'temprature':1"),
          "/v1/chat/completions " + CHAT.formatted(",'regex':'(a'"),
          "/v1/chat/completions " + CHAT.formatted(",'max_tokens':5"),
          "/v1/chat/completions " + CHAT.replace("Q4_1", "Q8_0").formatted(""),
          "/v1/completions " + TEXT.formatted("'The capital of France is'", ""),
          "/v1/completions " + TEXT.formatted("['One','Two']", ",'echo':true,'logprobs':1"),
          "/v1/completions " + TEXT.formatted("'a'", ",'min_tokens':5"),
          "/v1/completions " + TEXT.formatted("'\\ud800'", ""),
          "/v1/responses " + INPUT.formatted("'Hi'", ",'max_output_tokens':16,'temperature':0"),
          "/v1/responses " + INPUT.formatted("'Hi'", ",'store':true,'max_output_tokens':1"),
          "/v1/embeddings " + INPUT.formatted("['One','Two']", ",'dimensions':5"),
          "/v1/embeddings " + INPUT.formatted("[1,2,3]", ",'encoding_format':'base64'"),
          "/v1/embeddings " + INPUT.formatted("''", ""),
          "/v1/completion {}",
          "/v1/tokenize {'content':'Hi'}");

  @TempDir private Path folder;

  private record Answer(int status, JsonNode body) {}

  private static JsonNode withoutOwn(JsonNode node) {
    if (node instanceof ObjectNode object) {
      object.remove(OWN);
    }
    node.forEach(BatchAnswersTest::withoutOwn);
    return node;
  }

  private static Answer ofServer(HttpClient client, int port, String path, String body)
      throws Exception {
    HttpResponse<String> response =
        client.send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    return new Answer(response.statusCode(), withoutOwn(JSON.readTree(response.body())));
  }

  @Test
  void theAnswersAreThoseOfAServer() throws Exception {
    List<String> lines = new ArrayList<>();
    Map<String, Answer> expected = new HashMap<>();
    try (LanewiseServer server = LanewiseServer.start(ServerOptions.defaults().withPort(0));
        HttpClient client = HttpClient.newHttpClient()) {
      server.serve(
          Engine.load(MODEL, EngineOptions.defaults(), LoadProgress.SILENT), Duration.ZERO);
      for (String request : REQUESTS) {
        String[] parts = request.replace('\'', '"').split(" ", 2);
        String id = "request " + lines.size();
        lines.add(
            "{\"custom_id\":\"%s\",\"method\":\"POST\",\"url\":\"%s\",\"body\":%s}"
                .formatted(id, parts[0], parts[1]));
        expected.put(id, ofServer(client, server.port(), parts[0], parts[1]));
      }
    }
    BatchFiles files = BatchFiles.in(folder).withLines(lines);
    Ran ran = Ran.run(Map.of(), files.command(MODEL));
    assertEquals(0, ran.code(), ran.err());
    Map<String, Answer> answers = new HashMap<>();
    for (JsonNode line : files.answers()) {
      JsonNode response = line.get("response");
      answers.put(
          line.get("custom_id").asText(),
          new Answer(response.get("status_code").asInt(), withoutOwn(response.get("body"))));
    }
    assertEquals(expected.keySet(), answers.keySet());
    expected.forEach((id, answer) -> assertEquals(answer, answers.get(id), id));
    long answered = expected.values().stream().filter(answer -> answer.status() == 200).count();
    assertEquals(9, answered, expected.toString());
  }
}
