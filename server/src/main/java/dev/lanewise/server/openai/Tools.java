package dev.lanewise.server.openai;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The tools of a request.
 *
 * @param described what the prompt tells of; all of the request's, whichever may be called, so that
 *     prompts of one conversation begin alike
 * @param callable those of them that the model may call
 * @param required whether the answer must be a call
 * @param parallel whether it may be several
 */
record Tools(List<Tool> described, List<Tool> callable, boolean required, boolean parallel) {
  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9_-]{1,64}");
  private static final int MOST = 128;

  static Tools read(RequestFields fields, TypedFields form) {
    Map<String, Tool> tools = new LinkedHashMap<>();
    List<RequestFields> elements = fields.objects("tools");
    if (elements.size() > MOST) {
      throw ApiError.invalid(
          "tools", "'tools' has %d tools; %d are the most.".formatted(elements.size(), MOST));
    }
    for (RequestFields element : elements) {
      Tool tool = tool(element, form);
      if (tools.put(tool.name(), tool) != null) {
        String field = element.name(form == TypedFields.FLAT ? "name" : tool.type() + ".name");
        throw ApiError.invalid(field, "'%s' is the name of another tool too.".formatted(field));
      }
    }
    return ToolChoice.read(fields, tools, form);
  }

  private static Tool tool(RequestFields element, TypedFields form) {
    String type = element.text("type").orElse("");
    if (type.equals("function")) {
      return function(element, form);
    }
    if (type.equals("custom") && form == TypedFields.NESTED) {
      return CustomTools.read(element);
    }
    throw ApiError.unsupported(
        element.name("type"),
        "'%s' must be 'function'%s, not '%s'."
            .formatted(
                element.name("type"), form == TypedFields.NESTED ? " or 'custom'" : " here", type));
  }

  private static Tool.Function function(RequestFields tool, TypedFields form) {
    RequestFields function =
        form.of(tool, "function", List.of("name", "description", "parameters", "strict"));
    function.text("description");
    function.flag("strict", false);
    Map<String, Object> described = PlainJson.map(function.json());
    described.remove("type");
    return new Tool.Function(
        name(function),
        Tool.described(described),
        function.object("parameters").map(RequestFields::json),
        function.name("parameters"));
  }

  /** The name of a tool. */
  static String name(RequestFields tool) {
    String name = tool.text("name").orElse("");
    if (!NAME.matcher(name).matches()) {
      throw ApiError.invalid(
          tool.name("name"),
          "'%s' must be 1 to 64 letters, digits, '_' or '-', not '%s'."
              .formatted(tool.name("name"), name));
    }
    return name;
  }

  /** Whether the model may call any. */
  boolean any() {
    return !callable.isEmpty();
  }

  /** Whether there is a custom tool of this name. */
  boolean isCustom(String name) {
    return callable.stream()
        .anyMatch(tool -> tool.name().equals(name) && tool instanceof Tool.Custom);
  }
}
