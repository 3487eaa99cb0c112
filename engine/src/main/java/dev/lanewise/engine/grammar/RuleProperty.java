package dev.lanewise.engine.grammar;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Something that holds for an expression if it holds for all parts of a sequence, or for one
 * alternative, and for none of nothing: that it matches the empty text, or any text at all. Of
 * rules that refer to each other, it holds for as few as possible.
 */
final class RuleProperty {
  private final Set<String> rules = new HashSet<>();
  private final Predicate<Expression> ofSingle;

  private RuleProperty(Grammar grammar, Predicate<Expression> ofSingle) {
    this.ofSingle = ofSingle;
    boolean more = true;
    while (more) {
      more = false;
      for (Map.Entry<String, Expression> rule : grammar.rules().entrySet()) {
        if (!rules.contains(rule.getKey()) && holds(rule.getValue())) {
          rules.add(rule.getKey());
          more = true;
        }
      }
    }
  }

  /** What matches the empty text. */
  static RuleProperty nullable(Grammar grammar) {
    return new RuleProperty(
        grammar, single -> single instanceof Expression.Literal(var text) && text.isEmpty());
  }

  /** What matches some text. */
  static RuleProperty productive(Grammar grammar) {
    return new RuleProperty(
        grammar,
        single ->
            !(single instanceof Expression.OneOf(var characters) && characters.ranges().isEmpty()));
  }

  boolean holds(Expression expression) {
    return switch (expression) {
      case Expression.Literal single -> ofSingle.test(single);
      case Expression.OneOf single -> ofSingle.test(single);
      case Expression.Sequence(var parts) -> parts.stream().allMatch(this::holds);
      case Expression.Choice(var alternatives) -> alternatives.stream().anyMatch(this::holds);
      case Expression.Repeat(var body, int least, int most) -> least == 0 || holds(body);
      case Expression.Rule(var name) -> rules.contains(name);
    };
  }
}
