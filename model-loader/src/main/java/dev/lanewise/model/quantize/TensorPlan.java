package dev.lanewise.model.quantize;

import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.model.gguf.TensorInfo;

/**
 * What becomes of a tensor.
 *
 * @param wanted the format it should have
 * @param format the format it gets, which is another one where its rows do not fill the blocks
 */
public record TensorPlan(TensorInfo source, BlockFormat wanted, BlockFormat format) {
  /** Whether it is written as it is. */
  boolean isCopied() {
    return source.format() == format;
  }

  /** Whether it gets a scale of the tensor, which is a tensor of its own. */
  boolean isScaled() {
    return format == BlockFormat.NVFP4 && !isCopied();
  }

  /** The length of its data. */
  public long bytes() {
    return format.bytesFor(source.elements());
  }

  /** Matrices that the tensor is a stack of: 1, or the number of experts. */
  int matrices() {
    return Math.toIntExact(source.rows() / matrixRows());
  }

  /** Rows of one of them. */
  int matrixRows() {
    return source.dims().size() == 1 ? 1 : Math.toIntExact(source.dims().get(1));
  }
}
