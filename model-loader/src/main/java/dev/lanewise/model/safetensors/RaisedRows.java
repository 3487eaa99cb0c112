package dev.lanewise.model.safetensors;

import dev.lanewise.math.format.BlockFormat;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;

/**
 * Numbers that are stored less 1, each a row of its own, in F32.
 *
 * @param format of the stored ones
 */
record RaisedRows(StoredRows origin, BlockFormat format, long rows) implements TensorSource {
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  @Override
  public long rowBytes() {
    return Float.BYTES;
  }

  @Override
  public Optional<MemorySegment> inPlace(List<MemorySegment> files, long first, long count) {
    return Optional.empty();
  }

  @Override
  public void copy(List<MemorySegment> files, long first, long count, MemorySegment to) {
    MemorySegment from = origin.of(files, first, count);
    float[] number = new float[1];
    for (long i = 0; i < count; i++) {
      format.decode(from, i * origin.rowBytes(), number, 0, 1);
      to.set(FLOAT, i * Float.BYTES, number[0] + 1);
    }
  }
}
