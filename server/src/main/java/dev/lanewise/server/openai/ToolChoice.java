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

  private final Map<String, Tools.Function> functions;
  private final List<Tools.Function> all;
  private final boolean parallel;

  private ToolChoice(Map<String, Tools.Function> functions, boolean parallel) {
    this.functions = functions;
    this.all = List.copyOf(functions.values());
    this.parallel = parallel;
  }

  /**
   * The tools that a request leaves to the model.
   *
   * @param functions all of them, by their names
   */
  static Tools read(RequestFields fields, Map<String, Tools.Function> functions) {
    return new ToolChoice(functions, fields.flag("parallel_tool_calls", true)).choose(fields);
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
    choice.refuseUnknown(List.of("type", "allowed_tools"));
    choice.required("allowed_tools");
    RequestFields allowed = choice.object("allowed_tools").orElseThrow();
    allowed.refuseUnknown(List.of("mode", "tools"));
    allowed.required("mode");
    String mode = allowed.oneOf("mode", List.of("auto", "required")).orElseThrow();
    Set<Tools.Function> tools = new LinkedHashSet<>();
    allowed.objects("tools").forEach(tool -> tools.add(named(tool)));
    if (tools.isEmpty()) {
      throw ApiError.invalid(
          allowed.name("tools"),
          "'%s' must name at least one of the 'tools'.".formatted(allowed.name("tools")));
    }
    return new Tools(all, new ArrayList<>(tools), mode.equals("required"), parallel);
  }

  /** The tool that a reference names. */
  private Tools.Function named(RequestFields reference) {
    String type = reference.text("type").orElse("");
    if (!type.equals("function")) {
      throw ApiError.unsupported(
          reference.name("type"),
          "'%s' must be 'function', not '%s'.".formatted(reference.name("type"), type));
    }
    reference.refuseUnknown(List.of("type", "function"));
    reference.required("function");
    RequestFields function = reference.object("function").orElseThrow();
    function.refuseUnknown(List.of("name"));
    String name = function.text("name").orElse("");
    if (!functions.containsKey(name)) {
      throw ApiError.invalid(
          function.name("name"),
          "'%s' is '%s', which is none of the 'tools'.".formatted(function.name("name"), name));
    }
    return functions.get(name);
  }
}
