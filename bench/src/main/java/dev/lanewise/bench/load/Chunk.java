package dev.lanewise.bench.load;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Optional;

/**
 * What is of interest of one event of a stream, or of a whole answer.
 *
 * @param hasText whether it brings text of the answer
 * @param finishReason why the answer ends, if it does here
 * @param usage the tokens, if it tells them
 * @param error what went wrong, if it tells that
 */
record Chunk(
    boolean hasText, Optional<String> finishReason, Optional<Usage> usage, Optional<String> error) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final List<String> TEXTS = List.of("content", "reasoning_content", "reasoning");

  /** Tokens as the server counted them. */
  record Usage(int promptTokens, int completionTokens) {}

  /**
   * Reads an event's data or an answer's body.
   *
   * @throws JsonProcessingException if it is not JSON
   */
  static Chunk parse(String json) throws JsonProcessingException {
    JsonNode root = JSON.readTree(json);
    JsonNode choice = root.path("choices").path(0);
    return new Chunk(
        hasText(choice), text(choice.path("finish_reason")), usage(root), errorMessage(root));
  }

  private static boolean hasText(JsonNode choice) {
    if (!choice.path("text").asText().isEmpty()) {
      return true;
    }
    JsonNode message = choice.has("delta") ? choice.get("delta") : choice.path("message");
    return TEXTS.stream().anyMatch(name -> text(message.path(name)).isPresent())
        || !message.path("tool_calls").isEmpty();
  }

  private static Optional<Usage> usage(JsonNode root) {
    JsonNode usage = root.path("usage");
    return usage.has("completion_tokens")
        ? Optional.of(
            new Usage(usage.path("prompt_tokens").asInt(), usage.get("completion_tokens").asInt()))
        : Optional.empty();
  }

  private static Optional<String> errorMessage(JsonNode root) {
    JsonNode error = root.path("error");
    if (error.isMissingNode() || error.isNull()) {
      return Optional.empty();
    }
    return text(error.path("message")).or(() -> Optional.of(error.toString()));
  }

  private static Optional<String> text(JsonNode node) {
    return node.isTextual() && !node.textValue().isEmpty()
        ? Optional.of(node.textValue())
        : Optional.empty();
  }
}
