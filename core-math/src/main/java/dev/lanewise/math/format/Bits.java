package dev.lanewise.math.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Little-endian reads of the fields of a block, at any alignment. */
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
}
