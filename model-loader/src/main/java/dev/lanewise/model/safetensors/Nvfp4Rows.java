package dev.lanewise.model.safetensors;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;

/**
 * Rows of NVFP4 whose codes and scales are stored apart, as GGUF has them: blocks of four scales
 * and the codes of 64 elements. Stored are two neighbours in a byte, the first in the low half; of
 * each 16 elements in a block it is elements j and j + 8 in byte j.
 *
 * @param codes {@code [rows, cols / 2]} bytes
 * @param scales {@code [rows, cols / 16]} numbers in E4M3
 */
record Nvfp4Rows(StoredPart codes, StoredPart scales, long rows, long cols)
    implements TensorSource {
  private static final int GROUP = 16;
  private static final int GROUPS = 4;
  private static final int GROUP_BYTES = GROUP / 2;
  private static final int BLOCK_BYTES = GROUPS * (1 + GROUP_BYTES);
  private static final int NAN = 0x7f;

  @Override
  public long rowBytes() {
    return cols / (GROUP * GROUPS) * BLOCK_BYTES;
  }

  @Override
  public StoredRows origin() {
    return new StoredRows(codes.part(), codes.stored().offset(), cols / 2);
  }

  @Override
  public Optional<MemorySegment> inPlace(List<MemorySegment> files, long first, long count) {
    return Optional.empty();
  }

  @Override
  public void copy(List<MemorySegment> files, long first, long count, MemorySegment to) {
    byte[] pairs = new byte[GROUP_BYTES];
    for (long row = 0; row < count; row++) {
      MemorySegment stored = origin().of(files, first + row, 1);
      for (long group = 0; group < cols / GROUP; group++) {
        long block = row * rowBytes() + group / GROUPS * BLOCK_BYTES;
        long inBlock = group % GROUPS;
        to.set(ValueLayout.JAVA_BYTE, block + inBlock, scale(files, first + row, group));
        MemorySegment.copy(
            stored, ValueLayout.JAVA_BYTE, group * GROUP_BYTES, pairs, 0, GROUP_BYTES);
        for (int j = 0; j < GROUP_BYTES; j++) {
          int code = code(pairs, j) | code(pairs, j + GROUP_BYTES) << 4;
          to.set(ValueLayout.JAVA_BYTE, block + GROUPS + inBlock * GROUP_BYTES + j, (byte) code);
        }
      }
    }
  }

  private byte scale(List<MemorySegment> files, long row, long group) {
    byte scale = scales.byteAt(files, row * (cols / GROUP) + group);
    if (scale < 0 || scale == NAN) {
      throw scales.error(
          "the scale %d of row %d has the code %d, a negative number or none"
              .formatted(group, row, scale & 0xff));
    }
    return scale;
  }

  private static int code(byte[] pairs, int element) {
    return pairs[element / 2] >> 4 * (element % 2) & 15;
  }
}
