package dev.lanewise.math.matrix;

/** Input columns of matrix products, in F32 and rounded to 8 bits. */
public final class Inputs {
  private final float[] floats;
  private final int stride;
  private final Int8Vector[] rounded;

  /** Room for columns of up to {@code maxLength} elements. */
  public Inputs(int maxColumns, int maxLength) {
    stride = (maxLength + Int8Vector.BLOCK - 1) / Int8Vector.BLOCK * Int8Vector.BLOCK;
    floats = new float[maxColumns * stride];
    rounded = new Int8Vector[maxColumns];
    rounded[0] = new Int8Vector(stride);
  }

  /** The columns, {@code [columns, stride]}. */
  public float[] floats() {
    return floats;
  }

  /** From one column to the next. */
  public int stride() {
    return stride;
  }

  /** Makes the 8-bit form of some blocks of a column of {@code length} elements. */
  public void round(int column, int fromBlock, int endBlock, int length) {
    synchronized (rounded) {
      if (rounded[column] == null) {
        rounded[column] = new Int8Vector(stride);
      }
    }
    rounded[column].quantize(floats, column * stride, length, fromBlock, endBlock);
  }

  /** A column. */
  public Int8Vector column(int column) {
    return rounded[column];
  }
}
