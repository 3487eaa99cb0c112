package dev.lanewise.server.openai;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes tools, calls and their results into the text of messages, for chat templates that know
 * nothing of them. The form is that of {@link ToolSyntax#HERMES}.
 */
final class ToolPrompt {
  private ToolPrompt() {}

  /** A conversation without {@code tools} and without what only templates that know tools read. */
  static Map<String, Object> write(Map<String, Object> conversation, Tools tools) {
    Map<String, Object> plain = new HashMap<>(conversation);
    plain.remove("tools");
    List<Map<String, Object>> messages = new ArrayList<>();
    boolean behindResult = false;
    for (Object element : (List<?>) conversation.get("messages")) {
      Map<String, Object> message = members(element);
      boolean result = message.get("role").equals("tool");
      if (result && behindResult) { // many templates refuse two messages of a user in a row
        messages.getLast().merge("content", response(message), (a, b) -> a + "\n" + b);
      } else {
        messages.add(written(message));
      }
      behindResult = result;
    }
    if (tools.any()) {
      instruct(messages, instructions(tools));
    }
    plain.put("messages", messages);
    return plain;
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> members(Object message) {
    return (Map<String, Object>) message;
  }

  private static String instructions(Tools tools) {
    StringBuilder described = new StringBuilder();
    for (Tool tool : tools.described()) {
      described.append(PlainJson.text(tool.described().get("function"))).append('\n');
    }
    return """
    You can call functions. These are their names, what they do, and the JSON schemas of their arguments:
    <tools>
    %s</tools>
    To call one, write nothing but its name and arguments as JSON between these marks:
    <tool_call>
    {"name": "the_name", "arguments": {"an_argument": "its value"}}
    </tool_call>
    The result comes between <tool_response> and </tool_response>."""
        .formatted(described);
  }

  private static void instruct(List<Map<String, Object>> messages, String instructions) {
    Map<String, Object> first = messages.getFirst();
    if (first.get("role").equals("system")) {
      Map<String, Object> longer = new HashMap<>(first);
      longer.put("content", first.get("content") + "\n\n" + instructions);
      messages.set(0, longer);
    } else {
      messages.addFirst(Map.of("role", "system", "content", instructions));
    }
  }

  private static Map<String, Object> written(Map<String, Object> message) {
    Map<String, Object> plain = new HashMap<>(message);
    if (message.get("role").equals("tool")) {
      plain.put("role", "user");
      plain.put("content", response(message));
      plain.remove("tool_call_id");
    }
    if (plain.remove("tool_calls") instanceof List<?> calls) {
      StringBuilder text = new StringBuilder(message.get("content").toString());
      for (Object call : calls) {
        text.append(text.isEmpty() ? "" : "\n")
            .append("<tool_call>\n")
            .append(PlainJson.text(members(call).get("function")))
            .append("\n</tool_call>");
      }
      plain.put("content", text.toString());
    }
    return plain;
  }

  private static String response(Map<String, Object> result) {
    return "<tool_response>\n" + result.get("content") + "\n</tool_response>";
  }
}
