package dev.lanewise.model.safetensors;

import dev.lanewise.math.format.BlockFormat;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * The scales of a matrix of codes.
 *
 * @param rows of the matrix that share scales
 * @param rowStride elements from the scales of these to those of the next
 * @param groupStride elements from a scale to the next of the same row
 * @param groups scales of a row
 */
record ScaleGrid(
    StoredPart tensor,
    BlockFormat format,
    long rows,
    long rowStride,
    long groupStride,
    int groups) {
  /**
   * Reads those of a row.
   *
   * @throws dev.lanewise.model.ModelFormatException if one is negative or not finite
   */
  void read(List<MemorySegment> files, long row, float[] scales) {
    MemorySegment all = files.get(tensor.part());
    for (int group = 0; group < groups; group++) {
      long index = row / rows * rowStride + group * groupStride;
      format.decode(all, tensor.stored().offset() + index * format.blockBytes(), scales, group, 1);
      if (!(scales[group] >= 0 && scales[group] <= Float.MAX_VALUE)) {
        throw tensor.error(
            "the scale %d of row %d is %s, not a finite number of 0 or more"
                .formatted(group, row, scales[group]));
      }
    }
  }
}
