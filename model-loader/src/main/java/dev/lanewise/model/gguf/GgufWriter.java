package dev.lanewise.model.gguf;

import dev.lanewise.math.format.BlockFormat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Writes a GGUF file of version 3. The header is written first, from metadata and the shapes of the
 * tensors; then any threads fill in the data, in any order and in pieces of any size, so that no
 * more than a piece is ever in memory.
 *
 * <p>The file has its name only after {@link #finish}; until then it is {@code NAME.part}, which
 * {@link #close} deletes.
 *
 * <pre>{@code
 * try (GgufWriter writer = GgufWriter.create(file, metadata, tensors)) {
 *   for (TensorInfo tensor : writer.tensors()) {
 *     writer.write(tensor, 0, dataOf(tensor));
 *   }
 *   writer.finish();
 * }
 * }</pre>
 */
public final class GgufWriter implements AutoCloseable {
  private static final String ALIGNMENT = "general.alignment";
  private static final long DEFAULT_ALIGNMENT = 32;

  private final Path file;
  private final Path partial;
  private final FileChannel channel;
  private final List<TensorInfo> tensors;
  private final AtomicLong missing;

  /**
   * A tensor to be written.
   *
   * @param dims sizes of the dimensions; the first is the length of a contiguous row
   */
  public record Entry(String name, BlockFormat format, List<Long> dims) {
    /**
     * The bytes of its data.
     *
     * @throws IllegalArgumentException if its rows do not fill whole blocks
     */
    public long bytes() {
      if (dims.isEmpty() || dims.getFirst() % format.blockSize() != 0) {
        throw new IllegalArgumentException(
            "tensor %s: rows of %s elements do not fill whole %s blocks of %d"
                .formatted(
                    name, dims.isEmpty() ? "no" : dims.getFirst(), format, format.blockSize()));
      }
      return format.bytesFor(dims.stream().reduce(1L, Math::multiplyExact));
    }
  }

  private GgufWriter(Path file, Path partial, FileChannel channel, List<TensorInfo> tensors) {
    this.file = file;
    this.partial = partial;
    this.channel = channel;
    this.tensors = List.copyOf(tensors);
    missing = new AtomicLong(tensors.stream().mapToLong(TensorInfo::bytes).sum());
  }

  /**
   * Creates a file and writes its header.
   *
   * @param metadata keys in their order, with values of the types that {@link Metadata} lists, or
   *     as {@link GgufFile#encodedValue} gives them; data is aligned to {@code general.alignment},
   *     a {@link Long}, or 32 bytes where it is not among them
   * @param entries tensors in the order of their data
   * @throws FileAlreadyExistsException if there is such a file
   * @throws IllegalArgumentException if a value is of no such type, a name is longer than 63 bytes
   *     or occurs twice, or rows do not fill whole blocks
   */
  public static GgufWriter create(Path file, Map<String, Object> metadata, List<Entry> entries)
      throws IOException {
    if (Files.exists(file)) {
      throw new FileAlreadyExistsException(
          file.toString(), null, "it exists; delete it or choose another name");
    }
    long alignment = metadata.get(ALIGNMENT) instanceof Long asked ? asked : DEFAULT_ALIGNMENT;
    List<TensorInfo> relative = layOut(entries, alignment);
    byte[] header = header(metadata, relative);
    long data = aligned(header.length, alignment);
    List<TensorInfo> tensors =
        relative.stream()
            .map(
                t ->
                    new TensorInfo(
                        t.name(), t.dims(), t.format(), data + t.offset(), t.bytes(), t.part()))
            .toList();
    Path partial = file.resolveSibling(file.getFileName() + ".part");
    FileChannel channel =
        FileChannel.open(
            partial,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE);
    GgufWriter writer = new GgufWriter(file, partial, channel, tensors);
    try {
      writer.writeAll(ByteBuffer.wrap(header), 0);
      writer.pad(header.length, alignment);
      if (!tensors.isEmpty()) {
        writer.pad(tensors.getLast().offset() + tensors.getLast().bytes(), alignment);
      }
    } catch (IOException failure) {
      writer.close();
      throw failure;
    }
    return writer;
  }

  private static List<TensorInfo> layOut(List<Entry> entries, long alignment) {
    List<TensorInfo> tensors = new ArrayList<>();
    Set<String> names = new HashSet<>();
    long offset = 0;
    for (Entry entry : entries) {
      int nameBytes = entry.name().getBytes(StandardCharsets.UTF_8).length;
      if (nameBytes > GgufHeader.MAX_NAME_BYTES) {
        throw new IllegalArgumentException(
            "tensor %s: a name of %d bytes; at most %d are allowed"
                .formatted(entry.name(), nameBytes, GgufHeader.MAX_NAME_BYTES));
      }
      if (!names.add(entry.name())) {
        throw new IllegalArgumentException("tensor " + entry.name() + ": it occurs twice");
      }
      tensors.add(
          new TensorInfo(entry.name(), entry.dims(), entry.format(), offset, entry.bytes(), 0));
      offset = aligned(Math.addExact(offset, entry.bytes()), alignment);
    }
    return tensors;
  }

  private static byte[] header(Map<String, Object> metadata, List<TensorInfo> tensors) {
    GgufEncoder out = new GgufEncoder();
    out.u32(GgufHeader.MAGIC);
    out.u32(3);
    out.u64(tensors.size());
    out.u64(metadata.size());
    metadata.forEach(
        (key, value) -> {
          out.string(key);
          out.value(key, value);
        });
    for (TensorInfo tensor : tensors) {
      out.string(tensor.name());
      out.u32(tensor.dims().size());
      tensor.dims().forEach(out::u64);
      out.u32(tensor.format().ggufId());
      out.u64(tensor.offset());
    }
    return out.bytes();
  }

  private static long aligned(long offset, long alignment) {
    return (offset + alignment - 1) / alignment * alignment;
  }

  /** Readers may take whole units of the alignment, at the end of the file too. */
  private void pad(long end, long alignment) throws IOException {
    int padding = Math.toIntExact(aligned(end, alignment) - end);
    writeAll(ByteBuffer.allocate(padding), end);
  }

  /** The tensors of the file, with the places of their data. */
  public List<TensorInfo> tensors() {
    return tensors;
  }

  /**
   * Writes a piece of a tensor's data; any thread may. Each byte is to be written once.
   *
   * @param tensor one of {@link #tensors()}
   * @param at where in the tensor's data the piece begins, in bytes
   * @param bytes from its position to its limit
   * @throws IllegalArgumentException if the piece does not lie within the tensor
   */
  public void write(TensorInfo tensor, long at, ByteBuffer bytes) throws IOException {
    int length = bytes.remaining();
    if (at < 0 || at > tensor.bytes() - length) {
      throw new IllegalArgumentException(
          "tensor %s: %d bytes at %d of %d".formatted(tensor.name(), length, at, tensor.bytes()));
    }
    writeAll(bytes, tensor.offset() + at);
    missing.addAndGet(-length);
  }

  private void writeAll(ByteBuffer bytes, long position) throws IOException {
    long at = position;
    while (bytes.hasRemaining()) {
      at += channel.write(bytes, at);
    }
  }

  /**
   * Gives the file its name, after all data was written.
   *
   * @throws IllegalStateException if some was not
   */
  public void finish() throws IOException {
    if (missing.get() != 0) {
      throw new IllegalStateException(
          file + ": " + missing.get() + " bytes of the tensors were not written");
    }
    channel.close();
    Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Closes the file, and deletes it if it was not finished. */
  @Override
  public void close() throws IOException {
    if (channel.isOpen()) {
      channel.close();
      Files.delete(partial);
    }
  }
}
