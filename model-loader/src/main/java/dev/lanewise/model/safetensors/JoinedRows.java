package dev.lanewise.model.safetensors;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/** The rows of several sources, those of one below those of the other. */
record JoinedRows(List<TensorSource> pieces) implements TensorSource {
  @Override
  public long rows() {
    return pieces.stream().mapToLong(TensorSource::rows).sum();
  }

  @Override
  public long rowBytes() {
    return pieces.getFirst().rowBytes();
  }

  @Override
  public StoredRows origin() {
    return pieces.getFirst().origin();
  }

  @Override
  public Optional<MemorySegment> inPlace(List<MemorySegment> files, long first, long count) {
    long start = 0;
    for (TensorSource piece : pieces) {
      if (first < start + piece.rows()) {
        return first + count <= start + piece.rows()
            ? piece.inPlace(files, first - start, count)
            : Optional.empty();
      }
      start += piece.rows();
    }
    return Optional.empty();
  }

  @Override
  public void copy(List<MemorySegment> files, long first, long count, MemorySegment to) {
    long start = 0;
    for (TensorSource piece : pieces) {
      long from = Math.max(first, start);
      long end = Math.min(first + count, start + piece.rows());
      if (from < end) {
        piece.copy(files, from - start, end - from, to.asSlice((from - first) * rowBytes()));
      }
      start += piece.rows();
    }
  }
}
