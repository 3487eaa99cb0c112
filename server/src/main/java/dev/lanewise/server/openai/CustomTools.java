package dev.lanewise.server.openai;

import dev.lanewise.engine.grammar.Characters;
import dev.lanewise.engine.grammar.Expression;
import dev.lanewise.engine.grammar.GrammarError;
import dev.lanewise.engine.grammar.RegexParser;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads the tools of a request that take a text. */
final class CustomTools {
  private static final Expression ANY_TEXT =
      new Expression.Repeat(new Expression.OneOf(Characters.ALL), 0, Expression.Repeat.UNBOUNDED);

  private CustomTools() {}

  /** The tool that an element of the list describes. */
  static Tool.Custom read(RequestFields element) {
    element.refuseUnknown(List.of("type", "custom"));
    element.required("custom");
    RequestFields custom = element.object("custom").orElseThrow();
    custom.refuseUnknown(List.of("name", "description", "format"));
    String name = Tools.name(custom);
    Optional<RequestFields> grammar = custom.object("format").flatMap(CustomTools::grammar);
    Map<String, Object> argument = new LinkedHashMap<>();
    argument.put("type", "string");
    grammar.ifPresent(regex -> argument.put("pattern", definition(regex)));
    Map<String, Object> function = new LinkedHashMap<>();
    function.put("name", name);
    custom.text("description").ifPresent(text -> function.put("description", text));
    function.put("parameters", parameters(argument));
    Map<String, Object> described = new LinkedHashMap<>();
    described.put("type", "function");
    described.put("function", function);
    return new Tool.Custom(name, described, grammar.map(CustomTools::texts).orElse(ANY_TEXT));
  }

  /** The grammar of a format; empty for any text. */
  private static Optional<RequestFields> grammar(RequestFields format) {
    format.required("type");
    if (format.oneOf("type", List.of("text", "grammar")).orElseThrow().equals("text")) {
      format.refuseUnknown(List.of("type"));
      return Optional.empty();
    }
    format.refuseUnknown(List.of("type", "grammar"));
    format.required("grammar");
    RequestFields grammar = format.object("grammar").orElseThrow();
    grammar.refuseUnknown(List.of("syntax", "definition"));
    grammar.required("syntax");
    if (grammar.oneOf("syntax", List.of("lark", "regex")).orElseThrow().equals("lark")) {
      throw ApiError.unsupported(
          grammar.name("syntax"),
          "'%s' must be 'regex': this version of Lanewise does not read Lark."
              .formatted(grammar.name("syntax")));
    }
    grammar.required("definition");
    return Optional.of(grammar);
  }

  private static String definition(RequestFields grammar) {
    return grammar.text("definition").orElseThrow();
  }

  private static Expression texts(RequestFields grammar) {
    try {
      return RegexParser.full(definition(grammar));
    } catch (GrammarError error) {
      throw ApiError.invalid(
          grammar.name("definition"),
          "'%s': %s".formatted(grammar.name("definition"), error.getMessage()));
    }
  }

  private static Map<String, Object> parameters(Map<String, Object> argument) {
    Map<String, Object> parameters = new LinkedHashMap<>();
    parameters.put("type", "object");
    parameters.put("properties", Map.of(Tool.Custom.INPUT, argument));
    parameters.put("required", List.of(Tool.Custom.INPUT));
    return parameters;
  }
}
