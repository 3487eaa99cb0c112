package dev.lanewise.math.kernel;

import dev.lanewise.math.matrix.Inputs;

/** Working memory of one thread for matrix products. */
public final class ProductScratch {
  /** Inputs of a panel: 64 kB of F32, 32 kB of 16-bit weights, which stay in the nearest caches. */
  public static final int PANEL_DEPTH = 256;

  /** The largest tile has this many rows. */
  public static final int MAX_ROWS = 64;

  /** Inputs of one column whose exact sums are made together, before they are scaled. */
  static final int CHUNK = 256;

  /** Most columns that a kernel computes together. */
  static final int MAX_COLUMNS = Inputs.GROUP;

  private static final int LEAST_SPAN = 16;

  /** Decoded weights of a tile, F32. */
  final float[] panel = new float[PANEL_DEPTH * MAX_ROWS];

  /** Decoded weights of a tile, 16-bit integers, in strips of slots. */
  final short[] shortPanel = new short[PANEL_DEPTH * MAX_ROWS];

  /** Factors of the scales and of the minima of a group of spans. */
  final float[] headScale = new float[MAX_ROWS];

  final float[] headMinimum = new float[MAX_ROWS];

  /** The scales {@code [span][row]} of a span, or of all spans of a panel. */
  final float[] scale = new float[PANEL_DEPTH / LEAST_SPAN * MAX_ROWS];

  /** The minima, with the offset of the codes added: {@code weight = scale value + minimum}. */
  final float[] minimum = new float[PANEL_DEPTH / LEAST_SPAN * MAX_ROWS];

  /** Integer sums that fit 16 bits, {@code [run][column][slot]}. */
  final short[] shortSums = new short[PANEL_DEPTH / LEAST_SPAN * MAX_COLUMNS * MAX_ROWS];

  /** Sums of {@link FourColumnKernel} as they are in its registers, {@code [span]} of them. */
  final short[] rawSums = new short[PANEL_DEPTH / LEAST_SPAN * FourColumnKernel.RAW_SHORTS];

  final int[] rawByteSums = new int[PANEL_DEPTH / Inputs.BLOCK * FourColumnKernel.RAW_INTS];

  /** Weights that {@link FourColumnKernel} has unfolded. */
  final short[] pairs = new short[PANEL_DEPTH * MAX_ROWS];

  /** Exact sums {@code [run][row]} of the runs of up to {@link #CHUNK} inputs. */
  final int[] intSums = new int[CHUNK / Inputs.RUN * MAX_ROWS];

  /** Exact sums of {@link SkippingKernel} for two tiles, as in {@link #shortSums}. */
  final short[][] shortTileSums = new short[2][PANEL_DEPTH / LEAST_SPAN * MAX_ROWS];

  /** As {@link #shortTileSums}, as in {@link #intSums}. */
  final int[][] tileSums = new int[2][intSums.length + 16];

  /** The inputs that {@link SkippingKernel} does not leave out. */
  final ActiveInputs active = new ActiveInputs();

  /** Sums of a tile's rows. */
  final float[] sums = new float[MAX_ROWS];

  /** What a loop that only reads has read. */
  long fetched;

  private float[] partial = new float[0];

  /** Results {@code [tile][row]} of some tiles. */
  public float[] tiles(int rows) {
    if (partial.length < rows) {
      partial = new float[rows];
    }
    return partial;
  }

  /** Results {@code [columns][row]} of a tile that is only partly within the matrix. */
  public float[] partial(int columns) {
    if (partial.length < columns * MAX_ROWS) {
      partial = new float[columns * MAX_ROWS];
    }
    return partial;
  }
}
