package dev.lanewise.model.safetensors;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;

/**
 * Rows of matrices that are stored as columns: {@code [.., in, out]} in the place of {@code [..,
 * out, in]}.
 *
 * @param origin the numbers, each as a row of its own, of 2 or 4 bytes
 * @param in length of a row
 * @param out columns of a stored matrix
 * @param pick which of the columns, counted on from matrix to matrix
 */
record TransposedRows(StoredRows origin, long in, long out, RowPick pick, long rows)
    implements TensorSource {
  /** Rows that are made at once, so that a stored cache line is read once. */
  private static final long STRIP = 32;

  @Override
  public long rowBytes() {
    return in * origin.rowBytes();
  }

  @Override
  public Optional<MemorySegment> inPlace(List<MemorySegment> files, long first, long count) {
    return Optional.empty();
  }

  @Override
  public void copy(List<MemorySegment> files, long first, long count, MemorySegment to) {
    MemorySegment all = files.get(origin.part());
    for (long strip = 0; strip < count; strip += STRIP) {
      long[] from = new long[Math.toIntExact(Math.min(STRIP, count - strip))];
      for (int i = 0; i < from.length; i++) {
        long column = pick.at(first + strip + i);
        from[i] = origin.offset() + (column / out * in * out + column % out) * origin.rowBytes();
      }
      for (long col = 0; col < in; col++) {
        for (int i = 0; i < from.length; i++) {
          copyNumber(
              all,
              from[i] + col * out * origin.rowBytes(),
              to,
              (strip + i) * rowBytes() + col * origin.rowBytes());
        }
      }
    }
  }

  private void copyNumber(MemorySegment from, long at, MemorySegment to, long target) {
    if (origin.rowBytes() == Short.BYTES) {
      to.set(
          ValueLayout.JAVA_SHORT_UNALIGNED, target, from.get(ValueLayout.JAVA_SHORT_UNALIGNED, at));
    } else {
      to.set(ValueLayout.JAVA_INT_UNALIGNED, target, from.get(ValueLayout.JAVA_INT_UNALIGNED, at));
    }
  }
}
