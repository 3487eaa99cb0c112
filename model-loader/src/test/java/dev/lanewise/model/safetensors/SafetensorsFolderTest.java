package dev.lanewise.model.safetensors;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.model.ModelFormatException;
import dev.lanewise.model.StoredModel;
import dev.lanewise.model.UnsupportedModel;
import dev.lanewise.model.gguf.GgufFile;
import dev.lanewise.model.gguf.TensorInfo;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SafetensorsFolderTest {
  private static final Path TINY =
      Path.of(System.getProperty("lanewise.models")).resolve("tiny/llama");
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path folder;

  private static byte[] bytes(StoredModel model, String tensor) {
    return model.data(model.tensor(tensor).orElseThrow()).toArray(ValueLayout.JAVA_BYTE);
  }

  @Test
  void hasTheTensorsOfTheSameModelAsGguf() throws IOException {
    try (StoredModel safetensors = StoredModel.open(TINY);
        GgufFile gguf = GgufFile.open(TINY.resolve("model.gguf"))) {
      assertEquals("safetensors, 1 file", safetensors.format());
      assertEquals(gguf.tensors().size(), safetensors.tensors().size());
      for (TensorInfo tensor : gguf.tensors()) {
        assertEquals(tensor.dims(), safetensors.tensor(tensor.name()).orElseThrow().dims());
      }
      for (String same : List.of("token_embd.weight", "blk.3.attn_v.weight", "output.weight")) {
        assertArrayEquals(bytes(gguf, same), bytes(safetensors, same));
      }
    }
  }

  @Test
  void makesTheDivisorsOfTheRotaryFrequencies() throws IOException {
    try (StoredModel safetensors = StoredModel.open(TINY);
        GgufFile gguf = GgufFile.open(TINY.resolve("model.gguf"))) {
      float[] expected = floats(gguf, "rope_freqs.weight");
      assertArrayEquals(expected, floats(safetensors, "rope_freqs.weight"), 1e-5f);
      try (StoredModel again = safetensors.mapAgain()) {
        assertArrayEquals(expected, floats(again, "rope_freqs.weight"), 1e-5f);
      }
    }
  }

  private static float[] floats(StoredModel model, String name) {
    TensorInfo tensor = model.tensor(name).orElseThrow();
    float[] values = new float[(int) tensor.elements()];
    tensor.format().decode(model.data(tensor), 0, values, 0, values.length);
    return values;
  }

  @Test
  void aSecondMappingOutlivesTheFirst() throws IOException {
    StoredModel first = StoredModel.open(TINY);
    byte[] expected = bytes(first, "output_norm.weight");
    try (StoredModel second = first.mapAgain()) {
      first.close();
      assertArrayEquals(expected, bytes(second, "output_norm.weight"));
    }
  }

  @Test
  void headersAndDataCoverAllFiles() throws IOException {
    try (StoredModel model = StoredModel.open(TINY)) {
      long bytes =
          model.headerBytes().stream().mapToLong(MemorySegment::byteSize).sum()
              + model.dataBytes().stream().mapToLong(MemorySegment::byteSize).sum();
      assertEquals(
          Files.size(TINY.resolve("model.safetensors"))
              + Files.size(TINY.resolve("config.json"))
              + 8 * Float.BYTES,
          bytes);
    }
  }

  @Test
  void readsAModelOfSeveralFiles() throws IOException {
    split(Map.of());
    try (StoredModel whole = StoredModel.open(TINY);
        StoredModel parts = StoredModel.open(folder)) {
      assertEquals("safetensors, 2 files", parts.format());
      for (TensorInfo tensor : whole.tensors()) {
        assertArrayEquals(bytes(whole, tensor.name()), bytes(parts, tensor.name()), tensor.name());
      }
    }
  }

  /**
   * Writes the tiny model in two files with an index.
   *
   * @param changes of the index: names of tensors to names of files
   */
  private void split(Map<String, String> changes) throws IOException {
    byte[] file = Files.readAllBytes(TINY.resolve("model.safetensors"));
    SafetensorsHeader header = SafetensorsHeader.read(TINY, MemorySegment.ofArray(file));
    Map<String, String> fileOf = new LinkedHashMap<>();
    int half = header.tensors().size() / 2;
    for (int part = 0; part < 2; part++) {
      String name = "model-0000%d-of-00002.safetensors".formatted(part + 1);
      ByteArrayOutputStream data = new ByteArrayOutputStream();
      ObjectNode json = JSON.createObjectNode();
      for (StoredTensor tensor :
          header.tensors().subList(part * half, part == 0 ? half : header.tensors().size())) {
        ObjectNode entry = json.putObject(tensor.name());
        entry.put("dtype", tensor.dtype().name());
        entry.set("shape", JSON.valueToTree(tensor.shape()));
        entry.set(
            "data_offsets", JSON.valueToTree(List.of(data.size(), data.size() + tensor.bytes())));
        data.write(file, (int) tensor.offset(), (int) tensor.bytes());
        fileOf.put(tensor.name(), name);
      }
      Files.write(
          folder.resolve(name), HandMadeSafetensors.file(json.toString(), data.toByteArray()));
    }
    fileOf.putAll(changes);
    ObjectNode index = JSON.createObjectNode();
    index.putObject("metadata").put("total_size", file.length);
    index.set("weight_map", JSON.valueToTree(fileOf));
    Files.writeString(folder.resolve("model.safetensors.index.json"), index.toString());
    Files.copy(TINY.resolve("config.json"), folder.resolve("config.json"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../model.safetensors",
        "/tmp/model.safetensors",
        "a/model.safetensors",
        "a\\model.safetensors",
        "..",
        "model.bin",
        ""
      })
  void refusesAnIndexThatLeadsElsewhere(String name) throws IOException {
    split(Map.of("lm_head.weight", name));
    ModelFormatException error =
        assertThrows(ModelFormatException.class, () -> StoredModel.open(folder));
    assertTrue(error.getMessage().contains("weight_map.lm_head.weight: \"" + name + "\""));
  }

  @Test
  void refusesAnIndexThatDoesNotAgreeWithTheFiles() throws IOException {
    split(Map.of("lm_head.weight", "model-00002-of-00002.safetensors", "more", "more.safetensors"));
    NoSuchFileException missing =
        assertThrows(NoSuchFileException.class, () -> StoredModel.open(folder));
    assertTrue(missing.getMessage().contains("more.safetensors"));
    Files.copy(
        folder.resolve("model-00001-of-00002.safetensors"), folder.resolve("more.safetensors"));
    ModelFormatException twice =
        assertThrows(ModelFormatException.class, () -> StoredModel.open(folder));
    assertTrue(twice.getMessage().contains("it is in an earlier file too"), twice.getMessage());
    Files.write(folder.resolve("more.safetensors"), HandMadeSafetensors.file("{}", 0));
    ModelFormatException elsewhere =
        assertThrows(ModelFormatException.class, () -> StoredModel.open(folder));
    assertTrue(elsewhere.getMessage().contains("weight_map."), elsewhere.getMessage());
    assertTrue(elsewhere.getMessage().contains("but is in "), elsewhere.getMessage());
  }

  @Test
  void saysWhatAFolderLacks() throws IOException {
    NoSuchFileException weights =
        assertThrows(NoSuchFileException.class, () -> StoredModel.open(folder));
    assertTrue(weights.getReason().contains("neither model.safetensors nor"));
    Files.write(folder.resolve("model.safetensors"), HandMadeSafetensors.file("{}", 0));
    NoSuchFileException config =
        assertThrows(NoSuchFileException.class, () -> StoredModel.open(folder));
    assertTrue(config.getFile().endsWith("config.json"));
  }

  @Test
  void namesATensorThatTheFamilyLacks() throws IOException {
    UnsupportedModel error =
        assertThrows(
            UnsupportedModel.class, () -> openTinyWith("layers.3.mlp.up_", "layers.3.mlp.us_"));
    assertTrue(
        error.getMessage().contains("tensor model.layers.3.mlp.us_proj.weight, which the llama"),
        error.getMessage());
  }

  @Test
  void namesATypeOfWeightsThatIsNotComputedWith() throws IOException {
    UnsupportedModel error =
        assertThrows(UnsupportedModel.class, () -> openTinyWith("\"BF16\"", "\"I16\" "));
    assertTrue(error.getMessage().contains("I16 of tensor"), error.getMessage());
  }

  @Test
  void refusesTwoTensorsOfOneName() throws IOException {
    ModelFormatException error =
        assertThrows(
            ModelFormatException.class,
            () ->
                openTinyWith(
                    "\"model.layers.0.input_layernorm", "\"model.layers.1.input_layernorm"));
    assertTrue(error.getMessage().contains("it occurs twice"), error.getMessage());
  }

  @Test
  void needsTheHeadThatIsNotTied() throws IOException {
    ModelFormatException error =
        assertThrows(
            ModelFormatException.class,
            () ->
                openTinyWith(
                    "\"lm_head.weight\"", "\"model.layers.9.self_attn.rotary_emb.inv_freq\""));
    assertTrue(error.getMessage().contains("no tensor lm_head.weight"), error.getMessage());
  }

  /** The tiny model with the first text in its header that matches replaced. */
  private void openTinyWith(String from, String to) throws IOException {
    byte[] file = Files.readAllBytes(TINY.resolve("model.safetensors"));
    int dataStart = (int) SafetensorsHeader.read(TINY, MemorySegment.ofArray(file)).bytes();
    String header = new String(file, 8, dataStart - 8, StandardCharsets.UTF_8);
    int at = header.indexOf(from);
    String changed = header.substring(0, at) + to + header.substring(at + from.length());
    byte[] data = java.util.Arrays.copyOfRange(file, dataStart, file.length);
    Files.write(folder.resolve("model.safetensors"), HandMadeSafetensors.file(changed, data));
    Files.copy(TINY.resolve("config.json"), folder.resolve("config.json"));
    StoredModel.open(folder).close();
  }
}
