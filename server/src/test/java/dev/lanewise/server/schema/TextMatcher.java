package dev.lanewise.server.schema;

import dev.lanewise.engine.grammar.Expression;
import dev.lanewise.engine.grammar.Grammar;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/** Says slowly whether a grammar admits a text: follows every way through it. */
final class TextMatcher {
  private final Grammar grammar;
  private final int[] text;
  private final Map<At, BitSet> known = new HashMap<>();

  /** Whether some expression wanted more at the end of the text. */
  private boolean wantedMore;

  private record At(String rule, int position) {}

  private TextMatcher(Grammar grammar, String text) {
    this.grammar = grammar;
    this.text = text.codePoints().toArray();
  }

  static boolean matches(Grammar grammar, String text) {
    return new TextMatcher(grammar, text).matches();
  }

  /** Whether the text is the beginning of one that the grammar admits, or is one. */
  static boolean mayBegin(Grammar grammar, String text) {
    TextMatcher matcher = new TextMatcher(grammar, text);
    return matcher.matches() || matcher.wantedMore;
  }

  private boolean matches() {
    return ends(new Expression.Rule(grammar.root()), 0).get(text.length);
  }

  /** Where texts of an expression that start at a position may end. */
  private BitSet ends(Expression expression, int from) {
    BitSet ends = new BitSet();
    switch (expression) {
      case Expression.Literal(var literal) -> {
        int[] points = literal.codePoints().toArray();
        int length = Math.min(points.length, text.length - from);
        if (Arrays.equals(text, from, from + length, points, 0, length)) {
          wantedMore |= length < points.length;
          ends.set(from + length, length == points.length);
        }
      }
      case Expression.OneOf(var characters) -> {
        wantedMore |= from == text.length;
        if (from < text.length && characters.contains(text[from])) {
          ends.set(from + 1);
        }
      }
      case Expression.Sequence(var parts) -> {
        BitSet last = new BitSet();
        last.set(from);
        for (Expression part : parts) {
          last = ends(part, last);
        }
        return last;
      }
      case Expression.Choice(var alternatives) ->
          alternatives.forEach(alternative -> ends.or(ends(alternative, from)));
      case Expression.Repeat(var body, int least, int most) -> {
        BitSet last = new BitSet();
        last.set(from);
        for (int times = 0; times <= most && !last.isEmpty(); times++) {
          if (times > 0) {
            last = ends(body, last);
          }
          if (times >= least) {
            last.andNot(ends);
            ends.or(last);
          }
        }
      }
      case Expression.Rule(var name) -> {
        At at = new At(name, from);
        if (!known.containsKey(at)) {
          known.put(at, ends(grammar.rules().get(name), from));
        }
        return known.get(at);
      }
    }
    return ends;
  }

  private BitSet ends(Expression expression, BitSet from) {
    BitSet ends = new BitSet();
    from.stream().forEach(position -> ends.or(ends(expression, position)));
    return ends;
  }
}
