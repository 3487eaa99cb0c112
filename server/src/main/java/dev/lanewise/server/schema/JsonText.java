package dev.lanewise.server.schema;

import static dev.lanewise.engine.grammar.Expression.optional;
import static dev.lanewise.server.schema.Texts.anyOf;
import static dev.lanewise.server.schema.Texts.digits;
import static dev.lanewise.server.schema.Texts.inOrder;
import static dev.lanewise.server.schema.Texts.literal;
import static dev.lanewise.server.schema.Texts.oneOf;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.lanewise.engine.grammar.Characters;
import dev.lanewise.engine.grammar.Expression;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The form of the JSON texts that are admitted (RFC 8259). Between the tokens there may be what
 * models write, {@code {"a": 1, "b": [1, 2]}} or one member per line with indentation, and never
 * white space without an end.
 */
final class JsonText {
  /** After an opening bracket and a comma, and before a closing bracket. */
  static final Expression GAP = new Expression.Rule("gap");

  /** Any JSON value. */
  static final Expression VALUE = new Expression.Rule("value");

  /** Any object. */
  static final Expression OBJECT = new Expression.Rule("object");

  /** Any array. */
  static final Expression ARRAY = new Expression.Rule("array");

  /** Any string. */
  static final Expression STRING = new Expression.Rule("string");

  /** Any number. */
  static final Expression NUMBER = new Expression.Rule("number");

  static final Expression BOOLEAN = Expression.choice(literal("true"), literal("false"));
  static final Expression NULL = literal("null");

  /** Between members or elements. */
  static final Expression SEPARATOR = Expression.sequence(literal(","), GAP);

  private static final Expression COLON = Expression.sequence(literal(":"), optional(literal(" ")));

  /** Enough for eight levels that are indented by four spaces each. */
  private static final int MOST_INDENTATION = 32;

  private static final int INTEGER_DIGITS = 18;
  private static final int FRACTION_DIGITS = 17;

  /** With 18 digits before the point this stays within a double's range. */
  private static final int EXPONENT_DIGITS = 2;

  private static final Characters CONTROLS = Characters.of(new Characters.Range(0, 0x1f));

  /** Characters that stand for themselves in a string. */
  static final Characters PLAIN = CONTROLS.and(Characters.of("\"\\")).others();

  private static final Expression HEX = oneOf("0123456789abcdefABCDEF");

  /** One character of a string, written in any way. */
  static final Expression CHARACTER =
      Expression.choice(
          new Expression.OneOf(PLAIN),
          Expression.sequence(literal("\\"), oneOf("\"\\/bfnrt")),
          Expression.sequence(literal("\\u"), oneOf("0123456789abcefABCEF"), HEX, HEX, HEX),
          Expression.sequence(literal("\\u"), oneOf("dD"), oneOf("01234567"), HEX, HEX),
          Expression.sequence(
              literal("\\u"),
              oneOf("dD"),
              oneOf("89abAB"),
              HEX,
              HEX,
              literal("\\u"),
              oneOf("dD"),
              oneOf("cdefCDEF"),
              HEX,
              HEX));

  private JsonText() {}

  /** The rules that the expressions of this class refer to. */
  static Map<String, Expression> rules() {
    Map<String, Expression> rules = new LinkedHashMap<>();
    rules.put(
        "gap",
        Expression.choice(
            Expression.EMPTY,
            literal(" "),
            Expression.sequence(
                literal("\n"), new Expression.Repeat(literal(" "), 0, MOST_INDENTATION))));
    rules.put("value", Expression.choice(OBJECT, ARRAY, STRING, NUMBER, BOOLEAN, NULL));
    rules.put("object", object(optional(members(member(STRING, VALUE)))));
    rules.put("array", array(optional(members(VALUE))));
    rules.put("string", string(0, Expression.Repeat.UNBOUNDED));
    rules.put("number", number());
    return rules;
  }

  private static Expression members(Expression member) {
    return Texts.separated(member, SEPARATOR, 1, Expression.Repeat.UNBOUNDED);
  }

  private static Expression number() {
    return Expression.sequence(
        optional(literal("-")),
        anyOf(literal("0"), Expression.sequence(oneOf('1', '9'), digits(0, INTEGER_DIGITS - 1))),
        optional(Expression.sequence(literal("."), digits(1, FRACTION_DIGITS))),
        optional(
            Expression.sequence(oneOf("eE"), optional(oneOf("+-")), digits(1, EXPONENT_DIGITS))));
  }

  /** An object with these members, which include the commas between them. */
  static Expression object(Expression members) {
    return brackets("{", members, "}");
  }

  /** An array with these elements, which include the commas between them. */
  static Expression array(Expression elements) {
    return brackets("[", elements, "]");
  }

  private static Expression brackets(String open, Expression inside, String close) {
    if (inside.equals(Expression.EMPTY)) {
      return inOrder(literal(open), GAP, literal(close));
    }
    if (inside instanceof Expression.Repeat(var some, int least, int most)
        && least == 0
        && most == 1) {
      return inOrder(literal(open), GAP, optional(inOrder(some, GAP)), literal(close));
    }
    return inOrder(literal(open), GAP, inside, GAP, literal(close));
  }

  /** A member of an object. */
  static Expression member(Expression key, Expression value) {
    return inOrder(key, COLON, value);
  }

  /** A member of an object with this name. */
  static Expression member(String name, Expression value) {
    return member(literal(TextNode.valueOf(name).toString()), value);
  }

  /** A string of so many characters. */
  static Expression string(int least, int most) {
    return inOrder(literal("\""), new Expression.Repeat(CHARACTER, least, most), literal("\""));
  }

  /** The strings whose characters an expression describes. */
  static Expression string(Expression characters) {
    return inOrder(literal("\""), escaped(characters), literal("\""));
  }

  /** This value; strings are written without needless escapes. */
  static Expression exactly(JsonNode value) {
    List<Expression> inside = new ArrayList<>();
    if (value.isObject()) {
      value
          .properties()
          .forEach(field -> inside.add(member(field.getKey(), exactly(field.getValue()))));
      return object(joined(inside));
    }
    if (value.isArray()) {
      value.forEach(element -> inside.add(exactly(element)));
      return array(joined(inside));
    }
    return literal(value.toString());
  }

  private static Expression joined(List<Expression> members) {
    List<Expression> parts = new ArrayList<>();
    for (Expression member : members) {
      if (!parts.isEmpty()) {
        parts.add(SEPARATOR);
      }
      parts.add(member);
    }
    return new Expression.Sequence(parts);
  }

  /** The same with the characters that JSON does not let stand in strings written as escapes. */
  private static Expression escaped(Expression expression) {
    return switch (expression) {
      case Expression.Literal(var text) -> {
        String quoted = TextNode.valueOf(text).toString();
        yield literal(quoted.substring(1, quoted.length() - 1));
      }
      case Expression.OneOf(var characters) -> escaped(characters);
      case Expression.Sequence(var parts) ->
          new Expression.Sequence(parts.stream().map(JsonText::escaped).toList());
      case Expression.Choice(var alternatives) ->
          new Expression.Choice(alternatives.stream().map(JsonText::escaped).toList());
      case Expression.Repeat(var body, int least, int most) ->
          new Expression.Repeat(escaped(body), least, most);
      case Expression.Rule(var name) ->
          throw new IllegalArgumentException("the characters of a string follow a rule: " + name);
    };
  }

  private static Expression escaped(Characters characters) {
    List<Expression> ways = new ArrayList<>();
    Characters plain = characters.without(PLAIN.others());
    if (!plain.ranges().isEmpty()) {
      ways.add(new Expression.OneOf(plain));
    }
    for (Characters.Range range : characters.without(PLAIN).ranges()) {
      for (int c = range.first(); c <= range.last(); c++) {
        ways.add(escaped(literal(Character.toString(c))));
      }
    }
    return anyOf(ways);
  }
}
