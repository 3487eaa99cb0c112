package dev.lanewise.math.matrix;

/**
 * How the scales of a tile stand beside its units. A span is a run of inputs that share a scale;
 * its scales follow its units, so that a tile is read as one forward stream, which prefetchers
 * follow. A group of spans may share further factors, which stand in front of it.
 *
 * <p>"In lanes" means one 16-bit field for each slot (see {@link Units}), "in bytes" one byte for
 * each row: byte c of 32-bit lane i of vector h is row {@code 4 F h + F c + i}, with F 32-bit
 * lanes.
 */
public enum Scales {
  /** None: the units are floating-point numbers. */
  NONE(1, 1, 0, 0),
  /** F16 in lanes. */
  F16(32, 32, 0, 2),
  /** F16 in lanes, then F16 minima in lanes: weight = code scale + minimum. */
  F16_MINIMA(32, 32, 0, 4),
  /**
   * Q4_K's and Q5_K's: in front of 256 inputs the factors d, then dMin, F16 in lanes; for each span
   * a lane of two bytes, sc and m: weight = code d sc - dMin m.
   */
  SUPER_MINIMA(256, 32, 4, 2),
  /** Q6_K's: in front of 256 inputs the factor d, F16 in lanes; for each span a signed byte sc. */
  SUPER_SIGNED(256, 16, 2, 1),
  /** E8M0 in bytes: a power of two. */
  E8M0(32, 32, 0, 1),
  /** E4M3 in bytes, times one factor for the matrix. */
  E4M3(16, 16, 0, 1);

  private final int group;
  private final int span;
  private final int headBytes;
  private final int spanBytes;

  Scales(int group, int span, int headBytes, int spanBytes) {
    this.group = group;
    this.span = span;
    this.headBytes = headBytes;
    this.spanBytes = spanBytes;
  }

  /** Inputs of a group. */
  public int group() {
    return group;
  }

  /** Inputs of a span. */
  public int span() {
    return span;
  }

  /** Bytes for each row in front of a group. */
  public int headBytes() {
    return headBytes;
  }

  /** Bytes for each row behind a span. */
  public int spanBytes() {
    return spanBytes;
  }

  /** Whether a minimum is added to a weight. */
  public boolean minima() {
    return this == F16_MINIMA || this == SUPER_MINIMA;
  }
}
