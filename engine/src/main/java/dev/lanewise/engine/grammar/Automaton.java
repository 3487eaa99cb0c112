package dev.lanewise.engine.grammar;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * A pushdown automaton over the bytes of UTF-8 that is made deterministic as it is used.
 *
 * <p>A configuration is a node of the {@link Program} and a stack of where to go on ({@link
 * Stacks}). A state is the set of all configurations that the text so far may have led to, those
 * only that take a byte next or are the end of the whole text. Equal states are one number, and
 * which state follows a state and a byte is computed once.
 *
 * <p>Bounded repeats keep a count in their frame, and are not unrolled. Rules that are called at
 * the end of another push no frame, so that lists written by recursion do not fill the stack.
 *
 * <p>Grammars may come from anybody, so everything is limited: configurations in a state, memory,
 * and the work between two calls of {@link #renewBudget}. For one thread at a time.
 */
final class Automaton {
  /** The state that no text leads out of. */
  static final int DEAD = 1;

  private static final int UNKNOWN = 0;
  private static final int MOST_CONFIGURATIONS = 20_000;

  /** Steps from configuration to configuration; about a quarter of a second. */
  private static final int BUDGET = 5_000_000;

  private static final long MOST_BYTES = 64 << 20;

  /** What a stack, a state without configurations and the transitions of a state take, about. */
  private static final int STACK_BYTES = 150;

  private static final int STATE_BYTES = 150;
  private static final int TRANSITION_BYTES = 256 * Integer.BYTES;

  private record Key(long[] configurations) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Key(var others) && Arrays.equals(configurations, others);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(configurations);
    }
  }

  private final Program program;
  private final Stacks stacks;
  private final ConfigurationSet reached = new ConfigurationSet();
  private final Map<Key, Integer> numbers = new HashMap<>();
  private final int start;
  private long[][] configurations = new long[64][];

  /** The state behind each state and byte, {@link #UNKNOWN} if not computed yet. */
  private int[][] transitions = new int[64][];

  private int size = 1;
  private long stateBytes;
  private int budget = BUDGET;

  /**
   * An automaton in which only the start is computed yet.
   *
   * @param horizons for {@link #clamped}
   * @throws GrammarError if that takes more than the limits allow
   */
  Automaton(Program program, int... horizons) {
    this.program = program;
    this.stacks = new Stacks(program, horizons);
    intern(new long[0], 0); // DEAD
    reached.add(program.startOf(0), Stacks.EMPTY);
    this.start = follow();
  }

  /** About what all that is kept takes; it only grows. */
  long keptBytes() {
    return stateBytes + (long) STACK_BYTES * stacks.size();
  }

  /** Allows a full share of work again. */
  void renewBudget() {
    budget = BUDGET;
  }

  /** The state before any text. */
  int start() {
    return start;
  }

  /**
   * The state behind a byte, from 0 to 255; {@link #DEAD} if it is not allowed.
   *
   * @throws GrammarError if that takes more than the limits allow
   */
  int next(int state, int value) {
    int[] known = transitions[state];
    int next = known == null ? UNKNOWN : known[value];
    return next == UNKNOWN ? compute(state, value) : next;
  }

  /** Whether the text may end here. */
  boolean mayEnd(int state) {
    long[] all = configurations[state];
    return all.length > 0 && all[0] == ConfigurationSet.of(Program.END, Stacks.EMPTY);
  }

  /** Whether nothing may follow. */
  boolean mustEnd(int state) {
    return mayEnd(state) && configurations[state].length == 1;
  }

  /**
   * A state in which the same bytes are allowed, as many as a horizon says; what may follow them
   * can differ. States that differ only in counts far from their bounds have it in common.
   *
   * @param horizon an index of the horizons
   */
  int clamped(int state, int horizon) {
    long[] all = configurations[state].clone();
    for (int i = 0; i < all.length; i++) {
      int stack = stacks.clamped(horizon, ConfigurationSet.stack(all[i]));
      all[i] = ConfigurationSet.of(ConfigurationSet.node(all[i]), stack);
    }
    return intern(all, all.length);
  }

  /** The same state as one of another automaton of the same program. */
  int adopt(Automaton other, int state) {
    long[] all = other.configurations[state].clone();
    int[] adopted = new int[other.stacks.size()];
    for (int i = 0; i < all.length; i++) {
      int stack = stacks.adopt(other.stacks, ConfigurationSet.stack(all[i]), adopted);
      all[i] = ConfigurationSet.of(ConfigurationSet.node(all[i]), stack);
    }
    return intern(all, all.length);
  }

  private int compute(int state, int value) {
    reached.clear();
    long[] all = configurations[state];
    spend(all.length);
    for (long configuration : all) {
      if (program.node(ConfigurationSet.node(configuration)) instanceof Program.Bytes bytes) {
        int next = bytes.after(value);
        if (next >= 0) {
          reached.add(next, ConfigurationSet.stack(configuration));
        }
      }
    }
    int next = follow();
    if (transitions[state] == null) {
      transitions[state] = new int[256];
      stateBytes += TRANSITION_BYTES;
    }
    transitions[state][value] = next;
    return next;
  }

  /** The state of all configurations that are reached without taking a byte. */
  private int follow() {
    for (int i = 0; i < reached.size(); i++) {
      if (reached.size() > MOST_CONFIGURATIONS) {
        throw new GrammarError(
            "the grammar leaves too many possibilities open at once: make it less ambiguous");
      }
      spend(1);
      follow(ConfigurationSet.node(reached.get(i)), ConfigurationSet.stack(reached.get(i)));
    }
    long[] all = new long[reached.size()];
    int count = 0;
    for (int i = 0; i < reached.size(); i++) {
      int node = ConfigurationSet.node(reached.get(i));
      int stack = ConfigurationSet.stack(reached.get(i));
      if (program.node(node) instanceof Program.Bytes
          || (node == Program.END && stack == Stacks.EMPTY)) {
        all[count++] = ConfigurationSet.of(node, stacks.settled(stack));
      }
    }
    return intern(all, count);
  }

  private void follow(int node, int stack) {
    switch (program.node(node)) {
      case Program.Bytes bytes -> {}
      case Program.Split(int[] next) -> {
        spend(next.length);
        for (int one : next) {
          reached.add(one, stack);
        }
      }
      case Program.Call(int rule, int next) ->
          reached.add(
              program.startOf(rule), next == Program.END ? stack : stacks.push(next, stack));
      case Program.Repeat repeat -> {
        if (repeat.least() == 0) {
          reached.add(repeat.next(), stack);
        }
        reached.add(repeat.body(), stacks.push(node, 0, stack, repeat.nullable()));
      }
      case Program.End end -> {
        if (stack != Stacks.EMPTY) {
          goOn(stack);
        }
      }
    }
  }

  /** Goes on at the top frame of a stack. */
  private void goOn(int stack) {
    int node = stacks.node(stack);
    int below = stacks.below(stack);
    if (!(program.node(node) instanceof Program.Repeat repeat)) {
      reached.add(node, below);
      return;
    }
    if (stacks.isFresh(stack)) {
      return; // an empty body leads nowhere that is not reached without it
    }
    int times = stacks.count(stack) + 1;
    if (times >= repeat.least()) {
      reached.add(repeat.next(), below);
    }
    if (repeat.most() == Expression.Repeat.UNBOUNDED) {
      int enough = Math.min(times, repeat.least() - 1);
      reached.add(repeat.body(), stacks.push(node, enough, below, repeat.nullable()));
    } else if (times < repeat.most()) {
      reached.add(repeat.body(), stacks.push(node, times, below, repeat.nullable()));
    }
  }

  private void spend(int steps) {
    budget -= steps;
    if (budget < 0) {
      throw new GrammarError(
          "the grammar takes too much work to follow: make it smaller or less ambiguous");
    }
    if (keptBytes() > MOST_BYTES) {
      throw new GrammarError("the grammar has too many states: make it smaller or less ambiguous");
    }
  }

  /** The number of the state that has these configurations, which are sorted in place. */
  private int intern(long[] all, int count) {
    Arrays.sort(all, 0, count);
    int distinct = 0;
    for (int i = 0; i < count; i++) {
      if (distinct == 0 || all[i] != all[distinct - 1]) {
        all[distinct++] = all[i];
      }
    }
    Key key = new Key(Arrays.copyOf(all, distinct));
    Integer known = numbers.get(key);
    if (known != null) {
      return known;
    }
    if (size == configurations.length) {
      configurations = Arrays.copyOf(configurations, 2 * size);
      transitions = Arrays.copyOf(transitions, 2 * size);
    }
    stateBytes += STATE_BYTES + (long) Long.BYTES * distinct;
    configurations[size] = key.configurations;
    numbers.put(key, size);
    return size++;
  }
}
