package dev.lanewise.math.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Little-endian reads and writes of the fields of a block, at any alignment. */
final class Bits {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private Bits() {}

  static int unsignedByte(MemorySegment segment, long at) {
    return segment.get(ValueLayout.JAVA_BYTE, at) & 0xff;
  }

  static int signedByte(MemorySegment segment, long at) {
    return segment.get(ValueLayout.JAVA_BYTE, at);
  }

  static float half(MemorySegment segment, long at) {
    return Float.float16ToFloat(segment.get(SHORT, at));
  }

  static int unsignedShort(MemorySegment segment, long at) {
    return segment.get(SHORT, at) & 0xffff;
  }

  static int integer(MemorySegment segment, long at) {
    return segment.get(INT, at);
  }

  static void writeByte(MemorySegment segment, long at, int value) {
    segment.set(ValueLayout.JAVA_BYTE, at, (byte) value);
  }

  static void writeHalf(MemorySegment segment, long at, float value) {
    segment.set(SHORT, at, Float.floatToFloat16(value));
  }

  static void writeShort(MemorySegment segment, long at, int value) {
    segment.set(SHORT, at, (short) value);
  }

  static void writeInteger(MemorySegment segment, long at, int value) {
    segment.set(INT, at, value);
  }

  /** {@code n} bytes: byte j has the lower 4 bits of code j below those of code j + n. */
  static void writeNibbles(MemorySegment segment, long at, int[] codes, int n) {
    for (int j = 0; j < n; j++) {
      writeByte(segment, at + j, (codes[j] & 0xf) | codes[j + n] << 4);
    }
  }
}
