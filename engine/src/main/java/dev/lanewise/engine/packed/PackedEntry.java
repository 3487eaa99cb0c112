package dev.lanewise.engine.packed;

import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.math.matrix.Matrix;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * What the header of a file of packed weights says of one matrix.
 *
 * @param offset of the tiles in the file
 * @param length of the tiles in bytes
 * @param checksum of the tiles, see {@link Checksums}
 */
record PackedEntry(
    String name,
    BlockFormat format,
    int rows,
    int cols,
    float factor,
    long offset,
    long length,
    int checksum) {
  /** Bytes of an entry beside its name. */
  private static final int FIXED_BYTES = Short.BYTES + 5 * Integer.BYTES + 2 * Long.BYTES;

  static PackedEntry of(String name, Matrix matrix, long offset, int checksum) {
    return new PackedEntry(
        name,
        matrix.format(),
        matrix.rows(),
        matrix.cols(),
        matrix.factor(),
        offset,
        matrix.bytes(),
        checksum);
  }

  /** Bytes of the entry of a matrix. */
  static int bytes(String name) {
    return FIXED_BYTES + name.getBytes(StandardCharsets.UTF_8).length;
  }

  void put(ByteBuffer header) {
    byte[] text = name.getBytes(StandardCharsets.UTF_8);
    header.putShort((short) text.length).put(text);
    header.putInt(format.ggufId()).putInt(rows).putInt(cols).putFloat(factor);
    header.putLong(offset).putLong(length).putInt(checksum);
  }

  /**
   * Reads the next entry.
   *
   * @throws java.nio.BufferUnderflowException if the header ends within it
   * @throws DamagedPack if it has a format that does not exist
   */
  static PackedEntry get(ByteBuffer header) throws DamagedPack {
    byte[] text = new byte[header.getShort() & 0xffff];
    if (text.length > header.remaining()) {
      throw new DamagedPack("a name of " + text.length + " bytes");
    }
    header.get(text);
    int id = header.getInt();
    return new PackedEntry(
        new String(text, StandardCharsets.UTF_8),
        BlockFormat.ofGgufId(id).orElseThrow(() -> new DamagedPack("format " + id)),
        header.getInt(),
        header.getInt(),
        header.getFloat(),
        header.getLong(),
        header.getLong(),
        header.getInt());
  }
}
