package dev.lanewise.engine.packed;

import dev.lanewise.math.MatMul;
import dev.lanewise.math.matrix.Matrix;
import dev.lanewise.math.matrix.TileLayout;
import dev.lanewise.math.thread.ThreadTeam;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The format of a file of packed weights. All numbers are big-endian; tiles are as kernels read
 * them.
 *
 * <pre>
 * magic "LANEPACK", version (int), key (32 bytes), bytes of the header (int), matrices (int)
 * for each matrix: bytes of its name (short), name in UTF-8, number of its format in GGUF (int),
 *   rows, cols (int), factor (float), offset, length (long), checksum (int)
 * CRC32C of all of the header before it (int)
 * the tiles of each matrix, 64-byte aligned
 * </pre>
 */
final class PackFile {
  private static final long MAGIC = 0x4c414e455041434bL; // "LANEPACK"
  private static final int VERSION = 1;
  private static final int ALIGNMENT = 64;
  private static final int PREFIX_BYTES = Long.BYTES + Integer.BYTES + PackKey.BYTES + 2 * 4;
  private static final int MOST_HEADER_BYTES = 1 << 24;

  /** Less than 2 GiB, which a buffer cannot exceed. */
  private static final long WRITE_BYTES = 64L << 20;

  private PackFile() {}

  /** Writes a new file. */
  static void write(Path file, PackKey key, Map<String, Matrix> matrices, ThreadTeam team)
      throws IOException {
    int headerBytes = PREFIX_BYTES + Integer.BYTES;
    for (String name : matrices.keySet()) {
      headerBytes += PackedEntry.bytes(name);
    }
    int[] checksums = Checksums.of(matrices.values().stream().map(Matrix::tiles).toList(), team);
    ByteBuffer header = ByteBuffer.allocate(headerBytes);
    header.putLong(MAGIC).putInt(VERSION).put(key.bytes());
    header.putInt(headerBytes).putInt(matrices.size());
    List<PackedEntry> entries = new ArrayList<>();
    long offset = aligned(headerBytes);
    for (Map.Entry<String, Matrix> named : matrices.entrySet()) {
      int checksum = checksums[entries.size()];
      PackedEntry entry = PackedEntry.of(named.getKey(), named.getValue(), offset, checksum);
      entry.put(header);
      entries.add(entry);
      offset = aligned(offset + entry.length());
    }
    header.putInt(Checksums.of(header.duplicate().flip()));
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      write(channel, header.flip(), 0);
      for (PackedEntry entry : entries) {
        MemorySegment tiles = matrices.get(entry.name()).tiles();
        for (long at = 0; at < entry.length(); at += WRITE_BYTES) {
          long count = Math.min(WRITE_BYTES, entry.length() - at);
          write(channel, tiles.asSlice(at, count).asByteBuffer(), entry.offset() + at);
        }
      }
    }
  }

  private static void write(FileChannel channel, ByteBuffer bytes, long at) throws IOException {
    long to = at;
    while (bytes.hasRemaining()) {
      to += channel.write(bytes, to);
    }
  }

  private static long aligned(long offset) {
    return (offset + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  /**
   * Reads a file and checks all of it. The weights are copied from its mapping into memory of the
   * process: the system gives large pages to that, which a step of decoding, that reads all
   * weights, is a tenth to a fifth faster in.
   *
   * @throws DamagedPack if it is not what was written for this key
   * @throws IOException if it cannot be read
   */
  static PackedWeights read(Path file, PackKey key, MatMul matMul, ThreadTeam team)
      throws IOException, DamagedPack {
    Arena arena = Arena.ofShared();
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
        Arena mapping = Arena.ofShared()) {
      MemorySegment bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), mapping);
      Map<String, Matrix> matrices = new LinkedHashMap<>();
      List<MemorySegment> tiles = new ArrayList<>();
      List<PackedEntry> entries = entries(bytes, key);
      for (PackedEntry entry : entries) {
        Matrix matrix = copy(channel, entry, matrix(entry, bytes, matMul), arena, matMul);
        tiles.add(matrix.tiles());
        if (matrices.put(entry.name(), matrix) != null) {
          throw new DamagedPack(entry.name() + " occurs twice");
        }
      }
      int[] checksums = Checksums.of(tiles, team);
      for (int i = 0; i < checksums.length; i++) {
        if (checksums[i] != entries.get(i).checksum()) {
          throw new DamagedPack("the checksum of " + entries.get(i).name() + " is wrong");
        }
      }
      return new PackedWeights(matrices, arena);
    } catch (IOException | DamagedPack | RuntimeException | Error failure) {
      arena.close();
      throw failure;
    }
  }

  /** Copies through a mapping of its own, so that no more than one matrix is held twice. */
  private static Matrix copy(
      FileChannel channel, PackedEntry entry, Matrix checked, Arena arena, MatMul matMul)
      throws IOException {
    try (Arena mapping = Arena.ofShared()) {
      MemorySegment tiles =
          channel.map(FileChannel.MapMode.READ_ONLY, entry.offset(), entry.length(), mapping);
      return matMul.copy(checked.at(tiles), arena);
    }
  }

  /** The entries of a header that is whole. */
  private static List<PackedEntry> entries(MemorySegment bytes, PackKey key) throws DamagedPack {
    try {
      ByteBuffer prefix = head(bytes, PREFIX_BYTES);
      if (prefix.getLong() != MAGIC || prefix.getInt() != VERSION) {
        throw new DamagedPack("it does not start as such a file does");
      }
      if (!prefix.slice(prefix.position(), PackKey.BYTES).equals(key.bytes())) {
        throw new DamagedPack("it was written for another model");
      }
      prefix.position(prefix.position() + PackKey.BYTES);
      int headerBytes = prefix.getInt();
      int count = prefix.getInt();
      if (headerBytes < PREFIX_BYTES + Integer.BYTES || headerBytes > MOST_HEADER_BYTES) {
        throw new DamagedPack("a header of " + headerBytes + " bytes");
      }
      ByteBuffer header = head(bytes, headerBytes);
      int end = headerBytes - Integer.BYTES;
      if (Checksums.of(header.slice(0, end)) != header.getInt(end)) {
        throw new DamagedPack("the checksum of its header is wrong");
      }
      header.limit(end).position(PREFIX_BYTES);
      List<PackedEntry> entries = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        entries.add(PackedEntry.get(header));
      }
      return entries;
    } catch (BufferUnderflowException tooShort) {
      throw new DamagedPack("its header is cut off");
    }
  }

  private static ByteBuffer head(MemorySegment bytes, int count) throws DamagedPack {
    if (count > bytes.byteSize()) {
      throw new DamagedPack("it ends after " + bytes.byteSize() + " bytes");
    }
    return ByteBuffer.wrap(bytes.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE));
  }

  private static Matrix matrix(PackedEntry entry, MemorySegment bytes, MatMul matMul)
      throws DamagedPack {
    if (entry.offset() < 0
        || entry.offset() % ALIGNMENT != 0
        || entry.length() < 0
        || entry.length() > bytes.byteSize()
        || entry.offset() > bytes.byteSize() - entry.length()) {
      throw new DamagedPack(
          "%s at byte %d ends past the end of the file".formatted(entry.name(), entry.offset()));
    }
    TileLayout layout = matMul.layout(entry.format());
    // No format has less than half a byte for a weight: a product that overflows ends here.
    if (entry.rows() < 1
        || entry.cols() < 1
        || (long) entry.rows() * entry.cols() / 2 > entry.length()
        || entry.cols() % layout.scales().group() != 0
        || entry.length() != Matrix.bytes(layout, entry.rows(), entry.cols())) {
      throw new DamagedPack(
          "%s [%d, %d] has %d bytes"
              .formatted(entry.name(), entry.rows(), entry.cols(), entry.length()));
    }
    return new Matrix(
        entry.format(),
        layout,
        entry.rows(),
        entry.cols(),
        entry.factor(),
        bytes.asSlice(entry.offset(), entry.length()));
  }
}
