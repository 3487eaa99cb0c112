package dev.lanewise.model.gguf;

import dev.lanewise.math.format.BlockFormat;
import java.util.List;

/**
 * One entry of the tensor directory.
 *
 * @param dims sizes of the dimensions; the first is the length of a contiguous row
 * @param offset byte offset of the data in its file
 * @param bytes length of the data
 * @param part index of the file of a split model that holds the data
 */
public record TensorInfo(
    String name, List<Long> dims, BlockFormat format, long offset, long bytes, int part) {
  /** The length of a row. */
  public long cols() {
    return dims.getFirst();
  }

  /** The number of rows. */
  public long rows() {
    return elements() / cols();
  }

  /** The number of weights. */
  public long elements() {
    return dims.stream().reduce(1L, Math::multiplyExact);
  }
}
