package dev.lanewise.model.gguf;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Collects the fields of a GGUF header; what {@link GgufCursor} reads. */
final class GgufEncoder {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  byte[] bytes() {
    return out.toByteArray();
  }

  void u8(int value) {
    out.write(value);
  }

  void u32(int value) {
    out.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
  }

  void u64(long value) {
    out.writeBytes(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
  }

  void string(String value) {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    u64(bytes.length);
    out.writeBytes(bytes);
  }

  /**
   * Type and value of a metadata key, from the Java types of {@link Metadata}. Integers take the
   * smallest of UINT32, INT32 and INT64 that holds them; floating-point numbers are FLOAT32. A
   * {@link MemorySegment} is type and value as they are to be written.
   *
   * @throws IllegalArgumentException if the value is of another Java type
   */
  void value(String key, Object value) {
    switch (value) {
      case String string -> {
        u32(GgufType.STRING);
        string(string);
      }
      case Boolean truth -> {
        u32(GgufType.BOOL);
        u8(truth ? 1 : 0);
      }
      case Double real -> {
        u32(GgufType.FLOAT32);
        u32(Float.floatToRawIntBits(real.floatValue()));
      }
      case Long integer -> integer(integer);
      case int[] integers -> {
        array(GgufType.INT32, integers.length);
        for (int element : integers) {
          u32(element);
        }
      }
      case float[] reals -> {
        array(GgufType.FLOAT32, reals.length);
        for (float element : reals) {
          u32(Float.floatToRawIntBits(element));
        }
      }
      case List<?> list -> list(key, list);
      case MemorySegment encoded -> out.writeBytes(encoded.toArray(ValueLayout.JAVA_BYTE));
      default -> throw unsupported(key, value);
    }
  }

  private void integer(long value) {
    if (value >= 0 && value <= 0xffffffffL) {
      u32(GgufType.UINT32);
      u32((int) value);
    } else if (value == (int) value) {
      u32(GgufType.INT32);
      u32((int) value);
    } else {
      u32(GgufType.INT64);
      u64(value);
    }
  }

  private void list(String key, List<?> list) {
    boolean truths = !list.isEmpty() && list.getFirst() instanceof Boolean;
    array(truths ? GgufType.BOOL : GgufType.STRING, list.size());
    for (Object element : list) {
      if (element instanceof Boolean truth && truths) {
        u8(truth ? 1 : 0);
      } else if (element instanceof String string && !truths) {
        string(string);
      } else {
        throw unsupported(key, element);
      }
    }
  }

  private void array(int elementType, int length) {
    u32(GgufType.ARRAY);
    u32(elementType);
    u64(length);
  }

  private static IllegalArgumentException unsupported(String key, Object value) {
    return new IllegalArgumentException(
        key + ": metadata cannot hold a " + value.getClass().getSimpleName() + " here");
  }
}
