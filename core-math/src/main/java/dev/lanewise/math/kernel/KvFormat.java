package dev.lanewise.math.kernel;

/** How keys and values are kept. */
public enum KvFormat {
  /** The upper half of an F32, rounded to nearest even. */
  BF16(2),
  /** One byte, with an F32 scale for each key and each value of a head. */
  INT8(1),
  /** Full precision. */
  F32(4);

  private final int bytes;

  KvFormat(int bytes) {
    this.bytes = bytes;
  }

  /** Bytes of one element. */
  int bytes() {
    return bytes;
  }
}
