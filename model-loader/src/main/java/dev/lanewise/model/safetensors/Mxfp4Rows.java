package dev.lanewise.model.safetensors;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;

/**
 * Rows of MXFP4 whose codes and scales are stored apart, as GGUF has them: blocks of a scale and 16
 * bytes. Stored are two neighbours in a byte, the first in the low half; in blocks it is elements j
 * and j + 16 in byte j.
 *
 * @param origin the codes
 * @param scales a byte for 32 elements
 */
record Mxfp4Rows(StoredRows origin, StoredRows scales, RowPick pick, long rows)
    implements TensorSource {
  private static final int CODE_BYTES = 16;
  private static final int BLOCK_BYTES = 1 + CODE_BYTES;

  @Override
  public long rowBytes() {
    return scales.rowBytes() * BLOCK_BYTES;
  }

  @Override
  public Optional<MemorySegment> inPlace(List<MemorySegment> files, long first, long count) {
    return Optional.empty();
  }

  @Override
  public void copy(List<MemorySegment> files, long first, long count, MemorySegment to) {
    long blocks = scales.rowBytes();
    byte[] pairs = new byte[CODE_BYTES];
    for (long row = 0; row < count; row++) {
      long stored = pick.at(first + row);
      MemorySegment codes = origin.of(files, stored, 1);
      MemorySegment exponents = scales.of(files, stored, 1);
      for (long block = 0; block < blocks; block++) {
        MemorySegment.copy(codes, ValueLayout.JAVA_BYTE, block * CODE_BYTES, pairs, 0, CODE_BYTES);
        long at = row * rowBytes() + block * BLOCK_BYTES;
        to.set(ValueLayout.JAVA_BYTE, at, exponents.get(ValueLayout.JAVA_BYTE, block));
        for (int j = 0; j < CODE_BYTES; j++) {
          int low = code(pairs, j);
          int high = code(pairs, j + CODE_BYTES);
          to.set(ValueLayout.JAVA_BYTE, at + 1 + j, (byte) (low | high << 4));
        }
      }
    }
  }

  private static int code(byte[] pairs, int element) {
    return pairs[element / 2] >> 4 * (element % 2) & 15;
  }
}
