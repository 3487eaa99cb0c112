package dev.lanewise.engine.grammar;

import dev.lanewise.engine.grammar.Characters.Range;
import dev.lanewise.engine.grammar.Program.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;

/** Nodes that match the UTF-8 bytes of the characters of one set, a node for each byte. */
final class Utf8Nodes {
  private static final int NONE = -1;

  private final Characters characters;
  private final ToIntFunction<Program.Node> add;

  /** Nodes that take any so many continuation bytes; the first is the node behind the character. */
  private final List<Integer> any = new ArrayList<>();

  /**
   * Nodes for a set.
   *
   * @param add adds a node to the program and returns its number
   */
  Utf8Nodes(Characters characters, ToIntFunction<Program.Node> add) {
    this.characters = characters;
    this.add = add;
  }

  /** The node that takes the first byte of a character that is followed by {@code next}. */
  int before(int next) {
    any.clear();
    any.add(next);
    Edges edges = new Edges();
    addLeads(edges, 0x00, 0x7f, 0, 0);
    addLeads(edges, 0xc0, 0xdf, 1, 0x80);
    addLeads(edges, 0xe0, 0xef, 2, 0x800);
    addLeads(edges, 0xf0, 0xf4, 3, 0x10000);
    return add.applyAsInt(edges.node());
  }

  /**
   * Adds first bytes.
   *
   * @param continuations bytes that follow
   * @param least the first character that is encoded in so many bytes
   */
  private void addLeads(Edges edges, int first, int last, int continuations, int least) {
    for (int lead = first; lead <= last; lead++) {
      int from = (lead - first) << (6 * continuations);
      edges.add(lead, block(Math.max(from, least), from, continuations));
    }
  }

  /**
   * The node of the last bytes of the characters of a block.
   *
   * @param from the first character that counts
   * @param base the character whose last bytes have only zeros
   * @param continuations how many bytes
   */
  private int block(int from, int base, int continuations) {
    int to = base + (1 << (6 * continuations)) - 1;
    if (to < from) {
      return NONE;
    }
    Range range = firstUpTo(from);
    if (range == null || range.first() > to) {
      return NONE;
    }
    if (from == base && range.first() <= from && range.last() >= to) {
      return any(continuations);
    }
    Edges edges = new Edges();
    int size = 1 << (6 * (continuations - 1));
    for (int i = 0; i < 64; i++) {
      int part = base + i * size;
      edges.add(0x80 + i, block(Math.max(from, part), part, continuations - 1));
    }
    return edges.isEmpty() ? NONE : add.applyAsInt(edges.node());
  }

  /** The first range that ends at a character or behind it; null if there is none. */
  private Range firstUpTo(int character) {
    List<Range> ranges = characters.ranges();
    int low = 0;
    int high = ranges.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (ranges.get(middle).last() < character) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low < ranges.size() ? ranges.get(low) : null;
  }

  private int any(int continuations) {
    while (any.size() <= continuations) {
      any.add(
          add.applyAsInt(new Bytes(new int[] {0x80}, new int[] {0xbf}, new int[] {any.getLast()})));
    }
    return any.get(continuations);
  }

  /** Ranges of bytes in rising order, each with the node behind it. */
  private static final class Edges {
    private final List<int[]> ranges = new ArrayList<>();

    void add(int value, int next) {
      if (next == NONE) {
        return;
      }
      int[] before = ranges.isEmpty() ? null : ranges.getLast();
      if (before != null && before[1] == value - 1 && before[2] == next) {
        before[1] = value;
      } else {
        ranges.add(new int[] {value, value, next});
      }
    }

    boolean isEmpty() {
      return ranges.isEmpty();
    }

    Bytes node() {
      return new Bytes(column(0), column(1), column(2));
    }

    private int[] column(int index) {
      return ranges.stream().mapToInt(range -> range[index]).toArray();
    }
  }
}
