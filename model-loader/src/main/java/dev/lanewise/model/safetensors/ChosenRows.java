package dev.lanewise.model.safetensors;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/** Some of the rows that are made by another recipe. */
record ChosenRows(TensorSource all, RowPick pick, long rows) implements TensorSource {
  @Override
  public long rowBytes() {
    return all.rowBytes();
  }

  @Override
  public StoredRows origin() {
    return all.origin();
  }

  @Override
  public Optional<MemorySegment> inPlace(List<MemorySegment> files, long first, long count) {
    return Optional.empty();
  }

  @Override
  public void copy(List<MemorySegment> files, long first, long count, MemorySegment to) {
    long done = 0;
    while (done < count) {
      long together = Math.min(count - done, pick.together(first + done));
      all.copy(files, pick.at(first + done), together, to.asSlice(done * rowBytes()));
      done += together;
    }
  }
}
