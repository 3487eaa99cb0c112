package dev.lanewise.model.safetensors;

import dev.lanewise.model.ModelFormatException;
import java.nio.file.Path;
import java.util.List;

/**
 * One entry of the header of a safetensors file.
 *
 * @param shape sizes of the dimensions; the last is the length of a contiguous row
 * @param offset byte offset of the data in the file
 * @param bytes length of the data
 */
record StoredTensor(String name, Dtype dtype, List<Long> shape, long offset, long bytes) {
  /** A problem with it. */
  ModelFormatException error(Path file, String problem) {
    return new ModelFormatException(file, "tensor " + name, problem);
  }
}
