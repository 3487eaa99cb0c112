package dev.lanewise.math.kernel;

/** How keys and values are kept. */
public enum KvFormat {
  /** The upper half of an F32, rounded to nearest even. */
  BF16(2),
  /** Full precision. */
  F32(4);

  private final int bytes;

  KvFormat(int bytes) {
    this.bytes = bytes;
  }

  /** Bytes of one element. */
  public int bytes() {
    return bytes;
  }
}
