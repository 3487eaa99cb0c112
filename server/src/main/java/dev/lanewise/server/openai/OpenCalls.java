package dev.lanewise.server.openai;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/** The calls of tools in a conversation that no result has answered yet. */
final class OpenCalls {
  private final Set<String> ids = new LinkedHashSet<>();

  /**
   * The model made a call.
   *
   * @param field where its id is
   * @return the call as templates take it; its members in this order, since some write it as it is
   * @throws ApiError if another call without a result has the id too
   */
  Map<String, Object> add(String id, String field, String name, Map<String, Object> arguments) {
    if (!ids.add(id)) {
      throw ApiError.invalid(
          field, "'%s' is the id of another tool call too: '%s'.".formatted(field, id));
    }
    Map<String, Object> function = new LinkedHashMap<>();
    function.put("name", name);
    function.put("arguments", arguments);
    Map<String, Object> call = new LinkedHashMap<>();
    call.put("id", id);
    call.put("type", "function");
    call.put("function", function);
    return call;
  }

  /**
   * There is the result of a call.
   *
   * @param field where its id is
   * @throws ApiError if there is no such call, or it has a result already
   */
  void answer(String id, String field) {
    if (!ids.remove(id)) {
      throw ApiError.invalid(
          field,
          "'%s' must be the id of a tool call before it, answered once; there is no '%s'."
              .formatted(field, id));
    }
  }

  /**
   * The conversation goes on with something other than a result.
   *
   * @param field where
   * @throws ApiError if a call has no result
   */
  void requireAnswers(String field) {
    if (!ids.isEmpty()) {
      throw ApiError.invalid(
          field,
          "'%s': the tool call '%s' needs its result before the conversation goes on."
              .formatted(field, ids.iterator().next()));
    }
  }
}
