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
    RequestFields custom =
        TypedFields.NESTED.of(element, "custom", List.of("name", "description", "format"));
    String name = Tools.name(custom);
    Optional<RequestFields> grammar = custom.object("format").flatMap(CustomTools::grammar);
    Map<String, Object> argument = new LinkedHashMap<>();
    argument.put("type", "string");
    grammar.ifPresent(regex -> argument.put("pattern", definition(regex)));
    Map<String, Object> function = new LinkedHashMap<>();
    function.put("name", name);
    custom.text("description").ifPresent(text -> function.put("description", text));
    function.put("parameters", parameters(argument));
    return new Tool.Custom(
        name, Tool.described(function), grammar.map(CustomTools::texts).orElse(ANY_TEXT));
  }

  /** The grammar of a format; empty for any text. */
  private static Optional<RequestFields> grammar(RequestFields format) {
    String type = format.requiredOneOf("type", List.of("text", "grammar"));
    if (type.equals("text")) {
      format.refuseUnknown(List.of("type"));
      return Optional.empty();
    }
    RequestFields grammar = TypedFields.NESTED.of(format, type, List.of("syntax", "definition"));
    if (grammar.requiredOneOf("syntax", List.of("lark", "regex")).equals("lark")) {
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
