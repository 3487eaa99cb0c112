package dev.lanewise.model.safetensors;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/** Some of the rows of a stored tensor, or all. */
record PickedRows(StoredRows origin, RowPick pick, long rows) implements TensorSource {
  @Override
  public long rowBytes() {
    return origin.rowBytes();
  }

  @Override
  public Optional<MemorySegment> inPlace(List<MemorySegment> files, long first, long count) {
    return count <= pick.together(first)
        ? Optional.of(origin.of(files, pick.at(first), count))
        : Optional.empty();
  }

  @Override
  public void copy(List<MemorySegment> files, long first, long count, MemorySegment to) {
    long done = 0;
    while (done < count) {
      long together = Math.min(count - done, pick.together(first + done));
      MemorySegment from = origin.of(files, pick.at(first + done), together);
      MemorySegment.copy(from, 0, to, done * rowBytes(), from.byteSize());
      done += together;
    }
  }
}
