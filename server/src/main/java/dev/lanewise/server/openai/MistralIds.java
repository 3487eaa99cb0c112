package dev.lanewise.server.openai;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * Gives the calls of a conversation ids that Mistral's chat templates accept: nine letters or
 * digits. The same id always becomes the same one, so that a longer conversation begins like the
 * shorter.
 */
final class MistralIds {
  private static final int LENGTH = 9;
  private static final Pattern ACCEPTED = Pattern.compile("[a-zA-Z0-9]{" + LENGTH + "}");

  private MistralIds() {}

  /** The same conversation with such ids. */
  static Map<String, Object> write(Map<String, Object> conversation) {
    List<Map<String, Object>> messages = new ArrayList<>();
    for (Object element : (List<?>) conversation.get("messages")) {
      Map<String, Object> message = withId(element, "tool_call_id");
      message.computeIfPresent(
          "tool_calls",
          (name, calls) -> ((List<?>) calls).stream().map(call -> withId(call, "id")).toList());
      messages.add(message);
    }
    Map<String, Object> written = new HashMap<>(conversation);
    written.put("messages", messages);
    return written;
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> withId(Object described, String field) {
    Map<String, Object> copy = new HashMap<>((Map<String, Object>) described);
    copy.computeIfPresent(field, (name, id) -> accepted((String) id));
    return copy;
  }

  private static String accepted(String id) {
    return ACCEPTED.matcher(id).matches()
        ? id
        : UUID.nameUUIDFromBytes(id.getBytes(StandardCharsets.UTF_8))
            .toString()
            .replace("-", "")
            .substring(0, LENGTH);
  }
}
