package dev.lanewise.server.schema;

import dev.lanewise.engine.grammar.Characters;
import dev.lanewise.engine.grammar.Expression;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The names of properties that are not among some. They are written without escapes, so that no
 * name can be written in two ways.
 */
final class OtherNames {
  private static final Expression ANY =
      new Expression.Repeat(new Expression.OneOf(JsonText.PLAIN), 0, Expression.Repeat.UNBOUNDED);

  private OtherNames() {}

  /** All other names, in quotes. */
  static Expression than(Set<String> names) {
    if (names.isEmpty()) {
      return JsonText.STRING;
    }
    return Texts.inOrder(Texts.literal("\""), other(List.copyOf(names)), Texts.literal("\""));
  }

  /** All texts but some: they end early, go on when those end, or have another character. */
  private static Expression other(List<String> texts) {
    if (texts.isEmpty()) {
      return ANY;
    }
    Map<Integer, List<String>> byFirst = new TreeMap<>();
    for (String text : texts) {
      if (!text.isEmpty()) {
        int first = text.codePointAt(0);
        byFirst
            .computeIfAbsent(first, c -> new ArrayList<>())
            .add(text.substring(Character.charCount(first)));
      }
    }
    List<Expression> ways = new ArrayList<>();
    if (!texts.contains("")) {
      ways.add(Expression.EMPTY);
    }
    Characters firsts = Characters.of();
    for (Map.Entry<Integer, List<String>> entry : byFirst.entrySet()) {
      String first = Character.toString(entry.getKey());
      firsts = firsts.and(Characters.of(first));
      if (JsonText.PLAIN.contains(entry.getKey())) {
        ways.add(Texts.inOrder(Texts.literal(first), other(entry.getValue())));
      }
    }
    ways.add(Texts.inOrder(new Expression.OneOf(JsonText.PLAIN.without(firsts)), ANY));
    return Texts.anyOf(ways);
  }
}
