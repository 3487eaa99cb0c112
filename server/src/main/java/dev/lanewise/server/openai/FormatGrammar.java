package dev.lanewise.server.openai;

import dev.lanewise.engine.grammar.Characters;
import dev.lanewise.engine.grammar.Expression;
import dev.lanewise.engine.grammar.GbnfParser;
import dev.lanewise.engine.grammar.Grammar;
import dev.lanewise.engine.grammar.GrammarError;
import dev.lanewise.engine.grammar.RegexParser;
import dev.lanewise.server.schema.InvalidSchema;
import dev.lanewise.server.schema.SchemaGrammar;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** The grammars of the formats that a request may ask for. */
final class FormatGrammar {
  private static final String AFTER_SPACE = "after space";

  private FormatGrammar() {}

  /** The grammar of a format; empty for any text. Errors name the field. */
  static Optional<Grammar> of(AnswerFormat format) {
    return switch (format) {
      case AnswerFormat.Text() -> Optional.empty();
      case AnswerFormat.JsonObject() -> Optional.of(SchemaGrammar.anyObject());
      case AnswerFormat.JsonSchema schema -> Optional.of(of(schema));
      case AnswerFormat.Gbnf(String text) -> Optional.of(gbnf(text));
      case AnswerFormat.Regex(String pattern) -> Optional.of(regex(pattern));
    };
  }

  /** The texts of a grammar, perhaps after some white space. */
  static Grammar afterSpace(Grammar grammar) {
    Map<String, Expression> rules = new HashMap<>(grammar.rules());
    rules.put(
        AFTER_SPACE,
        Expression.sequence(
            new Expression.Repeat(new Expression.OneOf(Characters.of(" \n")), 0, 4),
            new Expression.Rule(grammar.root())));
    return new Grammar(rules, AFTER_SPACE);
  }

  /** The grammar of a schema. */
  static Grammar of(AnswerFormat.JsonSchema schema) {
    try {
      return SchemaGrammar.of(schema.schema());
    } catch (InvalidSchema invalid) {
      throw ApiError.invalid(
          schema.field(), "'%s': %s.".formatted(schema.field(), invalid.getMessage()));
    }
  }

  private static Grammar gbnf(String text) {
    try {
      return GbnfParser.parse(text);
    } catch (GrammarError error) {
      throw malformed("grammar", error);
    }
  }

  private static Grammar regex(String pattern) {
    try {
      return Grammar.of(RegexParser.full(pattern));
    } catch (GrammarError error) {
      throw malformed("regex", error);
    }
  }

  private static ApiError malformed(String field, GrammarError error) {
    return ApiError.invalid(field, "'%s': %s".formatted(field, error.getMessage()));
  }
}
