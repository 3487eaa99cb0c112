package dev.lanewise.engine.grammar;

import java.util.Map;

/**
 * What a text may be: an expression for each rule, and the rule that the whole text follows.
 *
 * @param root a name in {@code rules}
 */
public record Grammar(Map<String, Expression> rules, String root) {
  /**
   * @throws IllegalArgumentException if an expression refers to a rule that is not there
   */
  public Grammar {
    rules = Map.copyOf(rules);
    requireRule(rules, root);
    for (Expression expression : rules.values()) {
      check(rules, expression);
    }
  }

  /** A grammar without named rules. */
  public static Grammar of(Expression expression) {
    return new Grammar(Map.of("root", expression), "root");
  }

  private static void check(Map<String, Expression> rules, Expression expression) {
    switch (expression) {
      case Expression.Sequence(var parts) -> parts.forEach(part -> check(rules, part));
      case Expression.Choice(var alternatives) -> alternatives.forEach(one -> check(rules, one));
      case Expression.Repeat(var body, int least, int most) -> check(rules, body);
      case Expression.Rule(var name) -> requireRule(rules, name);
      case Expression.Literal text -> {}
      case Expression.OneOf set -> {}
    }
  }

  private static void requireRule(Map<String, Expression> rules, String name) {
    if (!rules.containsKey(name)) {
      throw new IllegalArgumentException("there is no rule '" + name + "'");
    }
  }
}
