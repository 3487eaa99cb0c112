package dev.lanewise.model.safetensors;

import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.model.ModelFormatException;
import dev.lanewise.model.UnsupportedModel;
import dev.lanewise.model.gguf.TensorInfo;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * One entry of the header of a safetensors file.
 *
 * @param shape sizes of the dimensions; the last is the length of a contiguous row
 * @param offset byte offset of the data in the file
 * @param bytes length of the data
 */
record StoredTensor(String name, Dtype dtype, List<Long> shape, long offset, long bytes) {
  /**
   * The tensor under the name that GGUF has for it.
   *
   * @throws UnsupportedModel if its elements are not of a type that is computed with
   * @throws ModelFormatException if it has no elements
   */
  TensorInfo as(String ggufName, int part, Path file) {
    BlockFormat format =
        dtype
            .format()
            .orElseThrow(
                () -> new UnsupportedModel(file, dtype + " of tensor " + name, "F32, F16, BF16"));
    if (bytes == 0 || shape.isEmpty()) {
      throw new ModelFormatException(file, "tensor " + name, "has the shape " + shape);
    }
    List<Long> dims = new ArrayList<>(shape).reversed();
    return new TensorInfo(ggufName, List.copyOf(dims), format, offset, bytes, part);
  }
}
