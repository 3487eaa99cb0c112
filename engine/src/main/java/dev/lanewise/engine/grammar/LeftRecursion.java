package dev.lanewise.engine.grammar;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
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

  /** Follows what rules begin with, each rule once, until a rule is met again on the way. */
  private List<String> cycle() {
    Set<String> done = new HashSet<>();
    List<String> way = new ArrayList<>();
    Deque<Iterator<String>> left = new ArrayDeque<>(); // what else the rules on the way begin with
    left.push(first.keySet().iterator());
    while (!left.isEmpty()) {
      if (!left.peek().hasNext()) {
        left.pop();
        if (!way.isEmpty()) {
          done.add(way.removeLast());
        }
        continue;
      }
      String rule = left.peek().next();
      if (way.contains(rule)) {
        return way.subList(way.indexOf(rule), way.size());
      }
      if (!done.contains(rule)) {
        way.add(rule);
        left.push(first.get(rule).iterator());
      }
    }
    return List.of();
  }
}
