package dev.lanewise.model.tokenizer;

import java.util.Arrays;

/**
 * Finds the pieces that a text starts with: a trie of their characters, whose edges are in one
 * open-addressing table.
 */
final class PieceTrie {
  static final int ROOT = 0;
  private static final int NONE = -1;
  private static final long EMPTY = -1;

  /** A node and a character, to the node they lead to. */
  private long[] edges = new long[1 << 10];

  private int[] targets = new int[1 << 10];
  private int[] ids = new int[1 << 9];
  private int nodes = 1;

  /** A trie without pieces. */
  PieceTrie() {
    Arrays.fill(edges, EMPTY);
    Arrays.fill(ids, NONE);
  }

  /** Adds a piece, unless it is there already. */
  void add(CharSequence piece, int id) {
    int node = ROOT;
    for (int i = 0; i < piece.length(); i++) {
      int next = next(node, piece.charAt(i));
      node = next == NONE ? addNode(node, piece.charAt(i)) : next;
    }
    if (ids[node] == NONE) {
      ids[node] = id;
    }
  }

  private int addNode(int node, char character) {
    if (2 * nodes == edges.length) {
      grow();
    }
    int slot = slotOf(edges, edge(node, character));
    edges[slot] = edge(node, character);
    targets[slot] = nodes;
    return nodes++;
  }

  private void grow() {
    int capacity = 2 * edges.length;
    long[] largerEdges = new long[capacity];
    int[] largerTargets = new int[capacity];
    Arrays.fill(largerEdges, EMPTY);
    for (int i = 0; i < edges.length; i++) {
      if (edges[i] != EMPTY) {
        int slot = slotOf(largerEdges, edges[i]);
        largerEdges[slot] = edges[i];
        largerTargets[slot] = targets[i];
      }
    }
    edges = largerEdges;
    targets = largerTargets;
    ids = Arrays.copyOf(ids, capacity / 2);
    Arrays.fill(ids, nodes, ids.length, NONE);
  }

  private static long edge(int node, char character) {
    return (long) node << Character.SIZE | character;
  }

  private static int slotOf(long[] edges, long edge) {
    // Fibonacci hashing: the high half of the product depends on every bit.
    int slot = (int) ((edge * 0x9E3779B97F4A7C15L) >>> 32) & (edges.length - 1);
    while (edges[slot] != edge && edges[slot] != EMPTY) {
      slot = (slot + 1) & (edges.length - 1);
    }
    return slot;
  }

  /** The node that a character leads to; negative if no piece goes on with it. */
  int next(int node, char character) {
    int slot = slotOf(edges, edge(node, character));
    return edges[slot] == EMPTY ? NONE : targets[slot];
  }

  /** The piece that ends at a node; negative if none does. */
  int id(int node) {
    return ids[node];
  }
}
