package dev.lanewise.model.safetensors;

import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.math.format.E4m3;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Rows of weights that are stored as codes with scales: weight = (code - zero) scale, where a code
 * is an integer or stands for a number in E4M3.
 *
 * <p>Blocks of 32 keep the codes; their scale is rounded to F16, and so is the minimum of Q4_1,
 * -zero scale. With F16 it is the weights that are rounded. What F16 holds exactly, as scales that
 * are stored in it, is not changed.
 *
 * @param format one of Q4_0, Q4_1, Q8_0 and F16
 * @param scales empty where they are all 1
 * @param zeros empty where it is the middle of the range of integers
 * @param numbers whether codes stand for E4M3
 */
record CodedRows(
    BlockFormat format,
    CodeGrid codes,
    Optional<ScaleGrid> scales,
    Optional<ZeroGrid> zeros,
    ColumnGroups groups,
    boolean numbers)
    implements TensorSource {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final int BLOCK = 32;

  /** Rows whose codes are taken apart at once, so that a stored cache line is read once. */
  private static final int STRIP = 64;

  private static final float[] E4M3 = new float[256];

  static {
    for (int code = 0; code < E4M3.length; code++) {
      E4M3[code] = E4m3.value(code);
    }
  }

  @Override
  public long rows() {
    return codes.rows();
  }

  @Override
  public long rowBytes() {
    return format.bytesFor(codes.cols());
  }

  @Override
  public StoredRows origin() {
    return new StoredRows(codes.tensor().part(), codes.tensor().stored().offset(), rowBytes());
  }

  @Override
  public Optional<MemorySegment> inPlace(List<MemorySegment> files, long first, long count) {
    return Optional.empty();
  }

  @Override
  public void copy(List<MemorySegment> files, long first, long count, MemorySegment to) {
    int cols = (int) codes.cols();
    byte[] strip = new byte[(int) Math.min(STRIP, count) * cols];
    int ofRow = scales.map(ScaleGrid::groups).orElse(1);
    Row row = new Row(new byte[cols], new float[ofRow], new int[ofRow]);
    Arrays.fill(row.scales, 1);
    Arrays.fill(row.zeros, numbers ? 0 : 1 << codes.bits() - 1);
    for (long done = 0; done < count; done += STRIP) {
      int some = (int) Math.min(STRIP, count - done);
      codes.read(files, first + done, some, strip);
      for (int i = 0; i < some; i++) {
        long index = first + done + i;
        System.arraycopy(strip, i * cols, row.codes, 0, cols);
        scales.ifPresent(stored -> stored.read(files, index, row.scales));
        zeros.ifPresent(stored -> readZeros(stored, files, index, row.zeros));
        write(row, index, to, (done + i) * rowBytes());
      }
    }
  }

  /**
   * One row, taken apart.
   *
   * @param zeros as integers; of numbers, 0
   */
  private record Row(byte[] codes, float[] scales, int[] zeros) {}

  private void readZeros(ZeroGrid stored, List<MemorySegment> files, long row, int[] read) {
    stored.read(files, row, read);
    int middle = 1 << codes.bits() - 1;
    boolean keepsZeros = format == BlockFormat.Q4_1 || format == BlockFormat.F16;
    for (int group = 0; !keepsZeros && group < read.length; group++) {
      if (read[group] != middle) {
        throw stored
            .tensor()
            .error(
                "the zero %d of row %d is %d, but the configuration says that all are %d"
                    .formatted(group, row, read[group], middle));
      }
    }
  }

  private void write(Row row, long index, MemorySegment to, long at) {
    if (format == BlockFormat.F16) {
      writeHalves(row, index, to, at);
      return;
    }
    for (int block = 0; block < row.codes.length / BLOCK; block++) {
      int group = groups.of(block * BLOCK);
      long start = at + (long) block * format.blockBytes();
      float scale = row.scales[group];
      short d = half(scale, index);
      to.set(SHORT, start, d);
      long body = start + Short.BYTES;
      if (format == BlockFormat.Q4_1) {
        to.set(SHORT, body, half(-row.zeros[group] * Float.float16ToFloat(d), index));
        body += Short.BYTES;
      }
      if (format == BlockFormat.Q8_0) {
        for (int k = 0; k < BLOCK; k++) {
          to.set(ValueLayout.JAVA_BYTE, body + k, (byte) (row.codes[block * BLOCK + k] ^ 0x80));
        }
      } else {
        for (int k = 0; k < BLOCK / 2; k++) {
          int low = row.codes[block * BLOCK + k];
          int high = row.codes[block * BLOCK + BLOCK / 2 + k];
          to.set(ValueLayout.JAVA_BYTE, body + k, (byte) (low | high << 4));
        }
      }
    }
  }

  private void writeHalves(Row row, long index, MemorySegment to, long at) {
    for (int col = 0; col < row.codes.length; col++) {
      int group = groups.of(col);
      int code = row.codes[col] & 0xff;
      float number = numbers ? E4M3[code] : code - row.zeros[group];
      to.set(SHORT, at + (long) col * Short.BYTES, half(number * row.scales[group], index));
    }
  }

  private short half(float value, long row) {
    short bits = Float.floatToFloat16(value);
    if (!Float.isFinite(Float.float16ToFloat(bits))) {
      throw codes
          .tensor()
          .error("%s, in row %d, is no number that F16 holds".formatted(value, row));
    }
    return bits;
  }
}
