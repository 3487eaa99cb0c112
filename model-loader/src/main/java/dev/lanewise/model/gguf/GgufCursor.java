package dev.lanewise.model.gguf;

import dev.lanewise.model.ModelFormatException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the fields of a GGUF header one after the other. Every length is compared with the bytes
 * that are left before anything of that length is allocated.
 */
final class GgufCursor {
  /** The longest string or array the format's own library accepts. */
  private static final long MAX_LENGTH = 1L << 30;

  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Path file;
  private final MemorySegment bytes;
  private long position;

  GgufCursor(Path file, MemorySegment bytes) {
    this.file = file;
    this.bytes = bytes;
  }

  long position() {
    return position;
  }

  long remaining() {
    return bytes.byteSize() - position;
  }

  ModelFormatException error(long offset, String field, String problem) {
    return new ModelFormatException(file, offset, field, problem);
  }

  int u32(String field) {
    return bytes.get(INT, take(4, field));
  }

  long i64(String field) {
    return bytes.get(LONG, take(8, field));
  }

  private long take(long length, String field) {
    if (length > remaining()) {
      throw error(
          position,
          field,
          "the file ends here: %d bytes needed, %d left".formatted(length, remaining()));
    }
    long at = position;
    position += length;
    return at;
  }

  /** A count of things of which each takes at least {@code least} bytes of the rest of the file. */
  long count(long least, String field) {
    long at = position;
    long count = i64(field);
    if (count < 0 || count > remaining() / least) {
      throw error(
          at,
          field,
          "%s is absurd: only %d bytes follow"
              .formatted(Long.toUnsignedString(count), remaining()));
    }
    return count;
  }

  String string(String field) {
    long at = position;
    long length = i64(field + " (length)");
    if (length < 0 || length > MAX_LENGTH || length > remaining()) {
      throw error(
          at,
          field,
          "a string of %s bytes, but %d are left"
              .formatted(Long.toUnsignedString(length), remaining()));
    }
    long start = take(length, field);
    ByteBuffer buffer = bytes.asSlice(start, length).asByteBuffer();
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(buffer).toString();
    } catch (CharacterCodingException invalid) {
      throw error(start, field, "not valid UTF-8");
    }
  }

  /** The value of a metadata key, as {@link Metadata} holds it. */
  Object value(String key) {
    long at = position;
    int type = u32(key + " (type)");
    if (type == GgufType.ARRAY) {
      return array(key);
    }
    if (GgufType.bytesOf(type) == 0) {
      throw error(at, key, "unknown value type " + type);
    }
    return scalar(type, key);
  }

  private Object scalar(int type, String key) {
    return switch (type) {
      case GgufType.STRING -> string(key);
      case GgufType.FLOAT32 -> (double) Float.intBitsToFloat(u32(key));
      case GgufType.FLOAT64 -> Double.longBitsToDouble(i64(key));
      case GgufType.BOOL -> bytes.get(ValueLayout.JAVA_BYTE, take(1, key)) != 0;
      default -> integer(type, key);
    };
  }

  private long integer(int type, String key) {
    long at = take(GgufType.bytesOf(type), key);
    return switch (type) {
      case GgufType.UINT8 -> bytes.get(ValueLayout.JAVA_BYTE, at) & 0xff;
      case GgufType.INT8 -> bytes.get(ValueLayout.JAVA_BYTE, at);
      case GgufType.UINT16 -> bytes.get(SHORT, at) & 0xffff;
      case GgufType.INT16 -> bytes.get(SHORT, at);
      case GgufType.UINT32 -> bytes.get(INT, at) & 0xffffffffL;
      case GgufType.INT32 -> bytes.get(INT, at);
      default -> bytes.get(LONG, at);
    };
  }

  private Object array(String key) {
    long at = position;
    int type = u32(key + " (element type)");
    int least = GgufType.bytesOf(type);
    if (least == 0) {
      throw error(at, key, "arrays of value type " + type + " are not supported");
    }
    long length = count(least, key + " (array length)");
    if (length > MAX_LENGTH) {
      throw error(at, key, "an array of " + length + " elements");
    }
    int n = (int) length;
    switch (type) {
      case GgufType.STRING, GgufType.BOOL -> {
        List<Object> values = new ArrayList<>(n);
        for (int i = 0; i < n; i++) {
          values.add(scalar(type, key));
        }
        return values;
      }
      case GgufType.FLOAT32, GgufType.FLOAT64 -> {
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
          values[i] = (float) (double) (Double) scalar(type, key);
        }
        return values;
      }
      default -> {
        int[] values = new int[n];
        for (int i = 0; i < n; i++) {
          long value = integer(type, key);
          if (value != (int) value) {
            throw error(position, key, "element " + i + ", " + value + ", is out of range");
          }
          values[i] = (int) value;
        }
        return values;
      }
    }
  }
}
