package dev.lanewise.engine.grammar;

import java.util.Arrays;

/**
 * Configurations in the order in which they were added, each once. A configuration is a node and a
 * stack, in the upper and lower half of a long.
 */
final class ConfigurationSet {
  private long[] configurations = new long[32];
  private int size;

  /** Open addressing: which configuration is in a slot, if the slot was filled since clearing. */
  private int[] slots = new int[64];

  private int[] filled = new int[64];
  private int clearings = 1;

  static long of(int node, int stack) {
    return ((long) node << 32) | stack;
  }

  static int node(long configuration) {
    return (int) (configuration >>> 32);
  }

  static int stack(long configuration) {
    return (int) configuration;
  }

  void clear() {
    size = 0;
    clearings++;
  }

  int size() {
    return size;
  }

  long get(int index) {
    return configurations[index];
  }

  void add(int node, int stack) {
    long configuration = of(node, stack);
    int slot = slot(configuration);
    while (filled[slot] == clearings) {
      if (configurations[slots[slot]] == configuration) {
        return;
      }
      slot = (slot + 1) & (slots.length - 1);
    }
    if (size == configurations.length) {
      grow();
      add(node, stack);
      return;
    }
    slots[slot] = size;
    filled[slot] = clearings;
    configurations[size++] = configuration;
  }

  private int slot(long configuration) {
    return (int) ((configuration * 0x9e3779b97f4a7c15L) >>> 40) & (slots.length - 1);
  }

  /** Doubles the room, and fills the slots anew. */
  private void grow() {
    configurations = Arrays.copyOf(configurations, 2 * size);
    slots = new int[4 * size];
    filled = new int[4 * size];
    clearings = 1;
    for (int i = 0; i < size; i++) {
      int slot = slot(configurations[i]);
      while (filled[slot] == clearings) {
        slot = (slot + 1) & (slots.length - 1);
      }
      slots[slot] = i;
      filled[slot] = clearings;
    }
  }
}
