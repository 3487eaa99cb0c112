package dev.lanewise.server.openai;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Reads the messages of a conversation, as chat templates take them. OpenAI's Python SDK adds
 * {@code parsed} and {@code parsed_arguments} to answers, and sends them back with these; they say
 * again what is in {@code content} and {@code arguments}.
 */
final class Messages {
  private static final Set<String> KNOWN =
      Set.of(
          "role",
          "content",
          "name",
          "refusal",
          "annotations",
          "audio",
          "parsed",
          "tool_calls",
          "tool_call_id",
          "reasoning_content");

  private final OpenCalls openCalls = new OpenCalls();

  private Messages() {}

  static List<Map<String, Object>> read(RequestFields fields) {
    JsonNode messages =
        fields
            .get("messages")
            .orElseThrow(() -> ApiError.invalid("messages", "'messages' is missing."));
    if (!messages.isArray() || messages.isEmpty()) {
      throw ApiError.invalid("messages", "'messages' must be an array of at least one message.");
    }
    Messages reader = new Messages();
    List<Map<String, Object>> read =
        fields.objects("messages").stream().map(reader::message).toList();
    reader.openCalls.requireAnswers("messages");
    return read;
  }

  private Map<String, Object> message(RequestFields message) {
    message.refuseUnknown(KNOWN);
    String role = message.requiredText("role");
    if (!role.equals("tool")) {
      openCalls.requireAnswers(message.name("role"));
    }
    return switch (role) {
      // Templates know the older name of the role.
      case "developer" -> said(message, "system");
      case "system", "user" -> said(message, role);
      case "assistant" -> assistant(message);
      case "tool" -> toolResult(message);
      default ->
          throw ApiError.unsupported(
              message.name("role"),
              "'%s' must be system, developer, user, assistant or tool, not '%s'."
                  .formatted(message.name("role"), role));
    };
  }

  private static Map<String, Object> said(RequestFields message, String role) {
    refuse(message, role, "tool_calls", "tool_call_id", "reasoning_content");
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("role", role);
    result.put("content", requiredContent(message));
    message.text("name").ifPresent(name -> result.put("name", name));
    return result;
  }

  private static void refuse(RequestFields message, String role, String... fields) {
    for (String field : fields) {
      if (message.get(field).filter(value -> !value.isEmpty() || value.isTextual()).isPresent()) {
        throw ApiError.invalid(
            message.name(field),
            "'%s' does not belong in a message of role '%s'.".formatted(message.name(field), role));
      }
    }
  }

  private Map<String, Object> assistant(RequestFields message) {
    refuse(message, "assistant", "tool_call_id", "audio");
    List<RequestFields> calls = message.objects("tool_calls");
    Optional<String> content = content(message);
    if (content.isEmpty() && calls.isEmpty()) {
      message.required("content");
    }
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("role", "assistant");
    result.put("content", content.orElse(""));
    message.text("name").ifPresent(name -> result.put("name", name));
    message.text("reasoning_content").ifPresent(text -> result.put("reasoning_content", text));
    if (!calls.isEmpty()) {
      result.put("tool_calls", calls.stream().map(this::call).toList());
    }
    return result;
  }

  private Map<String, Object> call(RequestFields call) {
    String id = call.requiredText("id");
    String type = call.text("type").orElse("function");
    RequestFields called =
        switch (type) {
          case "function" -> called(call, type, List.of("name", "arguments", "parsed_arguments"));
          case "custom" -> called(call, type, List.of("name", "input"));
          default ->
              throw ApiError.unsupported(
                  call.name("type"),
                  "'%s' must be 'function' or 'custom'.".formatted(call.name("type")));
        };
    String name = called.requiredText("name");
    Map<String, Object> arguments =
        type.equals("function")
            ? called.requiredObjectText("arguments")
            : Map.of(Tool.Custom.INPUT, called.requiredText("input"));
    return openCalls.add(id, call.name("id"), name, arguments);
  }

  private static RequestFields called(RequestFields call, String type, List<String> known) {
    call.refuseUnknown(List.of("id", "type", type, "index"));
    RequestFields called = call.requiredObject(type);
    called.refuseUnknown(known);
    return called;
  }

  private Map<String, Object> toolResult(RequestFields message) {
    refuse(message, "tool", "tool_calls", "reasoning_content");
    String id = message.requiredText("tool_call_id");
    openCalls.answer(id, message.name("tool_call_id"));
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("role", "tool");
    result.put("content", requiredContent(message));
    result.put("tool_call_id", id);
    message.text("name").ifPresent(name -> result.put("name", name));
    return result;
  }

  private static String requiredContent(RequestFields message) {
    message.required("content");
    return content(message).orElseThrow();
  }

  /** A text, or the texts of some parts. */
  private static Optional<String> content(RequestFields message) {
    String name = message.name("content");
    Optional<JsonNode> content = message.get("content");
    if (content.isEmpty()) {
      return Optional.empty();
    }
    if (content.get().isTextual()) {
      return Optional.of(content.get().textValue());
    }
    if (!content.get().isArray()) {
      throw ApiError.invalid(name, "'%s' must be a string or an array of parts.".formatted(name));
    }
    StringBuilder text = new StringBuilder();
    for (RequestFields part : message.objects("content")) {
      String type = part.text("type").orElse("");
      if (!type.equals("text") && !type.equals("refusal")) {
        throw ApiError.unsupported(
            part.name("type"),
            "'%s' must be 'text', not '%s'; this server reads text only."
                .formatted(part.name("type"), type));
      }
      text.append(part.requiredText(type));
    }
    return Optional.of(text.toString());
  }
}
