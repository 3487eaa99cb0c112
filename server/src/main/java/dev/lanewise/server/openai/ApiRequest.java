package dev.lanewise.server.openai;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lanewise.engine.sample.Sampling;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * A checked request for a completion.
 *
 * @param model the model asked for
 * @param includeUsage whether a stream ends with the number of tokens
 * @param priority requests of a lower one go first
 * @param timeout how long it may take
 */
record ApiRequest(
    String model,
    Prompt prompt,
    OptionalInt maxTokens,
    Sampling sampling,
    List<String> stop,
    boolean stream,
    boolean includeUsage,
    int priority,
    Optional<Duration> timeout) {
  private static final int MAX_STOPS = 4;
  private static final int DEFAULT_COMPLETION_TOKENS = 16;
  private static final int MOST_TIMEOUT_SECONDS = 86_400;
  private static final Set<String> ROLES = Set.of("system", "developer", "user", "assistant");

  /** What the model continues. */
  sealed interface Prompt {
    /** Plain text. */
    record Text(String text) implements Prompt {}

    /** Token ids. */
    record Tokens(int[] ids) implements Prompt {}

    /** A conversation, as the chat template sees it. */
    record Chat(Map<String, Object> conversation) implements Prompt {}
  }

  /** Reads a body of {@code POST /v1/chat/completions}. */
  static ApiRequest chat(byte[] body) {
    RequestFields fields = RequestFields.parse(body);
    FieldRules.CHAT.check(fields);
    OptionalInt maxTokens = fields.integer("max_completion_tokens", 1, Integer.MAX_VALUE);
    if (maxTokens.isEmpty()) {
      maxTokens = fields.integer("max_tokens", 1, Integer.MAX_VALUE);
    }
    return of(fields, chatPrompt(fields), maxTokens);
  }

  /** Reads a body of {@code POST /v1/completions}. */
  static ApiRequest completion(byte[] body) {
    RequestFields fields = RequestFields.parse(body);
    FieldRules.COMPLETION.check(fields);
    OptionalInt maxTokens = fields.integer("max_tokens", 1, Integer.MAX_VALUE);
    return of(
        fields,
        completionPrompt(fields),
        OptionalInt.of(maxTokens.orElse(DEFAULT_COMPLETION_TOKENS)));
  }

  private static ApiRequest of(RequestFields fields, Prompt prompt, OptionalInt maxTokens) {
    boolean stream = fields.flag("stream");
    Optional<JsonNode> streamOptions = fields.get("stream_options");
    if (streamOptions.isPresent() && !stream) {
      throw ApiError.invalid("stream_options", "'stream_options' is for 'stream': true only.");
    }
    boolean includeUsage = false;
    if (streamOptions.isPresent()) {
      RequestFields options = RequestFields.element("stream_options", streamOptions.get());
      options.refuseUnknown(List.of("include_usage", "include_obfuscation"));
      includeUsage = options.flag("include_usage");
    }
    String model =
        fields
            .text("model")
            .orElseThrow(
                () -> ApiError.invalid("model", "'model' is missing; see GET /v1/models."));
    return new ApiRequest(
        model,
        prompt,
        maxTokens,
        sampling(fields),
        fields.texts("stop", MAX_STOPS),
        stream,
        includeUsage,
        fields.integer("priority", Integer.MIN_VALUE, Integer.MAX_VALUE).orElse(0),
        timeout(fields));
  }

  private static Optional<Duration> timeout(RequestFields fields) {
    float seconds = fields.number("timeout", 0.001, MOST_TIMEOUT_SECONDS, 0);
    return seconds == 0
        ? Optional.empty()
        : Optional.of(Duration.ofMillis((long) (seconds * 1000)));
  }

  private static Sampling sampling(RequestFields fields) {
    Sampling defaults = Sampling.defaults();
    return new Sampling(
        fields.number("temperature", 0, 2, defaults.temperature()),
        fields.integer("top_k", 0, Integer.MAX_VALUE).orElse(defaults.topK()),
        fields.number("top_p", 0, 1, defaults.topP()),
        fields.number("min_p", 0, 1, defaults.minP()),
        fields.seed("seed"));
  }

  private static Prompt completionPrompt(RequestFields fields) {
    JsonNode prompt =
        fields.get("prompt").orElseThrow(() -> ApiError.invalid("prompt", "'prompt' is missing."));
    if (prompt.isTextual()) {
      return new Prompt.Text(prompt.textValue());
    }
    if (prompt.isArray() && prompt.size() == 1 && prompt.get(0).isTextual()) {
      return new Prompt.Text(prompt.get(0).textValue());
    }
    if (prompt.isArray() && prompt.size() == 1 && prompt.get(0).isArray()) {
      prompt = prompt.get(0);
    }
    if (!prompt.isArray() || prompt.isEmpty()) {
      throw ApiError.invalid("prompt", "'prompt' must be a string or an array of token ids.");
    }
    int[] ids = new int[prompt.size()];
    for (int i = 0; i < ids.length; i++) {
      if (!prompt.get(i).isInt()) {
        throw ApiError.unsupported(
            "prompt",
            "'prompt' must be one string or one array of token ids; several prompts in one request are not supported.");
      }
      ids[i] = prompt.get(i).intValue();
    }
    return new Prompt.Tokens(ids);
  }

  private static Prompt chatPrompt(RequestFields fields) {
    JsonNode messages =
        fields
            .get("messages")
            .orElseThrow(() -> ApiError.invalid("messages", "'messages' is missing."));
    if (!messages.isArray() || messages.isEmpty()) {
      throw ApiError.invalid("messages", "'messages' must be an array of at least one message.");
    }
    List<Map<String, Object>> read = new ArrayList<>();
    for (int i = 0; i < messages.size(); i++) {
      read.add(message(RequestFields.element("messages[%d]".formatted(i), messages.get(i))));
    }
    Map<String, Object> conversation = new HashMap<>();
    conversation.put("messages", read);
    conversation.put("add_generation_prompt", true);
    return new Prompt.Chat(conversation);
  }

  private static Map<String, Object> message(RequestFields message) {
    message.refuseUnknown(
        Set.of("role", "content", "name", "refusal", "annotations", "audio", "tool_calls"));
    String role =
        message
            .text("role")
            .orElseThrow(
                () ->
                    ApiError.invalid(
                        message.name("role"), "'%s' is missing.".formatted(message.name("role"))));
    if (!ROLES.contains(role)) {
      throw ApiError.unsupported(
          message.name("role"),
          "'%s' must be system, developer, user or assistant, not '%s'."
              .formatted(message.name("role"), role));
    }
    message
        .get("tool_calls")
        .filter(calls -> !calls.isEmpty())
        .ifPresent(
            calls -> {
              throw ApiError.unsupported(
                  message.name("tool_calls"), "Tool calls are not supported by this version.");
            });
    Map<String, Object> result = new LinkedHashMap<>();
    // Templates know the older name of the role.
    result.put("role", role.equals("developer") ? "system" : role);
    result.put("content", content(message));
    message.text("name").ifPresent(name -> result.put("name", name));
    return result;
  }

  private static String content(RequestFields message) {
    String name = message.name("content");
    JsonNode content =
        message
            .get("content")
            .orElseThrow(() -> ApiError.invalid(name, "'%s' is missing.".formatted(name)));
    if (content.isTextual()) {
      return content.textValue();
    }
    if (!content.isArray()) {
      throw ApiError.invalid(name, "'%s' must be a string or an array of parts.".formatted(name));
    }
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < content.size(); i++) {
      RequestFields part = RequestFields.element("%s[%d]".formatted(name, i), content.get(i));
      String type = part.text("type").orElse("");
      if (!type.equals("text")) {
        throw ApiError.unsupported(
            part.name("type"),
            "'%s' must be 'text', not '%s'; this server reads text only."
                .formatted(part.name("type"), type));
      }
      text.append(
          part.text("text")
              .orElseThrow(
                  () ->
                      ApiError.invalid(
                          part.name("text"), "'%s' is missing.".formatted(part.name("text")))));
    }
    return text.toString();
  }
}
