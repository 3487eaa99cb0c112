package dev.lanewise.model.gguf;

import dev.lanewise.math.Rope;
import dev.lanewise.model.ModelFormatException;
import dev.lanewise.model.StoredModel;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A GGUF model, of one file or split into {@code -00001-of-0000N.gguf}, mapped into memory
 * read-only. Opening it reads and checks the headers only. The data stays valid until {@link
 * #close}.
 */
public final class GgufFile implements StoredModel {
  private static final Pattern PART = Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})\\.gguf");
  private static final int MAX_PARTS = 1000;

  private final Path path;
  private final List<Path> files;
  private final Arena arena;
  private final List<MemorySegment> parts;
  private final List<GgufHeader> headers;
  private final Map<String, TensorInfo> tensors;

  private GgufFile(
      Path path,
      List<Path> files,
      Arena arena,
      List<MemorySegment> parts,
      List<GgufHeader> headers,
      Map<String, TensorInfo> tensors) {
    this.path = path;
    this.files = files;
    this.arena = arena;
    this.parts = parts;
    this.headers = headers;
    this.tensors = tensors;
  }

  /**
   * Opens a model by its file, or by the first file of a split one.
   *
   * @throws ModelFormatException if a file is not a sound GGUF file
   * @throws dev.lanewise.model.UnsupportedModel if a tensor has a format that is not read
   * @throws IOException if a file cannot be read
   */
  public static GgufFile open(Path path) throws IOException {
    List<Path> files = partsOf(path);
    Arena arena = Arena.ofShared();
    try {
      List<MemorySegment> parts = new ArrayList<>();
      List<GgufHeader> headers = new ArrayList<>();
      for (Path file : files) {
        parts.add(map(file, arena));
        headers.add(GgufHeader.read(file, parts.getLast(), parts.size() - 1));
      }
      Map<String, TensorInfo> tensors = merge(files, headers);
      return new GgufFile(path, files, arena, parts, headers, tensors);
    } catch (IOException | RuntimeException failure) {
      arena.close();
      throw failure;
    }
  }

  @Override
  public GgufFile mapAgain() throws IOException {
    Arena again = Arena.ofShared();
    try {
      List<MemorySegment> mapped = new ArrayList<>();
      for (int part = 0; part < files.size(); part++) {
        mapped.add(map(files.get(part), again));
        if (mapped.getLast().byteSize() != parts.get(part).byteSize()) {
          throw new ModelFormatException(
              files.get(part), "file", "its size has changed while it was loaded; start again");
        }
      }
      return new GgufFile(path, files, again, mapped, headers, tensors);
    } catch (IOException | RuntimeException failure) {
      again.close();
      throw failure;
    }
  }

  private static List<Path> partsOf(Path path) throws NoSuchFileException {
    Matcher name = PART.matcher(String.valueOf(path.getFileName()));
    if (!name.matches()) {
      return List.of(path);
    }
    int count = Integer.parseInt(name.group(3));
    if (Integer.parseInt(name.group(2)) != 1) {
      throw new ModelFormatException(
          path,
          "file name",
          "one part of a split model; open the first: %s-00001-of-%s.gguf"
              .formatted(name.group(1), name.group(3)));
    }
    if (count < 1 || count > MAX_PARTS) {
      throw new ModelFormatException(path, "file name", "a model of " + count + " parts");
    }
    List<Path> files = new ArrayList<>();
    for (int part = 1; part <= count; part++) {
      Path file = path.resolveSibling("%s-%05d-of-%05d.gguf".formatted(name.group(1), part, count));
      if (!Files.exists(file)) {
        throw new NoSuchFileException(
            file.toString(), null, "part %d of %d is missing".formatted(part, count));
      }
      files.add(file);
    }
    return files;
  }

  private static MemorySegment map(Path file, Arena arena) throws IOException {
    if (!Files.exists(file)) {
      throw new NoSuchFileException(file.toString(), null, "no such file");
    }
    if (!Files.isRegularFile(file)) {
      throw new ModelFormatException(file, "file", "not a regular file");
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      if (channel.size() == 0) {
        throw new ModelFormatException(file, 0, "magic", "the file is empty");
      }
      return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
    }
  }

  private static Map<String, TensorInfo> merge(List<Path> files, List<GgufHeader> headers) {
    Map<String, TensorInfo> tensors = new HashMap<>();
    for (int part = 0; part < files.size(); part++) {
      Metadata metadata = headers.get(part).metadata();
      int count = metadata.optInteger("split.count").orElse(1);
      if (count != files.size() && (files.size() > 1 || count > 1)) {
        throw new ModelFormatException(
            files.get(part),
            "split.count",
            "%d parts, but the file name tells of %d".formatted(count, files.size()));
      }
      int number = metadata.optInteger("split.no").orElse(0);
      if (number != part) {
        throw new ModelFormatException(
            files.get(part),
            "split.no",
            "part %d is in the place of part %d".formatted(number, part));
      }
      for (TensorInfo tensor : headers.get(part).tensors()) {
        if (tensors.put(tensor.name(), tensor) != null) {
          throw new ModelFormatException(
              files.get(part), "tensor " + tensor.name(), "it is in an earlier part too");
        }
      }
    }
    Metadata first = headers.getFirst().metadata();
    int expected = first.optInteger("split.tensors.count").orElse(tensors.size());
    if (expected != tensors.size()) {
      throw new ModelFormatException(
          files.getFirst(),
          "split.tensors.count",
          "%d tensors, but the parts hold %d".formatted(expected, tensors.size()));
    }
    return tensors;
  }

  @Override
  public Path path() {
    return path;
  }

  /** The version of the format: 2 or 3. */
  public int version() {
    return headers.getFirst().version();
  }

  @Override
  public String format() {
    return "GGUF version " + version();
  }

  @Override
  public long fileBytes() {
    return parts.stream().mapToLong(MemorySegment::byteSize).sum();
  }

  /** The metadata of the first part. */
  @Override
  public Metadata metadata() {
    return headers.getFirst().metadata();
  }

  /**
   * The value of a key of the metadata as its bytes, which {@link GgufWriter} takes too: {@link
   * Metadata} holds values of different types alike.
   */
  public MemorySegment encodedValue(String key) {
    return headers.getFirst().encoded().get(key);
  }

  @Override
  public Optional<Rope.Layout> ropeLayout() {
    return Optional.empty();
  }

  @Override
  public List<TensorInfo> tensors() {
    return tensors.values().stream()
        .sorted(
            java.util.Comparator.comparingInt(TensorInfo::part)
                .thenComparingLong(TensorInfo::offset))
        .toList();
  }

  @Override
  public Optional<TensorInfo> tensor(String name) {
    return Optional.ofNullable(tensors.get(name));
  }

  @Override
  public MemorySegment data(TensorInfo tensor, long firstRow, long rows) {
    long rowBytes = tensor.format().bytesFor(tensor.cols());
    return parts.get(tensor.part()).asSlice(tensor.offset() + firstRow * rowBytes, rows * rowBytes);
  }

  /** The bytes of each part before its data: metadata and tensor directory. */
  @Override
  public List<MemorySegment> headerBytes() {
    List<MemorySegment> all = new ArrayList<>();
    for (int part = 0; part < parts.size(); part++) {
      all.add(parts.get(part).asSlice(0, headers.get(part).bytes()));
    }
    return all;
  }

  @Override
  public List<MemorySegment> dataBytes() {
    List<MemorySegment> all = new ArrayList<>();
    for (int part = 0; part < parts.size(); part++) {
      all.add(parts.get(part).asSlice(headers.get(part).bytes()));
    }
    return all;
  }

  @Override
  public void close() {
    arena.close();
  }
}
