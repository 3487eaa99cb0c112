package dev.lanewise.server.openai;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The tools of a request.
 *
 * @param described what the prompt tells of; all of the request's, whichever may be called, so that
 *     prompts of one conversation begin alike
 * @param functions those of them that the model may call
 * @param required whether the answer must be a call
 * @param parallel whether it may be several
 */
record Tools(
    List<Function> described, List<Function> functions, boolean required, boolean parallel) {
  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9_-]{1,64}");
  private static final int MOST = 128;

  /**
   * A function.
   *
   * @param described the element of {@code tools}, as templates take it
   * @param parameters the JSON schema of its arguments; empty if it takes any object
   * @param field where the schema is in the request
   */
  record Function(
      String name, Map<String, Object> described, Optional<JsonNode> parameters, String field) {}

  static Tools read(RequestFields fields) {
    Map<String, Function> functions = new LinkedHashMap<>();
    List<RequestFields> tools = fields.objects("tools");
    if (tools.size() > MOST) {
      throw ApiError.invalid(
          "tools", "'tools' has %d tools; %d are the most.".formatted(tools.size(), MOST));
    }
    for (RequestFields tool : tools) {
      Function function = function(tool);
      if (functions.put(function.name(), function) != null) {
        throw ApiError.invalid(
            tool.name("function.name"),
            "'%s' is the name of another tool too.".formatted(tool.name("function.name")));
      }
    }
    return ToolChoice.read(fields, functions);
  }

  private static Function function(RequestFields tool) {
    tool.refuseUnknown(List.of("type", "function"));
    String type = tool.text("type").orElse("");
    if (!type.equals("function")) {
      throw ApiError.unsupported(
          tool.name("type"),
          "'%s' must be 'function', not '%s'.".formatted(tool.name("type"), type));
    }
    RequestFields function =
        tool.object("function")
            .orElseThrow(
                () ->
                    ApiError.invalid(
                        tool.name("function"),
                        "'%s' is missing.".formatted(tool.name("function"))));
    function.refuseUnknown(List.of("name", "description", "parameters", "strict"));
    function.text("description");
    function.flag("strict", false);
    String name = function.text("name").orElse("");
    if (!NAME.matcher(name).matches()) {
      throw ApiError.invalid(
          function.name("name"),
          "'%s' must be 1 to 64 letters, digits, '_' or '-', not '%s'."
              .formatted(function.name("name"), name));
    }
    return new Function(
        name,
        PlainJson.map(tool.json()),
        function.object("parameters").map(RequestFields::json),
        function.name("parameters"));
  }

  /** Whether the model may call any. */
  boolean any() {
    return !functions.isEmpty();
  }
}
