package dev.lanewise.model.gguf;

import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.model.ModelFormatException;
import dev.lanewise.model.UnsupportedModel;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The header of one GGUF file: version, metadata and tensor directory, all checked against the size
 * of the file.
 *
 * @param encoded the bytes of each value of the metadata, its type before it
 * @param tensors with offsets from the start of the file
 * @param bytes of the header, without what aligns the data behind it
 */
record GgufHeader(
    int version,
    Metadata metadata,
    Map<String, MemorySegment> encoded,
    List<TensorInfo> tensors,
    long bytes) {
  static final int MAGIC = 0x46554747; // "GGUF"
  private static final int DEFAULT_ALIGNMENT = 32;
  private static final long MAX_ALIGNMENT = 1 << 20;
  private static final int MAX_DIMS = 4;
  static final int MAX_NAME_BYTES = 63;

  /** A key of no characters, its type and one byte of value. */
  private static final long LEAST_KEY_BYTES = 8 + 4 + 1;

  /** A name of no characters, the number of dimensions, one dimension, type and offset. */
  private static final long LEAST_TENSOR_BYTES = 8 + 4 + 8 + 4 + 8;

  static GgufHeader read(Path file, MemorySegment bytes, int part) {
    GgufCursor cursor = new GgufCursor(file, bytes);
    int magic = cursor.u32("magic");
    if (magic != MAGIC) {
      throw cursor.error(
          0,
          "magic",
          "not a GGUF file: it starts with 0x%08x, not \"GGUF\""
              .formatted(Integer.reverseBytes(magic)));
    }
    int version = cursor.u32("version");
    if (version != 2 && version != 3) {
      String problem =
          Integer.reverseBytes(version) == 3
              ? "the file is big-endian; convert it to little-endian"
              : "version "
                  + Integer.toUnsignedString(version)
                  + " is not supported; supported: 2, 3";
      throw cursor.error(4, "version", problem);
    }
    long tensorCount = cursor.count(LEAST_TENSOR_BYTES, "tensor count");
    long keyCount = cursor.count(LEAST_KEY_BYTES, "metadata key count");
    Map<String, MemorySegment> encoded = new LinkedHashMap<>();
    Metadata metadata = readMetadata(file, bytes, cursor, keyCount, encoded);
    List<TensorInfo> tensors = readTensors(file, bytes, cursor, metadata, tensorCount, part);
    return new GgufHeader(version, metadata, encoded, tensors, cursor.position());
  }

  private static Metadata readMetadata(
      Path file,
      MemorySegment bytes,
      GgufCursor cursor,
      long keyCount,
      Map<String, MemorySegment> encoded) {
    Map<String, Object> values = new LinkedHashMap<>();
    for (long i = 0; i < keyCount; i++) {
      long at = cursor.position();
      String key = cursor.string("metadata key " + i);
      long start = cursor.position();
      if (values.put(key, cursor.value(key)) != null) {
        throw cursor.error(at, key, "this key occurs twice");
      }
      encoded.put(key, bytes.asSlice(start, cursor.position() - start));
    }
    return new Metadata(file, values);
  }

  private static List<TensorInfo> readTensors(
      Path file,
      MemorySegment bytes,
      GgufCursor cursor,
      Metadata metadata,
      long tensorCount,
      int part) {
    long alignment = metadata.optInteger("general.alignment").orElse(DEFAULT_ALIGNMENT);
    if (alignment < 8 || alignment > MAX_ALIGNMENT || Long.bitCount(alignment) != 1) {
      throw new ModelFormatException(
          file, "general.alignment", alignment + " is no power of two from 8 to " + MAX_ALIGNMENT);
    }
    List<TensorInfo> relative = new ArrayList<>();
    Set<String> names = new HashSet<>();
    List<Long> directory = new ArrayList<>();
    for (long i = 0; i < tensorCount; i++) {
      directory.add(cursor.position());
      TensorInfo tensor = readTensor(file, cursor, i, part);
      if (!names.add(tensor.name())) {
        throw cursor.error(directory.getLast(), "tensor " + tensor.name(), "it occurs twice");
      }
      relative.add(tensor);
    }
    long data = (cursor.position() + alignment - 1) / alignment * alignment;
    List<TensorInfo> tensors = new ArrayList<>();
    for (int i = 0; i < relative.size(); i++) {
      TensorInfo t = relative.get(i);
      if (t.offset() < 0 || t.offset() % alignment != 0) {
        throw cursor.error(
            directory.get(i),
            "tensor " + t.name(),
            "its offset %s is not a multiple of %d"
                .formatted(Long.toUnsignedString(t.offset()), alignment));
      }
      if (data > bytes.byteSize()
          || t.offset() > bytes.byteSize() - data
          || t.bytes() > bytes.byteSize() - data - t.offset()) {
        throw cursor.error(
            directory.get(i),
            "tensor " + t.name(),
            "its %d bytes at data offset %d end past the end of the file, which has %d bytes; is it truncated?"
                .formatted(t.bytes(), t.offset(), bytes.byteSize()));
      }
      tensors.add(
          new TensorInfo(t.name(), t.dims(), t.format(), data + t.offset(), t.bytes(), part));
    }
    rejectOverlaps(file, tensors);
    return List.copyOf(tensors);
  }

  private static TensorInfo readTensor(Path file, GgufCursor cursor, long index, int part) {
    long start = cursor.position();
    String name = cursor.string("name of tensor " + index);
    if (name.getBytes(StandardCharsets.UTF_8).length > MAX_NAME_BYTES) {
      throw cursor.error(
          start, "name of tensor " + index, "longer than " + MAX_NAME_BYTES + " bytes");
    }
    String field = "tensor " + name;
    long at = cursor.position();
    int dimCount = cursor.u32(field + " (dimensions)");
    if (dimCount < 1 || dimCount > MAX_DIMS) {
      throw cursor.error(
          at, field, Integer.toUnsignedString(dimCount) + " dimensions; 1 to 4 are allowed");
    }
    Long[] dims = new Long[dimCount];
    long elements = 1;
    for (int d = 0; d < dimCount; d++) {
      long sizeAt = cursor.position();
      dims[d] = cursor.i64(field + " (size)");
      if (dims[d] <= 0 || elements > Long.MAX_VALUE / dims[d]) {
        throw cursor.error(sizeAt, field, "dimension " + d + " of size " + dims[d]);
      }
      elements *= dims[d];
    }
    long typeAt = cursor.position();
    int type = cursor.u32(field + " (type)");
    Optional<BlockFormat> format = BlockFormat.ofGgufId(type);
    if (format.isEmpty()) {
      throw new UnsupportedModel(
          file,
          GgufType.tensorTypeName(type) + " of " + field + " at byte " + typeAt,
          Arrays.toString(BlockFormat.values()));
    }
    if (dims[0] % format.get().blockSize() != 0) {
      throw cursor.error(
          at,
          field,
          "rows of %d do not fill whole %s blocks of %d"
              .formatted(dims[0], format.get(), format.get().blockSize()));
    }
    long bytes;
    try {
      bytes = format.get().bytesFor(elements);
    } catch (IllegalArgumentException overflow) {
      throw cursor.error(at, field, overflow.getMessage());
    }
    long offset = cursor.i64(field + " (offset)");
    return new TensorInfo(name, List.of(dims), format.get(), offset, bytes, part);
  }

  private static void rejectOverlaps(Path file, List<TensorInfo> tensors) {
    List<TensorInfo> byOffset = new ArrayList<>(tensors);
    byOffset.sort(Comparator.comparingLong(TensorInfo::offset));
    for (int i = 1; i < byOffset.size(); i++) {
      TensorInfo before = byOffset.get(i - 1);
      TensorInfo tensor = byOffset.get(i);
      if (before.offset() + before.bytes() > tensor.offset()) {
        throw new ModelFormatException(
            file,
            tensor.offset(),
            "tensor " + tensor.name(),
            "its data overlaps that of tensor " + before.name());
      }
    }
  }
}
