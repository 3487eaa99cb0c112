package dev.lanewise.server.schema;

import dev.lanewise.engine.grammar.Characters;
import dev.lanewise.engine.grammar.Expression;
import dev.lanewise.engine.grammar.Grammar;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;

/** Draws texts that a grammar admits; beyond some depth or length it takes the shortest way out. */
final class RandomText {
  private static final int DEPTH = 12;
  private static final int LENGTH = 2_000;

  private final Grammar grammar;
  private final Random random;
  private final Map<String, Integer> heights = new HashMap<>();

  RandomText(Grammar grammar, Random random) {
    this.grammar = grammar;
    this.random = random;
    Map<String, Integer> before;
    do {
      before = Map.copyOf(heights);
      grammar.rules().forEach((name, rule) -> heights.put(name, 1 + height(rule)));
    } while (!heights.equals(before));
  }

  String next() {
    StringBuilder text = new StringBuilder();
    write(new Expression.Rule(grammar.root()), 0, text);
    return text.toString();
  }

  private void write(Expression expression, int depth, StringBuilder text) {
    switch (expression) {
      case Expression.Literal(var literal) -> text.append(literal);
      case Expression.OneOf(var characters) -> text.appendCodePoint(character(characters));
      case Expression.Sequence(var parts) -> parts.forEach(part -> write(part, depth, text));
      case Expression.Choice(var alternatives) -> {
        Expression shortest =
            alternatives.stream().min(Comparator.comparingInt(this::height)).orElseThrow();
        Expression any = alternatives.get(random.nextInt(alternatives.size()));
        write(mustEnd(depth, text) ? shortest : any, depth, text);
      }
      case Expression.Repeat(var body, int least, int most) -> {
        int times = times(least, most);
        for (int i = 0; i < times && (i < least || !mustEnd(depth, text)); i++) {
          write(body, depth, text);
        }
      }
      case Expression.Rule(var name) -> write(grammar.rules().get(name), depth + 1, text);
    }
  }

  private static boolean mustEnd(int depth, StringBuilder text) {
    return depth > DEPTH || text.length() > LENGTH;
  }

  private int times(int least, int most) {
    return switch (random.nextInt(4)) {
      case 0 -> least;
      case 1 -> Math.min(most, least + 50);
      default -> random.nextInt(least, Math.min(most, least + 4) + 1);
    };
  }

  private int character(Characters characters) {
    Characters.Range range = characters.ranges().get(random.nextInt(characters.ranges().size()));
    int last = random.nextBoolean() ? range.last() : Math.min(range.last(), range.first() + 90);
    return random.nextInt(range.first(), last + 1);
  }

  /** How deep rules go at least. */
  private int height(Expression expression) {
    int height =
        switch (expression) {
          case Expression.Sequence(var parts) ->
              parts.stream().mapToInt(this::height).max().orElse(0);
          case Expression.Choice(var alternatives) ->
              alternatives.stream().mapToInt(this::height).min().orElseThrow();
          case Expression.Repeat(var body, int least, int most) -> least == 0 ? 0 : height(body);
          case Expression.Rule(var name) -> heights.getOrDefault(name, 1_000_000);
          case Expression.Literal text -> 0;
          case Expression.OneOf set -> 0;
        };
    return Math.min(height, 1_000_000);
  }
}
