package dev.lanewise.model.safetensors;

import dev.lanewise.math.Rope;
import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.model.ModelFormatException;
import dev.lanewise.model.StoredModel;
import dev.lanewise.model.config.TensorName;
import dev.lanewise.model.gguf.Metadata;
import dev.lanewise.model.gguf.TensorInfo;
import dev.lanewise.model.hub.HubConfig;
import dev.lanewise.model.hub.HubSampling;
import dev.lanewise.model.hub.HubTokenizer;
import dev.lanewise.model.hub.TensorUse;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A folder as model hubs publish it: weights in {@code model.safetensors} or in the files that
 * {@code model.safetensors.index.json} names, and what the model is in {@code config.json}.
 *
 * <p>What follows from the configuration, but is a tensor in GGUF, is in a last part of its own
 * whose header is the configuration.
 */
public final class SafetensorsFolder implements StoredModel {
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Path path;
  private final Metadata metadata;
  private final Arena arena;
  private final List<Part> parts;
  private final Map<String, SourcedTensor> tensors;

  /** A file, or what was made of the configuration. */
  private record Part(Path file, MemorySegment bytes, long headerBytes, boolean made) {}

  private SafetensorsFolder(
      Path path,
      Metadata metadata,
      Arena arena,
      List<Part> parts,
      Map<String, SourcedTensor> tensors) {
    this.path = path;
    this.metadata = metadata;
    this.arena = arena;
    this.parts = parts;
    this.tensors = tensors;
  }

  /**
   * Opens a folder.
   *
   * @throws ModelFormatException if a file is not sound
   * @throws dev.lanewise.model.UnsupportedModel if the model asks for something that is not read or
   *     not computed
   * @throws IOException if a file cannot be read
   */
  public static SafetensorsFolder open(Path folder) throws IOException {
    Path path = folder.toAbsolutePath().normalize();
    Path configFile = path.resolve("config.json");
    ShardIndex index = ShardIndex.of(path);
    if (!Files.exists(configFile)) {
      throw new NoSuchFileException(
          configFile.toString(), null, "a folder of safetensors needs it");
    }
    HubConfig config = HubConfig.read(configFile);
    Arena arena = Arena.ofShared();
    try {
      List<Part> parts = new ArrayList<>();
      TensorAssembly assembly = new TensorAssembly();
      QuantizedModules quantized = new QuantizedModules(config);
      Map<String, String> found = new HashMap<>();
      for (Path file : index.files()) {
        MemorySegment bytes = map(file, arena);
        SafetensorsHeader header = SafetensorsHeader.read(file, bytes);
        for (StoredTensor tensor : header.tensors()) {
          if (found.put(tensor.name(), file.getFileName().toString()) != null) {
            throw new ModelFormatException(
                file, "tensor " + tensor.name(), "it is in an earlier file too");
          }
          StoredPart stored = new StoredPart(tensor, file, parts.size());
          if (!quantized.take(stored, bytes)) {
            for (TensorUse use : config.uses(file, tensor.name())) {
              assembly.add(use, stored);
            }
          }
        }
        parts.add(new Part(file, bytes, header.bytes(), false));
      }
      index.check(path, found);
      quantized.addTo(assembly, parts.stream().map(Part::bytes).toList());
      Map<String, SourcedTensor> tensors = assembly.tensors();
      if (!config.tiedHead() && !tensors.containsKey(TensorName.OUTPUT.fileName())) {
        throw new ModelFormatException(
            configFile, "tie_word_embeddings", "is false, but there is no tensor lm_head.weight");
      }
      parts.add(made(configFile, config, parts.size(), tensors));
      Map<String, Object> metadata = new LinkedHashMap<>(config.metadata());
      metadata.putAll(HubTokenizer.read(path, config.vocabularySize()));
      metadata.putAll(HubSampling.read(path));
      return new SafetensorsFolder(path, new Metadata(path, metadata), arena, parts, tensors);
    } catch (IOException | RuntimeException failure) {
      arena.close();
      throw failure;
    }
  }

  private static MemorySegment map(Path file, Arena arena) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
    }
  }

  /** The bytes of the configuration, followed by the divisors of the rotary frequencies. */
  private static Part made(
      Path configFile, HubConfig config, int part, Map<String, SourcedTensor> tensors)
      throws IOException {
    byte[] text = Files.readAllBytes(configFile);
    float[] divisors = config.ropeDivisors();
    long dataBytes = BlockFormat.F32.bytesFor(divisors.length);
    // Not in the arena of the files, so that it outlives one mapping and serves the next.
    MemorySegment bytes = Arena.ofAuto().allocate(text.length + dataBytes);
    MemorySegment.copy(text, 0, bytes, ValueLayout.JAVA_BYTE, 0, text.length);
    for (int i = 0; i < divisors.length; i++) {
      bytes.set(FLOAT, text.length + (long) Float.BYTES * i, divisors[i]);
    }
    if (divisors.length > 0) {
      String name = TensorName.ROPE_FACTORS.fileName();
      TensorInfo info =
          new TensorInfo(
              name, List.of((long) divisors.length), BlockFormat.F32, text.length, dataBytes, part);
      StoredRows row = new StoredRows(part, text.length, dataBytes);
      tensors.put(name, new SourcedTensor(info, new PickedRows(row, new RowPick(0, 1, 1), 1)));
    }
    return new Part(configFile, bytes, text.length, true);
  }

  @Override
  public SafetensorsFolder mapAgain() throws IOException {
    Arena again = Arena.ofShared();
    try {
      List<Part> mapped = new ArrayList<>();
      for (Part part : parts) {
        MemorySegment bytes = part.made() ? part.bytes() : map(part.file(), again);
        if (bytes.byteSize() != part.bytes().byteSize()) {
          throw new ModelFormatException(
              part.file(), "file", "its size has changed while it was loaded; start again");
        }
        mapped.add(new Part(part.file(), bytes, part.headerBytes(), part.made()));
      }
      return new SafetensorsFolder(path, metadata, again, mapped, tensors);
    } catch (IOException | RuntimeException failure) {
      again.close();
      throw failure;
    }
  }

  @Override
  public Path path() {
    return path;
  }

  @Override
  public String format() {
    int files = parts.size() - 1;
    return "safetensors, " + files + (files == 1 ? " file" : " files");
  }

  @Override
  public long fileBytes() {
    return parts.stream().filter(part -> !part.made()).mapToLong(p -> p.bytes().byteSize()).sum();
  }

  @Override
  public Metadata metadata() {
    return metadata;
  }

  /** Rows of query and key stand as they were trained; only GGUF has them in another order. */
  @Override
  public Optional<Rope.Layout> ropeLayout() {
    return Optional.of(Rope.Layout.HALVES);
  }

  @Override
  public List<TensorInfo> tensors() {
    return tensors.values().stream()
        .map(SourcedTensor::info)
        .sorted(
            Comparator.comparingInt(TensorInfo::part)
                .thenComparingLong(TensorInfo::offset)
                .thenComparing(TensorInfo::name))
        .toList();
  }

  @Override
  public Optional<TensorInfo> tensor(String name) {
    return Optional.ofNullable(tensors.get(name)).map(SourcedTensor::info);
  }

  @Override
  public MemorySegment data(TensorInfo tensor, long firstRow, long rows) {
    return tensors
        .get(tensor.name())
        .read(parts.stream().map(Part::bytes).toList(), firstRow, rows, arena);
  }

  @Override
  public List<MemorySegment> headerBytes() {
    return parts.stream().map(part -> part.bytes().asSlice(0, part.headerBytes())).toList();
  }

  @Override
  public List<MemorySegment> dataBytes() {
    return parts.stream().map(part -> part.bytes().asSlice(part.headerBytes())).toList();
  }

  @Override
  public void close() {
    arena.close();
  }
}
