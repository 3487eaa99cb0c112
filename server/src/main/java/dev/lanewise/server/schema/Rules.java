package dev.lanewise.server.schema;

import dev.lanewise.engine.grammar.Expression;
import dev.lanewise.engine.grammar.Grammar;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * The rules of a grammar as it grows. What is small and does not refer to itself becomes no rule
 * but stands where it is used.
 */
final class Rules {
  /** The size up to which an expression stands where it is used. */
  private static final int SMALL = 60;

  private final Map<String, Expression> rules = new LinkedHashMap<>(JsonText.rules());
  private final Map<Object, String> names = new HashMap<>();
  private final Map<String, String> pointers = new HashMap<>();
  private final Map<Object, Expression> small = new HashMap<>();
  private final Set<Object> recursive = new HashSet<>();
  private int size;

  /**
   * What belongs to a key, which is made the first time. While it is made, the key may be asked for
   * again.
   *
   * @param pointer the JSON pointer of the schema it describes, for its name
   * @throws InvalidSchema if the grammar has become too large
   */
  Expression of(Object key, String pointer, Supplier<Expression> made) {
    if (small.containsKey(key)) {
      return small.get(key);
    }
    if (names.containsKey(key)) {
      recursive.add(key);
      return new Expression.Rule(names.get(key));
    }
    String name = unused("#" + pointer);
    names.put(key, name);
    pointers.put(name, pointer);
    Expression expression = made.get();
    int expressions = size(expression);
    if (expressions <= SMALL && !recursive.contains(key)) {
      small.put(key, expression);
      return expression;
    }
    size += expressions;
    if (size > SchemaLimits.EXPRESSIONS) {
      throw new InvalidSchema(
          "", "makes a grammar of more than " + SchemaLimits.EXPRESSIONS + " expressions");
    }
    rules.put(name, expression);
    return new Expression.Rule(name);
  }

  private String unused(String name) {
    String unused = name;
    for (int i = pointers.size(); pointers.containsKey(unused); i++) {
      unused = name + ":" + i;
    }
    return unused;
  }

  /**
   * The grammar of what an expression describes, without the rules that it does not lead to.
   *
   * @throws InvalidSchema if a rule describes no text, since each would contain another
   */
  Grammar grammar(Expression root) {
    Map<String, Expression> reached = new LinkedHashMap<>();
    reached.put("root", root);
    Deque<Expression> waiting = new ArrayDeque<>();
    waiting.add(root);
    while (!waiting.isEmpty()) {
      for (String name : rulesIn(waiting.remove())) {
        if (!reached.containsKey(name)) {
          reached.put(name, rules.get(name));
          waiting.add(rules.get(name));
        }
      }
    }
    requireEnds(reached);
    return new Grammar(reached, "root");
  }

  /** A rule ends if it describes a text of which all parts end. */
  private void requireEnds(Map<String, Expression> reached) {
    Set<String> ending = new HashSet<>();
    int before;
    do {
      before = ending.size();
      reached.forEach(
          (name, expression) -> {
            if (ends(expression, ending)) {
              ending.add(name);
            }
          });
    } while (ending.size() > before);
    reached.keySet().stream()
        .filter(name -> !ending.contains(name) && pointers.containsKey(name))
        .findFirst()
        .ifPresent(
            name -> {
              throw new InvalidSchema(
                  pointers.get(name), "has no end: each of its values would contain another one");
            });
  }

  /** Whether an expression has a text if some rules have. */
  static boolean ends(Expression expression, Set<String> ending) {
    return switch (expression) {
      case Expression.Sequence(var parts) -> parts.stream().allMatch(part -> ends(part, ending));
      case Expression.Choice(var alternatives) ->
          alternatives.stream().anyMatch(one -> ends(one, ending));
      case Expression.Repeat(var body, int least, int most) -> least == 0 || ends(body, ending);
      case Expression.Rule(var name) -> ending.contains(name);
      case Expression.Literal text -> true;
      case Expression.OneOf set -> !set.characters().ranges().isEmpty();
    };
  }

  private static Set<String> rulesIn(Expression expression) {
    Set<String> names = new LinkedHashSet<>();
    addRules(expression, names);
    return names;
  }

  private static void addRules(Expression expression, Set<String> names) {
    switch (expression) {
      case Expression.Sequence(var parts) -> parts.forEach(part -> addRules(part, names));
      case Expression.Choice(var alternatives) -> alternatives.forEach(one -> addRules(one, names));
      case Expression.Repeat(var body, int least, int most) -> addRules(body, names);
      case Expression.Rule(var name) -> names.add(name);
      case Expression.Literal text -> {}
      case Expression.OneOf set -> {}
    }
  }

  /** The number of expressions; long texts count as several. */
  private static int size(Expression expression) {
    return switch (expression) {
      case Expression.Sequence(var parts) -> 1 + parts.stream().mapToInt(Rules::size).sum();
      case Expression.Choice(var alternatives) ->
          1 + alternatives.stream().mapToInt(Rules::size).sum();
      case Expression.Repeat(var body, int least, int most) -> 1 + size(body);
      case Expression.Rule rule -> 1;
      case Expression.Literal(var text) -> 1 + text.length() / 16;
      case Expression.OneOf set -> 1;
    };
  }
}
