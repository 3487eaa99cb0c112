package dev.lanewise.math.kernel;

import static dev.lanewise.math.kernel.Lanes.INT;
import static dev.lanewise.math.kernel.Lanes.ORDER;

import dev.lanewise.math.matrix.Matrix;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.IntVector;

/**
 * Reads a piece of a tile into the second cache, before a kernel for some columns computes with it.
 * Such a kernel computes for longer than the memory takes, so it does not keep the prefetcher
 * going, and waits for the memory at each start; a loop that does nothing but read goes at the full
 * rate.
 */
final class ReadAhead {
  /** Inputs of a piece: up to 110 kB of weights. */
  static final int PIECE = 2048;

  private static final int CACHE_LINE = 64;

  private ReadAhead() {}

  /** Reads the weights of inputs {@code k} to {@code endK - 1} of a tile. */
  static void read(Matrix w, int tile, int k, int endK, ProductScratch scratch) {
    long from = w.group(tile, k);
    scratch.fetched = sum(w.tiles(), from, w.group(tile, endK) - from);
  }

  /** The result is of no use but to keep the reads. */
  private static long sum(MemorySegment tiles, long from, long bytes) {
    IntVector sum0 = IntVector.zero(INT);
    IntVector sum1 = sum0;
    int lines = (int) (bytes / CACHE_LINE);
    for (int i = 0; i < lines; i++) {
      long at = from + (long) CACHE_LINE * i;
      sum0 = sum0.add(IntVector.fromMemorySegment(INT, tiles, at, ORDER));
      sum1 = sum1.add(IntVector.fromMemorySegment(INT, tiles, at + CACHE_LINE / 2, ORDER));
    }
    return sum0.add(sum1).lane(0);
  }
}
