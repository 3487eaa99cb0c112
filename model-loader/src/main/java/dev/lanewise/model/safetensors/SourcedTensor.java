package dev.lanewise.model.safetensors;

import dev.lanewise.model.gguf.TensorInfo;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.List;

/**
 * A tensor with where its data comes from.
 *
 * @param source has a row for each of the tensor, or several of equal number: its elements
 */
record SourcedTensor(TensorInfo info, TensorSource source) {
  /** The data of some rows, made in new memory if it is not stored as it is. */
  MemorySegment read(List<MemorySegment> files, long first, long count, SegmentAllocator memory) {
    long each = source.rows() / info.rows();
    return source.read(files, first * each, count * each, memory);
  }
}
