package dev.lanewise.model.safetensors;

import dev.lanewise.model.ModelFormatException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;

/**
 * A stored tensor with the file that it is in.
 *
 * @param part index of the file
 */
record StoredPart(StoredTensor stored, Path file, int part) {
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /**
   * A dimension, counted from 0.
   *
   * @throws ModelFormatException if there are not as many dimensions, or no elements
   */
  long dim(int index, int dims) {
    if (stored.shape().size() != dims || stored.bytes() == 0) {
      throw error("has the shape %s, not one of %d dimensions".formatted(stored.shape(), dims));
    }
    return stored.shape().get(index);
  }

  /** Checks the type. */
  void is(Dtype dtype) {
    if (stored.dtype() != dtype) {
      throw error("is of %s, not of %s".formatted(stored.dtype(), dtype));
    }
  }

  /** Checks the shape. */
  void hasShape(Long... shape) {
    if (!stored.shape().equals(List.of(shape))) {
      throw error("has the shape %s, not %s".formatted(stored.shape(), List.of(shape)));
    }
  }

  /** The element of a tensor of bytes. */
  byte byteAt(List<MemorySegment> files, long index) {
    return files.get(part).get(ValueLayout.JAVA_BYTE, stored.offset() + index);
  }

  /** The element of a tensor of I32. */
  int intAt(List<MemorySegment> files, long index) {
    return files.get(part).get(INT, stored.offset() + index * Integer.BYTES);
  }

  /** A problem with the tensor. */
  ModelFormatException error(String problem) {
    return stored.error(file, problem);
  }
}
