package dev.lanewise.model.safetensors;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Where the rows of a stored tensor are.
 *
 * @param part index of the file
 * @param offset of the first row in the file
 * @param rowBytes length of a row
 */
record StoredRows(int part, long offset, long rowBytes) {
  /** The bytes of some rows. */
  MemorySegment of(List<MemorySegment> files, long first, long count) {
    return files.get(part).asSlice(offset + first * rowBytes, count * rowBytes);
  }
}
