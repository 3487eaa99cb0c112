package dev.lanewise.engine.grammar;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;

/**
 * The meaning of grammars, straight from the expressions and slow: from a place in a text to all
 * places that an expression may lead to. Texts are bytes, perhaps with a part of a character at
 * their end.
 */
final class SlowMatcher {
  private final Grammar grammar;
  private byte[] text;

  /** Whether some expression wanted more at the end of the text. */
  private boolean wantedMore;

  SlowMatcher(Grammar grammar) {
    this.grammar = grammar;
  }

  boolean matches(String whole) {
    return matches(whole.getBytes(StandardCharsets.UTF_8));
  }

  /** Whether the whole text follows the grammar. */
  boolean matches(byte[] whole) {
    return ends(whole).get(whole.length);
  }

  /** Whether the text is the beginning of one that follows the grammar, or is one. */
  boolean mayBegin(byte[] beginning) {
    return ends(beginning).get(beginning.length) || wantedMore;
  }

  /** Whether the text is the beginning of a longer one that follows the grammar. */
  boolean mayGoOn(byte[] beginning) {
    ends(beginning);
    return wantedMore;
  }

  private BitSet ends(byte[] bytes) {
    text = bytes;
    wantedMore = false;
    return ends(new Expression.Rule(grammar.root()), 0);
  }

  private BitSet ends(Expression expression, int from) {
    return switch (expression) {
      case Expression.Literal(var literal) ->
          literal(literal.getBytes(StandardCharsets.UTF_8), from);
      case Expression.OneOf(var characters) -> character(characters, from);
      case Expression.Sequence(var parts) -> {
        BitSet at = only(from);
        for (Expression part : parts) {
          at = ends(part, at);
        }
        yield at;
      }
      case Expression.Choice(var alternatives) -> {
        BitSet all = new BitSet();
        alternatives.forEach(one -> all.or(ends(one, from)));
        yield all;
      }
      case Expression.Repeat(var body, int least, int most) -> repeat(body, least, most, from);
      case Expression.Rule(var name) -> ends(grammar.rules().get(name), from);
    };
  }

  private BitSet ends(Expression expression, BitSet from) {
    BitSet all = new BitSet();
    from.stream().forEach(place -> all.or(ends(expression, place)));
    return all;
  }

  private BitSet repeat(Expression body, int least, int most, int from) {
    BitSet all = new BitSet();
    BitSet at = only(from);
    for (int times = 0; times <= most; times++) {
      BitSet before = (BitSet) all.clone();
      if (times >= least) {
        all.or(at);
      }
      BitSet next = times == most ? new BitSet() : ends(body, at);
      if (next.isEmpty()
          || (times >= least && all.equals(before))
          || (times < least && next.equals(at))) {
        if (times < least && next.equals(at)) {
          all.or(at); // more of the same until there are enough
        }
        return all;
      }
      at = next;
    }
    return all;
  }

  private BitSet literal(byte[] literal, int from) {
    for (int i = 0; i < literal.length; i++) {
      if (from + i == text.length) {
        wantedMore = true;
        return new BitSet();
      }
      if (text[from + i] != literal[i]) {
        return new BitSet();
      }
    }
    return only(from + literal.length);
  }

  private BitSet character(Characters characters, int from) {
    int length = from < text.length ? lengthByLead(text[from]) : 1;
    if (from + length <= text.length) {
      byte[] bytes = Arrays.copyOfRange(text, from, from + length);
      String character = new String(bytes, StandardCharsets.UTF_8);
      boolean wellFormed = Arrays.equals(character.getBytes(StandardCharsets.UTF_8), bytes);
      return wellFormed && characters.contains(character.codePointAt(0))
          ? only(from + length)
          : new BitSet();
    }
    byte[] begun = Arrays.copyOfRange(text, from, text.length);
    wantedMore |= begun.length == 0 || hasCharacterThatBegins(characters, begun);
    return new BitSet();
  }

  private static boolean hasCharacterThatBegins(Characters characters, byte[] begun) {
    if ((begun[0] & 0xff) > 0xf4) {
      return false;
    }
    int missing = lengthByLead(begun[0]) - begun.length;
    int first = begun[0] & (0x3f >> (begun.length + missing - 1));
    for (int i = 1; i < begun.length; i++) {
      if ((begun[i] & 0xc0) != 0x80) {
        return false;
      }
      first = first << 6 | begun[i] & 0x3f;
    }
    first <<= 6 * missing;
    int last = first + (1 << 6 * missing) - 1;
    int least = begun.length + missing == 2 ? 0x80 : begun.length + missing == 3 ? 0x800 : 0x10000;
    int from = Math.max(first, least);
    return characters.ranges().stream()
        .anyMatch(range -> Math.max(from, range.first()) <= Math.min(last, range.last()));
  }

  private static int lengthByLead(byte lead) {
    int value = lead & 0xff;
    return value < 0xc0 ? 1 : value < 0xe0 ? 2 : value < 0xf0 ? 3 : 4;
  }

  private static BitSet only(int place) {
    BitSet set = new BitSet();
    set.set(place);
    return set;
  }
}
