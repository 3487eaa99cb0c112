package dev.lanewise.server.openai;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads {@code tool_choice}: which of the tools may be called, and whether one must be. */
final class ToolChoice {
  private static final String FIELD = "tool_choice";

  private final Map<String, Tool> tools;
  private final List<Tool> all;
  private final TypedFields form;
  private final boolean parallel;

  private ToolChoice(Map<String, Tool> tools, TypedFields form, boolean parallel) {
    this.tools = tools;
    this.form = form;
    this.all = List.copyOf(tools.values());
    this.parallel = parallel;
  }

  /**
   * The tools that a request leaves to the model.
   *
   * @param tools all of them, by their names
   */
  static Tools read(RequestFields fields, Map<String, Tool> tools, TypedFields form) {
    return new ToolChoice(tools, form, fields.flag("parallel_tool_calls", true)).choose(fields);
  }

  private Tools choose(RequestFields fields) {
    JsonNode choice = fields.get(FIELD).orElse(null);
    String mode = choice == null ? "auto" : choice.asText();
    if (mode.equals("none")) {
      return new Tools(List.of(), List.of(), false, parallel);
    }
    if (mode.equals("auto")) {
      return new Tools(all, all, false, parallel);
    }
    if (all.isEmpty()) {
      throw ApiError.invalid(FIELD, "'tool_choice' asks for a tool, but there are no 'tools'.");
    }
    if (mode.equals("required")) {
      return new Tools(all, all, true, parallel);
    }
    if (!choice.isObject()) {
      throw ApiError.invalid(
          FIELD, "'tool_choice' must be 'none', 'auto', 'required' or an object that names tools.");
    }
    RequestFields object = fields.object(FIELD).orElseThrow();
    return object.text("type").orElse("").equals("allowed_tools")
        ? allowed(object)
        : new Tools(all, List.of(named(object)), true, false);
  }

  private Tools allowed(RequestFields choice) {
    RequestFields allowed = form.of(choice, "allowed_tools", List.of("mode", "tools"));
    String mode = allowed.requiredOneOf("mode", List.of("auto", "required"));
    Set<Tool> named = new LinkedHashSet<>();
    allowed.objects("tools").forEach(tool -> named.add(named(tool)));
    if (named.isEmpty()) {
      throw ApiError.invalid(
          allowed.name("tools"),
          "'%s' must name at least one of the 'tools'.".formatted(allowed.name("tools")));
    }
    return new Tools(all, new ArrayList<>(named), mode.equals("required"), parallel);
  }

  /** The tool that a reference names. */
  private Tool named(RequestFields reference) {
    String type = reference.requiredOneOf("type", List.of("function", "custom"));
    RequestFields described = form.of(reference, type, List.of("name"));
    String name = described.text("name").orElse("");
    Tool tool = tools.get(name);
    if (tool == null || !tool.type().equals(type)) {
      throw ApiError.invalid(
          described.name("name"),
          "'%s' is '%s', which is none of the 'tools' of type '%s'."
              .formatted(described.name("name"), name, type));
    }
    return tool;
  }
}
