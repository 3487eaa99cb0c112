package dev.lanewise.model.safetensors;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;

/**
 * The scale of a whole tensor in F32, one row of one number.
 *
 * @param divides whether what is stored is what weights are divided by
 */
record TensorScale(StoredPart tensor, boolean divides) implements TensorSource {
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  @Override
  public long rows() {
    return 1;
  }

  @Override
  public long rowBytes() {
    return Float.BYTES;
  }

  @Override
  public StoredRows origin() {
    return new StoredRows(tensor.part(), tensor.stored().offset(), Float.BYTES);
  }

  @Override
  public Optional<MemorySegment> inPlace(List<MemorySegment> files, long first, long count) {
    return Optional.empty();
  }

  @Override
  public void copy(List<MemorySegment> files, long first, long count, MemorySegment to) {
    float stored = origin().of(files, 0, 1).get(FLOAT, 0);
    float scale = divides ? 1 / stored : stored;
    if (!(scale > 0 && scale <= Float.MAX_VALUE)) {
      throw tensor.error(stored + " makes no positive scale");
    }
    to.set(FLOAT, 0, scale);
  }
}
