package dev.lanewise.engine.grammar;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Rules that may begin with themselves, which could be entered for ever before any character. */
final class LeftRecursion {
  private final RuleProperty nullable;

  /** What each rule may begin with. */
  private final Map<String, Set<String>> first = new HashMap<>();

  private LeftRecursion(Grammar grammar) {
    nullable = RuleProperty.nullable(grammar);
    grammar
        .rules()
        .forEach(
            (name, expression) -> {
              Set<String> rules = new HashSet<>();
              addFirst(expression, rules);
              first.put(name, rules);
            });
  }

  /** Rules each of which may begin with the next, and the last with the first; empty if none. */
  static List<String> in(Grammar grammar) {
    return new LeftRecursion(grammar).cycle();
  }

  /** A message about such rules. */
  static String describe(List<String> cycle) {
    return "rule '"
        + cycle.getFirst()
        + "' may begin with itself ("
        + String.join(" -> ", cycle)
        + " -> "
        + cycle.getFirst()
        + "): write it as a repeat, or with the recursion at its end";
  }

  private void addFirst(Expression expression, Set<String> rules) {
    switch (expression) {
      case Expression.Literal text -> {}
      case Expression.OneOf set -> {}
      case Expression.Sequence(var parts) -> {
        for (Expression part : parts) {
          addFirst(part, rules);
          if (!nullable.holds(part)) {
            return;
          }
        }
      }
      case Expression.Choice(var alternatives) -> alternatives.forEach(one -> addFirst(one, rules));
      case Expression.Repeat(var body, int least, int most) -> addFirst(body, rules);
      case Expression.Rule(var name) -> rules.add(name);
    }
  }

  private List<String> cycle() {
    // Rules that begin only with rules that are known to be good are good.
    Set<String> left = new HashSet<>(first.keySet());
    while (left.removeIf(rule -> first.get(rule).stream().noneMatch(left::contains))) {
      // each turn removed a rule
    }
    if (left.isEmpty()) {
      return List.of();
    }
    Set<String> path = new LinkedHashSet<>();
    String rule = left.iterator().next();
    while (path.add(rule)) {
      rule = first.get(rule).stream().filter(left::contains).findFirst().orElseThrow();
    }
    List<String> cycle = new ArrayList<>(path);
    return cycle.subList(cycle.indexOf(rule), cycle.size());
  }
}
