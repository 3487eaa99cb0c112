package dev.lanewise.engine.grammar;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * The bytes of tokens as a tree with a byte on each edge, for following an automaton through all of
 * them. Tokens that begin alike share the way, and where the automaton stops, all behind it is
 * skipped.
 *
 * <p>Nodes are in depth-first order, the root left out. Immutable; the fields are read in place
 * since a walk passes half a million of them.
 */
final class TokenTrie {
  /** The byte that leads to each node, from 0 to 255. */
  final int[] value;

  /** How many bytes are before that. */
  final int[] depth;

  /** The first node that is not below each node. */
  final int[] behind;

  /**
   * Where the tokens that end at each node begin in {@link #tokens}; they end where those of the
   * next node begin.
   */
  final int[] firstToken;

  final int[] tokens;

  /** A token and its bytes, one at least. */
  record Token(int id, byte[] bytes) {}

  TokenTrie(List<Token> all) {
    Token[] sorted = all.toArray(new Token[0]);
    Arrays.sort(sorted, Comparator.comparing(Token::bytes, Arrays::compareUnsigned));
    int count = countNodes(sorted);
    value = new int[count];
    depth = new int[count];
    behind = new int[count];
    firstToken = new int[count + 1];
    tokens = new int[sorted.length];
    fill(sorted);
    setBehind();
  }

  private static int countNodes(Token[] sorted) {
    int count = 0;
    byte[] before = {};
    for (Token token : sorted) {
      count += token.bytes.length - shared(before, token.bytes);
      before = token.bytes;
    }
    return count;
  }

  /** How many bytes two tokens begin with alike. */
  private static int shared(byte[] a, byte[] b) {
    int mismatch = Arrays.mismatch(a, b);
    return mismatch < 0 ? a.length : mismatch;
  }

  private void fill(Token[] sorted) {
    int node = 0;
    byte[] before = {};
    for (int i = 0; i < sorted.length; i++) {
      byte[] bytes = sorted[i].bytes;
      for (int at = shared(before, bytes); at < bytes.length; at++) {
        value[node] = bytes[at] & 0xff;
        depth[node] = at;
        firstToken[node] = i;
        node++;
      }
      tokens[i] = sorted[i].id;
      before = bytes;
    }
    firstToken[node] = sorted.length;
  }

  private void setBehind() {
    int[] open = new int[Arrays.stream(depth).max().orElse(0) + 1];
    int opened = 0;
    for (int node = 0; node < depth.length; node++) {
      while (opened > depth[node]) {
        behind[open[--opened]] = node;
      }
      open[opened++] = node;
    }
    while (opened > 0) {
      behind[open[--opened]] = depth.length;
    }
  }
}
