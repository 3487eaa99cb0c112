package dev.lanewise.engine.grammar;

import java.util.Arrays;

/**
 * Which tokens may come in each state of an {@link Automaton}: a bit for each token, computed once
 * by following the automaton through the {@link TokenTrie}s. For one thread at a time.
 *
 * <p>In a bounded repeat each position is another state, but few of them have a mask of their own:
 *
 * <ul>
 *   <li>Where states differ only in counts that are further from their bounds than the longest
 *       token reaches, they share one mask.
 *   <li>Where they are nearer, but further than {@link Vocabulary#SHORT} bytes, the part of short
 *       tokens, nearly all, is shared; the few long tokens are followed in each state.
 * </ul>
 */
final class TokenMasks {
  private static final int FAR = 0;
  private static final int NEAR = 1;

  private static final long ENOUGH_BYTES = 32 << 20;

  private final Vocabulary vocabulary;
  private final Automaton automaton;

  /** The state behind each byte of a token. */
  private final int[] path;

  private long[][] masks = new long[64][];
  private long[][] shortMasks = new long[64][];
  private int count;

  /**
   * No masks yet.
   *
   * @throws GrammarError if following the program takes more than the limits allow
   */
  TokenMasks(Program program, Vocabulary vocabulary) {
    this.vocabulary = vocabulary;
    this.automaton = new Automaton(program, vocabulary.longest(), Vocabulary.SHORT);
    this.path = new int[vocabulary.longest() + 1];
  }

  Automaton automaton() {
    return automaton;
  }

  /** Whether so much has been kept that it is time to begin anew. */
  boolean isFull() {
    long maskBytes = (long) Long.BYTES * vocabulary.ends().length * count;
    return automaton.keptBytes() + maskBytes >= ENOUGH_BYTES;
  }

  /**
   * The tokens that may come in a state, bit {@code id % 64} of element {@code id / 64} for each;
   * not to be changed.
   *
   * @throws GrammarError if the text can neither go on nor end with these tokens, or following the
   *     grammar takes more than the limits allow
   */
  long[] of(int state) {
    if (state < masks.length && masks[state] != null) {
      return masks[state];
    }
    int far = automaton.clamped(state, FAR);
    masks = withRoomFor(Math.max(state, far), masks);
    if (masks[far] == null) {
      masks[far] = compute(far);
      count++;
    }
    masks[state] = masks[far];
    return masks[state];
  }

  private static long[][] withRoomFor(int state, long[][] masks) {
    return state < masks.length
        ? masks
        : Arrays.copyOf(masks, Math.max(state + 1, 2 * masks.length));
  }

  private long[] compute(int state) {
    int near = automaton.clamped(state, NEAR);
    long[] mask = near == state ? ofShortTokens(state) : sharedOfShortTokens(near).clone();
    walk(vocabulary.longTokens(), state, mask);
    if (automaton.mayEnd(state)) {
      for (int i = 0; i < mask.length; i++) {
        mask[i] |= vocabulary.ends()[i];
      }
    } else if (Arrays.stream(mask).allMatch(bits -> bits == 0)) {
      throw new GrammarError("no token of the model continues the text as the grammar demands");
    }
    return mask;
  }

  private long[] sharedOfShortTokens(int state) {
    shortMasks = withRoomFor(state, shortMasks);
    if (shortMasks[state] == null) {
      shortMasks[state] = ofShortTokens(state);
      count++;
    }
    return shortMasks[state];
  }

  private long[] ofShortTokens(int state) {
    long[] mask = new long[vocabulary.ends().length];
    walk(vocabulary.shortTokens(), state, mask);
    return mask;
  }

  /** Adds the tokens that may come in a state. */
  private void walk(TokenTrie trie, int state, long[] mask) {
    int[] values = trie.value;
    int[] depths = trie.depth;
    int[] firstTokens = trie.firstToken;
    int[] tokens = trie.tokens;
    path[0] = state;
    int node = 0;
    while (node < values.length) {
      int depth = depths[node];
      int next = automaton.next(path[depth], values[node]);
      if (next == Automaton.DEAD) {
        node = trie.behind[node];
        continue;
      }
      path[depth + 1] = next;
      for (int i = firstTokens[node]; i < firstTokens[node + 1]; i++) {
        mask[tokens[i] >> 6] |= 1L << tokens[i];
      }
      node++;
    }
  }
}
