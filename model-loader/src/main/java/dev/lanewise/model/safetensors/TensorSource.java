package dev.lanewise.model.safetensors;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.List;
import java.util.Optional;

/**
 * Where the rows of a tensor come from: they are stored as they are, or made from what is stored.
 */
sealed interface TensorSource
    permits ChosenRows,
        CodedRows,
        JoinedRows,
        Mxfp4Rows,
        Nvfp4Rows,
        PickedRows,
        RaisedRows,
        TensorScale,
        TransposedRows {
  /** How many there are. */
  long rows();

  /** The length of one. */
  long rowBytes();

  /** The file and the place in it where the first row, or what it is made from, is stored. */
  StoredRows origin();

  /** Some rows where they are stored, if they stand there as they are and without a gap. */
  Optional<MemorySegment> inPlace(List<MemorySegment> files, long first, long count);

  /** Makes some rows. */
  void copy(List<MemorySegment> files, long first, long count, MemorySegment to);

  /**
   * Some rows; those that have to be made, in new memory.
   *
   * @param files their bytes, by the index of the part
   */
  default MemorySegment read(
      List<MemorySegment> files, long first, long count, SegmentAllocator memory) {
    return inPlace(files, first, count)
        .orElseGet(
            () -> {
              MemorySegment rows = memory.allocate(count * rowBytes());
              copy(files, first, count, rows);
              return rows;
            });
  }
}
