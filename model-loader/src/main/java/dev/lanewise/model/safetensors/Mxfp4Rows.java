package dev.lanewise.model.safetensors;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
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
  private static final long LOW_HALVES = 0x0f0f0f0f0f0f0f0fL;
  private static final long EVEN_BYTES = 0x00ff00ff00ff00ffL;

  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

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
    for (long row = 0; row < count; row++) {
      long stored = pick.at(first + row);
      MemorySegment codes = origin.of(files, stored, 1);
      MemorySegment exponents = scales.of(files, stored, 1);
      for (long block = 0; block < blocks; block++) {
        long at = row * rowBytes() + block * BLOCK_BYTES;
        to.set(ValueLayout.JAVA_BYTE, at, exponents.get(ValueLayout.JAVA_BYTE, block));
        copyCodes(codes, block * CODE_BYTES, to, at + 1);
      }
    }
  }

  /** Elements 0 to 15 are in the first eight bytes, which are the low halves of all sixteen. */
  private static void copyCodes(MemorySegment from, long at, MemorySegment to, long target) {
    long low = from.get(LONG, at);
    long high = from.get(LONG, at + Long.BYTES);
    long even = low & LOW_HALVES | (high & LOW_HALVES) << 4;
    long odd = low >>> 4 & LOW_HALVES | high & ~LOW_HALVES;
    to.set(LONG, target, spread(even) | spread(odd) << Byte.SIZE);
    int half = Integer.SIZE;
    to.set(LONG, target + Long.BYTES, spread(even >>> half) | spread(odd >>> half) << Byte.SIZE);
  }

  /** The four low bytes, each with a free one above it. */
  private static long spread(long bytes) {
    return Long.expand(bytes, EVEN_BYTES);
  }
}
