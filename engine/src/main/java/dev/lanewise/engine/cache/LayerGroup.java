package dev.lanewise.engine.cache;

import dev.lanewise.math.kernel.KvLayout;

/**
 * Layers that need keys and values of the same positions, in pages of {@link KvLayout#POSITIONS}
 * positions.
 *
 * @param window how many positions they attend to, the own one among them; {@link #ALL} for all
 * @param blocks that a page takes
 */
record LayerGroup(int window, int blocks) {
  private static final int POSITIONS = KvLayout.POSITIONS;

  /** The window of layers that have none. */
  static final int ALL = Integer.MAX_VALUE;

  /** The first page that the positions from {@code position} on attend to. */
  int firstPage(int position) {
    return Math.max(0, position - window + 1) / POSITIONS;
  }

  /**
   * Past the last page that a sequence of {@code length} positions holds while it goes on to {@code
   * positions}: those of its window and of the longest stretch that is added, wherever in a page
   * they begin.
   */
  int endPage(int length, int positions) {
    long most = ((long) window - 1 + KvCache.CHUNK + 2 * (POSITIONS - 1)) / POSITIONS;
    return (int) Math.min(KvCache.pagesFor(positions), firstPage(length) + most);
  }
}
