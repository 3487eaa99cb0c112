package dev.lanewise.server.openai;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads the input of {@code POST /v1/responses} as the messages that chat templates take. There,
 * what the model thought, said and called in one turn is one message; here each is an item.
 */
final class ResponseInput {
  private final List<Map<String, Object>> messages = new ArrayList<>();
  private final OpenCalls openCalls = new OpenCalls();

  /** The message of the model that the next item may still belong to. */
  private Optional<Map<String, Object>> turn = Optional.empty();

  private ResponseInput() {}

  static List<Map<String, Object>> read(RequestFields fields) {
    ResponseInput reader = new ResponseInput();
    fields.text("instructions").ifPresent(text -> reader.say("system", text));
    JsonNode input = fields.required("input");
    if (input.isTextual()) {
      reader.say("user", input.textValue());
    } else if (input.isArray() && !input.isEmpty()) {
      fields.objects("input").forEach(reader::item);
      reader.openCalls.requireAnswers("input");
    } else {
      throw ApiError.invalid("input", "'input' must be a string or an array of at least one item.");
    }
    return reader.messages;
  }

  private void say(String role, String text) {
    messages.add(message(role, text));
    turn = Optional.empty();
  }

  private static Map<String, Object> message(String role, String text) {
    Map<String, Object> message = new LinkedHashMap<>();
    message.put("role", role);
    message.put("content", text);
    return message;
  }

  private void item(RequestFields item) {
    String type = item.text("type").orElse("message");
    switch (type) {
      case "message" -> said(item);
      case "reasoning" -> thought(item);
      case "function_call" -> called(item);
      case "function_call_output" -> result(item);
      default ->
          throw ApiError.unsupported(
              item.name("type"),
              "'%s' must be message, reasoning, function_call or function_call_output, not '%s'; nothing is stored here to refer to."
                  .formatted(item.name("type"), type));
    }
  }

  private void said(RequestFields item) {
    item.refuseUnknown(List.of("type", "role", "content", "id", "status", "phase"));
    openCalls.requireAnswers(item.name("role"));
    String role = item.requiredText("role");
    String text = content(item, "content");
    switch (role) {
      // Templates know the older name of the role.
      case "system", "developer" -> say("system", text);
      case "user" -> say("user", text);
      case "assistant" -> {
        if (turn.isPresent() && turn.get().get("content").equals("")) {
          turn.get().put("content", text);
        } else {
          begin(text);
        }
      }
      default ->
          throw ApiError.unsupported(
              item.name("role"),
              "'%s' must be system, developer, user or assistant, not '%s'."
                  .formatted(item.name("role"), role));
    }
  }

  private Map<String, Object> begin(String text) {
    Map<String, Object> begun = message("assistant", text);
    messages.add(begun);
    turn = Optional.of(begun);
    return begun;
  }

  private void thought(RequestFields item) {
    item.refuseUnknown(List.of("type", "id", "summary", "content", "encrypted_content", "status"));
    openCalls.requireAnswers(item.name("type"));
    if (item.get("encrypted_content").isPresent()) {
      throw ApiError.unsupported(
          item.name("encrypted_content"),
          "'%s' is not supported; this server tells reasoning in 'content'."
              .formatted(item.name("encrypted_content")));
    }
    StringBuilder text = new StringBuilder();
    for (RequestFields part : item.objects("content")) {
      text.append(part.requiredText("text"));
    }
    begin("").put("reasoning_content", text.toString());
  }

  private void called(RequestFields item) {
    item.refuseUnknown(List.of("type", "id", "call_id", "name", "arguments", "status"));
    Map<String, Object> call =
        openCalls.add(
            item.requiredText("call_id"),
            item.name("call_id"),
            item.requiredText("name"),
            item.requiredObjectText("arguments"));
    Map<String, Object> message = turn.orElseGet(() -> begin(""));
    List<Object> calls = new ArrayList<>();
    if (message.get("tool_calls") instanceof List<?> before) {
      calls.addAll(before);
    }
    calls.add(call);
    message.put("tool_calls", calls);
  }

  private void result(RequestFields item) {
    item.refuseUnknown(List.of("type", "id", "call_id", "output", "name", "status"));
    String id = item.requiredText("call_id");
    openCalls.answer(id, item.name("call_id"));
    Map<String, Object> message = message("tool", content(item, "output"));
    message.put("tool_call_id", id);
    item.text("name").ifPresent(name -> message.put("name", name));
    messages.add(message);
    turn = Optional.empty();
  }

  /** A text, or the texts of some parts. */
  private static String content(RequestFields item, String field) {
    JsonNode content = item.required(field);
    if (content.isTextual()) {
      return content.textValue();
    }
    if (!content.isArray()) {
      throw ApiError.invalid(
          item.name(field),
          "'%s' must be a string or an array of parts.".formatted(item.name(field)));
    }
    StringBuilder text = new StringBuilder();
    for (RequestFields part : item.objects(field)) {
      String type = part.text("type").orElse("");
      text.append(
          switch (type) {
            case "input_text", "output_text" -> part.requiredText("text");
            case "refusal" -> part.requiredText("refusal");
            default ->
                throw ApiError.unsupported(
                    part.name("type"),
                    "'%s' must be 'input_text' or 'output_text', not '%s'; this server reads text only."
                        .formatted(part.name("type"), type));
          });
    }
    return text.toString();
  }
}
