package dev.lanewise.engine.grammar;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
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
    Map<String, Set<String>> users = new HashMap<>();
    grammar.rules().forEach((name, body) -> addUses(name, body, users));
    Deque<String> unsure = new ArrayDeque<>(grammar.rules().keySet());
    while (!unsure.isEmpty()) {
      String name = unsure.remove();
      if (!rules.contains(name) && holds(grammar.rules().get(name))) {
        rules.add(name);
        unsure.addAll(users.getOrDefault(name, Set.of()));
      }
    }
  }

  private static void addUses(String user, Expression body, Map<String, Set<String>> users) {
    switch (body) {
      case Expression.Literal single -> {}
      case Expression.OneOf single -> {}
      case Expression.Sequence(var parts) -> parts.forEach(part -> addUses(user, part, users));
      case Expression.Choice(var alternatives) ->
          alternatives.forEach(one -> addUses(user, one, users));
      case Expression.Repeat(var once, int least, int most) -> addUses(user, once, users);
      case Expression.Rule(var name) ->
          users.computeIfAbsent(name, used -> new HashSet<>()).add(user);
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
      case Expression.Sequence(var parts) -> holdsForAll(parts);
      case Expression.Choice(var alternatives) -> holdsForAny(alternatives);
      case Expression.Repeat(var body, int least, int most) -> least == 0 || holds(body);
      case Expression.Rule(var name) -> rules.contains(name);
    };
  }

  private boolean holdsForAll(List<Expression> parts) {
    for (Expression part : parts) {
      if (!holds(part)) {
        return false;
      }
    }
    return true;
  }

  private boolean holdsForAny(List<Expression> alternatives) {
    for (Expression alternative : alternatives) {
      if (holds(alternative)) {
        return true;
      }
    }
    return false;
  }
}
