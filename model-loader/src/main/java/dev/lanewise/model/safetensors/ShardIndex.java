package dev.lanewise.model.safetensors;

import dev.lanewise.model.ModelFormatException;
import dev.lanewise.model.hub.JsonFields;
import dev.lanewise.model.hub.JsonFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Which tensors are in which files of a folder.
 *
 * @param files the files, in the order of their names
 * @param fileOf names of tensors to names of files; empty if there is one file and no index
 */
record ShardIndex(List<Path> files, Map<String, String> fileOf) {
  private static final String SINGLE = "model.safetensors";
  private static final String INDEX = "model.safetensors.index.json";
  private static final long MAX_BYTES = 64L << 20;
  private static final int MAX_FILES = 1000;
  private static final Pattern FILE_NAME = Pattern.compile("[\\w.-]+\\.safetensors");

  /**
   * The one file of a folder, or those that its index names.
   *
   * @throws NoSuchFileException if there is neither, or a file of the index is missing
   * @throws ModelFormatException if the index is not sound or names files outside the folder
   */
  static ShardIndex of(Path folder) throws IOException {
    if (Files.exists(folder.resolve(SINGLE))) {
      return new ShardIndex(List.of(folder.resolve(SINGLE)), Map.of());
    }
    Path index = folder.resolve(INDEX);
    if (!Files.exists(index)) {
      throw new NoSuchFileException(
          folder.toString(), null, "the folder has neither " + SINGLE + " nor " + INDEX);
    }
    JsonFields map = JsonFile.read(index, MAX_BYTES).fields("weight_map");
    Map<String, String> fileOf = new TreeMap<>();
    for (String tensor : map.names()) {
      String name = map.string(tensor);
      if (!FILE_NAME.matcher(name).matches()) {
        throw map.error(tensor, "\"" + name + "\" is not the name of a safetensors file beside it");
      }
      fileOf.put(tensor, name);
    }
    TreeSet<String> names = new TreeSet<>(fileOf.values());
    if (names.isEmpty() || names.size() > MAX_FILES) {
      throw new ModelFormatException(
          index, "weight_map", names.size() + " files; from 1 to " + MAX_FILES + " are read");
    }
    for (String name : names) {
      if (!Files.exists(folder.resolve(name))) {
        throw new NoSuchFileException(
            folder.resolve(name).toString(), null, "missing, but " + INDEX + " names it");
      }
    }
    return new ShardIndex(names.stream().map(folder::resolve).toList(), fileOf);
  }

  /**
   * Compares the index with what the files hold.
   *
   * @param found names of tensors to the names of the files that hold them
   */
  void check(Path folder, Map<String, String> found) {
    if (fileOf.isEmpty() || fileOf.equals(found)) {
      return;
    }
    TreeSet<String> names = new TreeSet<>(fileOf.keySet());
    names.addAll(found.keySet());
    for (String name : names) {
      String expected = fileOf.getOrDefault(name, "no file");
      String actual = found.getOrDefault(name, "no file");
      if (!expected.equals(actual)) {
        throw new ModelFormatException(
            folder.resolve(INDEX),
            "weight_map." + name,
            "the tensor should be in %s, but is in %s".formatted(expected, actual));
      }
    }
  }
}
