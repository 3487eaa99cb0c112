package dev.lanewise.bench.load;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * The server, and how it is asked.
 *
 * @param url where its API is, with or without {@code /v1}
 * @param apiKey sent as a bearer token
 * @param chat whether to ask {@code /v1/chat/completions}, or {@code /v1/completions}
 * @param stream whether answers come in pieces
 * @param temperature of sampling
 * @param fields added to the body of every request, instead of ours of the same name
 */
public record Target(
    URI url,
    Optional<String> apiKey,
    boolean chat,
    boolean stream,
    double temperature,
    Map<String, JsonNode> fields) {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final Duration MODELS_TIMEOUT = Duration.ofSeconds(30);

  /**
   * The model that the server names first.
   *
   * @throws IOException if there is no such server, or it names none
   */
  public String firstModel(HttpClient http) throws IOException, InterruptedException {
    HttpRequest request = to(resolve("/models")).timeout(MODELS_TIMEOUT).GET().build();
    HttpResponse<String> response;
    try {
      response = http.send(request, HttpResponse.BodyHandlers.ofString());
    } catch (IOException failure) {
      throw new IOException("%s: %s".formatted(request.uri(), Outcome.describe(failure)), failure);
    }
    JsonNode id = new ObjectMapper().readTree(response.body()).path("data").path(0).path("id");
    if (response.statusCode() != 200 || !id.isTextual()) {
      throw new IOException(
          "%s: status %d and no model; name one with --model-name"
              .formatted(request.uri(), response.statusCode()));
    }
    return id.textValue();
  }

  /** Where requests go. */
  public URI endpoint() {
    return resolve(chat ? "/chat/completions" : "/completions");
  }

  /** The request as it is sent. */
  HttpRequest request(String model, PlannedRequest planned) {
    ObjectNode body = JSON.objectNode().put("model", model);
    if (chat) {
      body.putArray("messages").addObject().put("role", "user").put("content", planned.prompt());
    } else {
      body.put("prompt", planned.prompt());
    }
    body.put("max_tokens", planned.outputTokens()).put("temperature", temperature);
    body.put("stream", stream);
    if (stream) {
      body.putObject("stream_options").put("include_usage", true);
    }
    body.setAll(fields);
    return to(endpoint())
        .header("Content-Type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
        .build();
  }

  private URI resolve(String path) {
    return URI.create(url.toString().replaceFirst("/*(/v1)?/*$", "") + "/v1" + path);
  }

  private HttpRequest.Builder to(URI uri) {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri);
    apiKey.ifPresent(key -> request.header("Authorization", "Bearer " + key));
    return request;
  }
}
