package dev.lanewise.engine.grammar;

import java.util.Map;

/**
 * What a text may be: an expression for each rule, and the rule that the whole text follows.
 *
 * @param root a name in {@code rules}
 */
public record Grammar(Map<String, Expression> rules, String root) {
  /** What follows expressions calls itself for each level. */
  private static final int MOST_NESTED = 1_000;

  /**
   * @throws IllegalArgumentException if an expression refers to a rule that is not there
   * @throws GrammarError if an expression is nested deeper than 1000 levels
   */
  public Grammar {
    rules = Map.copyOf(rules);
    requireRule(rules, root);
    for (Expression expression : rules.values()) {
      check(rules, expression, 1);
    }
  }

  /** A grammar without named rules. */
  public static Grammar of(Expression expression) {
    return new Grammar(Map.of("root", expression), "root");
  }

  private static void check(Map<String, Expression> rules, Expression expression, int level) {
    if (level > MOST_NESTED) {
      throw new GrammarError("the grammar is nested deeper than " + MOST_NESTED + " levels");
    }
    switch (expression) {
      case Expression.Sequence(var parts) -> parts.forEach(part -> check(rules, part, level + 1));
      case Expression.Choice(var alternatives) ->
          alternatives.forEach(one -> check(rules, one, level + 1));
      case Expression.Repeat(var body, int least, int most) -> check(rules, body, level + 1);
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
