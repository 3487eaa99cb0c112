package dev.lanewise.model.safetensors;

import dev.lanewise.math.format.BlockFormat;
import java.util.Arrays;
import java.util.Optional;

/** The element types of safetensors, by the names that headers have for them. */
enum Dtype {
  BOOL(8),
  U8(8),
  I8(8),
  F8_E5M2(8),
  F8_E4M3(8),
  F8_E8M0(8),
  I16(16),
  U16(16),
  F16(16, BlockFormat.F16),
  BF16(16, BlockFormat.BF16),
  I32(32),
  U32(32),
  F32(32, BlockFormat.F32),
  I64(64),
  U64(64),
  F64(64),
  C64(64),
  F4(4),
  F6_E2M3(6),
  F6_E3M2(6);

  private final int bits;
  private final Optional<BlockFormat> format;

  Dtype(int bits) {
    this.bits = bits;
    this.format = Optional.empty();
  }

  Dtype(int bits, BlockFormat format) {
    this.bits = bits;
    this.format = Optional.of(format);
  }

  static Optional<Dtype> named(String name) {
    return Arrays.stream(values()).filter(dtype -> dtype.name().equals(name)).findFirst();
  }

  /** The format of weights of this type, where they can be computed with. */
  Optional<BlockFormat> format() {
    return format;
  }

  /**
   * The bytes that elements take.
   *
   * @throws ArithmeticException if they fill no whole bytes or the size overflows
   */
  long bytesFor(long elements) {
    long allBits = Math.multiplyExact(elements, (long) bits);
    if (allBits % Byte.SIZE != 0) {
      throw new ArithmeticException(elements + " elements of " + this + " fill no whole bytes");
    }
    return allBits / Byte.SIZE;
  }
}
