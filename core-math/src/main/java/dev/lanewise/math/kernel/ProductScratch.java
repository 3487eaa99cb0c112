package dev.lanewise.math.kernel;

/** Working memory of one thread for matrix products. */
public final class ProductScratch {
  /** Inputs of a panel: with 32 rows of F32 half of a 64 kB slice of the L2 cache. */
  public static final int PANEL_DEPTH = 512;

  /** The largest tile or panel has this many rows. */
  static final int MAX_ROWS = 64;

  /** Decoded weights {@code [depth][panelRows]}. */
  public final float[] panel = new float[PANEL_DEPTH * MAX_ROWS];

  /**
   * Results of a panel that is only partly within the matrix, {@code [columns][panelRows]}; grown
   * when needed.
   */
  private float[] partial = new float[0];

  /** Sums of a tile's rows. */
  final float[] sums = new float[MAX_ROWS];

  /** Integer sums of a tile's rows over one block. */
  final int[] blockSums = new int[MAX_ROWS];

  /** The same while they fit 16 bits. */
  final short[] shortSums = new short[MAX_ROWS];

  /** A decoded stretch of one row. */
  final float[] row = new float[PANEL_DEPTH];

  /** Room for {@code floats} results. */
  public float[] partial(int floats) {
    if (partial.length < floats) {
      partial = new float[floats];
    }
    return partial;
  }
}
