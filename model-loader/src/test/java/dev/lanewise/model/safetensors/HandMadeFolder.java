package dev.lanewise.model.safetensors;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** A tiny model in safetensors, to be written with other tensors or another configuration. */
final class HandMadeFolder {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** A tensor as a file has it. */
  record Entry(String dtype, List<Long> shape, byte[] data) {
    static Entry of(String dtype, byte[] data, long... shape) {
      return new Entry(dtype, Arrays.stream(shape).boxed().toList(), data);
    }

    /** The same data in another shape. */
    Entry shaped(long... other) {
      return of(dtype, data, other);
    }
  }

  final Map<String, Entry> tensors = new LinkedHashMap<>();
  final ObjectNode config;

  private HandMadeFolder(ObjectNode config) {
    this.config = config;
  }

  /** All that a folder has. */
  static HandMadeFolder of(Path folder) throws IOException {
    HandMadeFolder made =
        new HandMadeFolder((ObjectNode) JSON.readTree(folder.resolve("config.json").toFile()));
    byte[] file = Files.readAllBytes(folder.resolve("model.safetensors"));
    SafetensorsHeader header = SafetensorsHeader.read(folder, MemorySegment.ofArray(file));
    for (StoredTensor tensor : header.tensors()) {
      int from = (int) tensor.offset();
      byte[] data = Arrays.copyOfRange(file, from, from + (int) tensor.bytes());
      made.tensors.put(tensor.name(), new Entry(tensor.dtype().name(), tensor.shape(), data));
    }
    return made;
  }

  /** Gives all tensors other names; those that get none are left out. */
  void rename(UnaryOperator<String> name) {
    Map<String, Entry> before = new LinkedHashMap<>(tensors);
    tensors.clear();
    before.forEach(
        (old, entry) -> {
          String renamed = name.apply(old);
          if (!renamed.isEmpty()) {
            tensors.put(renamed, entry);
          }
        });
  }

  /** Writes configuration and weights. */
  Path write(Path folder) throws IOException {
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    ObjectNode header = JSON.createObjectNode();
    tensors.forEach(
        (name, entry) -> {
          ObjectNode json = header.putObject(name);
          json.put("dtype", entry.dtype());
          json.set("shape", JSON.valueToTree(entry.shape()));
          json.set(
              "data_offsets",
              JSON.valueToTree(List.of(data.size(), data.size() + entry.data().length)));
          data.writeBytes(entry.data());
        });
    Files.createDirectories(folder);
    Files.write(
        folder.resolve("model.safetensors"),
        HandMadeSafetensors.file(header.toString(), data.toByteArray()));
    JSON.writeValue(folder.resolve("config.json").toFile(), config);
    return folder;
  }
}
