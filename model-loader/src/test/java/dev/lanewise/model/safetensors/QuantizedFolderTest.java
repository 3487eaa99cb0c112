package dev.lanewise.model.safetensors;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.model.ModelFormatException;
import dev.lanewise.model.StoredModel;
import dev.lanewise.model.UnsupportedModel;
import dev.lanewise.model.config.TensorName;
import dev.lanewise.model.gguf.TensorInfo;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Folders that the libraries of each format have written, beside what these libraries make of them:
 * {@code dequantized} has the weights in F32.
 */
final class QuantizedFolderTest {
  private static final Path ALL =
      Path.of(System.getProperty("lanewise.models")).resolve("quantized");
  private static final String GATE = "model.layers.0.mlp.gate_proj.";

  @TempDir private Path folder;

  /** How far a weight may be from what the library makes of it. */
  enum Bound {
    EXACT,
    /** Half the last bit of F16. */
    OF_WEIGHT,
    /** The same, of the largest weight of a block. */
    OF_BLOCK,
    /** Another order of multiplications in F32. */
    LAST_BITS;

    double of(float[] weights, int i) {
      double block = 0;
      for (int k = i / 32 * 32; k < i / 32 * 32 + 32; k++) {
        block = Math.max(block, Math.abs(weights[k]));
      }
      return switch (this) {
        case EXACT -> 0;
        case OF_WEIGHT -> Math.max(0x1.001p-11 * Math.abs(weights[i]), 0x1p-25);
        case OF_BLOCK -> 0x1.001p-11 * block;
        case LAST_BITS -> 0x1p-21 * Math.abs(weights[i]);
      };
    }
  }

  @ParameterizedTest
  @CsvSource({
    "gptq,              Q4_0,  EXACT",
    "gptq-asymmetric,   Q4_1,  OF_BLOCK",
    "gptq-act-order,    F16,   OF_WEIGHT",
    "gptq-8bit,         Q8_0,  EXACT",
    "gptq-experts,      Q4_0,  EXACT",
    "awq,               Q4_1,  OF_BLOCK",
    "packed,            Q4_0,  EXACT",
    "packed-asymmetric, Q4_1,  OF_BLOCK",
    "int8,              Q8_0,  OF_WEIGHT",
    "float8,            F16,   OF_WEIGHT",
    "fp8-blocks,        F16,   OF_WEIGHT",
    "fp8,               F16,   OF_WEIGHT",
    "fp8-plain,         F16,   EXACT",
    "mxfp4,             MXFP4, EXACT",
    "nvfp4,             NVFP4, LAST_BITS",
    "nvfp4-modelopt,    NVFP4, LAST_BITS",
  })
  void hasTheWeightsThatTheLibraryMakes(String name, BlockFormat format, Bound bound)
      throws IOException {
    try (StoredModel quantized = StoredModel.open(ALL.resolve(name));
        StoredModel expected = StoredModel.open(ALL.resolve(name + "/dequantized"))) {
      int coded = 0;
      for (TensorInfo tensor : expected.tensors()) {
        TensorInfo made = quantized.tensor(tensor.name()).orElseThrow();
        assertEquals(tensor.dims(), made.dims(), tensor.name());
        float[] weights = weights(expected, tensor.name());
        float[] actual = weights(quantized, tensor.name());
        boolean isCoded = made.format() == format;
        coded += isCoded ? 1 : 0;
        for (int i = 0; i < weights.length; i++) {
          double error = isCoded ? bound.of(weights, i) : 0;
          assertEquals(weights[i], actual[i], error, tensor.name() + " " + i);
        }
      }
      int linear = name.startsWith("nvfp4") ? 6 : name.equals("packed-asymmetric") ? 4 : 7;
      assertEquals(linear, coded);
    }
  }

  private static float[] weights(StoredModel model, String name) {
    TensorInfo tensor = model.tensor(name).orElseThrow();
    float[] values = new float[(int) tensor.elements()];
    tensor.format().decode(model.data(tensor), 0, values, 0, values.length);
    String scale = name.endsWith(".weight") ? TensorName.scaleOf(name) : name;
    if (tensor.format() == BlockFormat.NVFP4) {
      float factor = weights(model, scale)[0];
      IntStream.range(0, values.length).forEach(i -> values[i] *= factor);
    }
    return values;
  }

  /** The rows asked for are the same whatever is asked for beside them. */
  @ParameterizedTest
  @CsvSource({
    "gptq",
    "gptq-act-order",
    "awq",
    "packed-asymmetric",
    "int8",
    "fp8-blocks",
    "mxfp4",
    "nvfp4"
  })
  void makesAnyRowsAlone(String name) throws IOException {
    try (StoredModel model = StoredModel.open(ALL.resolve(name))) {
      for (TensorInfo tensor : model.tensors()) {
        byte[] all = model.data(tensor).toArray(ValueLayout.JAVA_BYTE);
        int rowBytes = (int) (all.length / tensor.rows());
        for (int row = 0; row < tensor.rows(); row += 13) {
          int count = (int) Math.min(3, tensor.rows() - row);
          assertArrayEquals(
              Arrays.copyOfRange(all, row * rowBytes, (row + count) * rowBytes),
              model.data(tensor, row, count).toArray(ValueLayout.JAVA_BYTE));
        }
      }
    }
  }

  /** Zeros are less 1 in the one and as they are in the other. */
  @Test
  void readsBothConventionsOfZeros() throws IOException {
    Folder copy = new Folder("gptq-asymmetric");
    copy.config = copy.config.replace("\"gptq\"\n", "\"gptq_v2\"\n");
    for (StoredTensor tensor : copy.header.tensors()) {
      for (long at = 0; tensor.name().endsWith("qzeros") && at < tensor.bytes(); at += 4) {
        int offset = (int) (tensor.offset() + at);
        copy.file.putInt(offset, copy.file.getInt(offset) + 0x11111111);
      }
    }
    try (StoredModel first = StoredModel.open(ALL.resolve("gptq-asymmetric"));
        StoredModel second = copy.open()) {
      String name = "blk.0.ffn_down.weight";
      assertArrayEquals(weights(first, name), weights(second, name));
    }
  }

  /** A copy of a folder, to be changed. */
  private final class Folder {
    final SafetensorsHeader header;
    final ByteBuffer file;
    String config;
    private String json;

    Folder(String name) throws IOException {
      byte[] bytes = Files.readAllBytes(ALL.resolve(name + "/model.safetensors"));
      file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      header = SafetensorsHeader.read(ALL, MemorySegment.ofArray(bytes));
      json = new String(bytes, 8, (int) header.bytes() - 8, StandardCharsets.UTF_8);
      config = Files.readString(ALL.resolve(name + "/config.json"));
    }

    /** Where the data of a tensor is in the file. */
    int at(String tensor) {
      return (int)
          header.tensors().stream()
              .filter(some -> some.name().equals(tensor))
              .findFirst()
              .orElseThrow()
              .offset();
    }

    /** Changes what the header says of a tensor. */
    Folder with(String tensor, String from, String to) {
      int start = json.indexOf('"' + tensor + '"');
      int end = json.indexOf('}', start);
      String entry = json.substring(start, end);
      assertTrue(entry.contains(from), entry);
      json = json.substring(0, start) + entry.replace(from, to) + json.substring(end);
      return this;
    }

    StoredModel open() throws IOException {
      byte[] data = Arrays.copyOfRange(file.array(), (int) header.bytes(), file.capacity());
      Files.write(folder.resolve("model.safetensors"), HandMadeSafetensors.file(json.trim(), data));
      Files.writeString(folder.resolve("config.json"), config);
      return StoredModel.open(folder);
    }

    void isRefused(String message) {
      ModelFormatException error = assertThrows(ModelFormatException.class, this::open);
      assertTrue(error.getMessage().contains(message), error.getMessage());
    }

    void isRefusedWhenRead(String tensor, String message) throws IOException {
      try (StoredModel model = open()) {
        TensorInfo info = model.tensor(tensor).orElseThrow();
        ModelFormatException error =
            assertThrows(ModelFormatException.class, () -> model.data(info));
        assertTrue(error.getMessage().contains(message), error.getMessage());
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "gptq   | qweight      | [8,96]       | [96,8]   | scales: has the shape [2, 96], not [24, 8]",
        "gptq   | qweight      | [8,96]       | [768]    | qweight: has the shape [768], not one of 2",
        "gptq   | qweight      | \"I32\"      | \"U32\"  | qweight: is of U32, not of I32",
        "gptq   | scales       | [2,96]       | [96,2]   | scales: has the shape [96, 2], not [2, 96]",
        "gptq   | scales       | \"F16\"      | \"I16\"  | scales: is of I16, not of F32, F16",
        "gptq   | qzeros       | [2,12]       | [12,2]   | qzeros: has the shape [12, 2], not [2, 12]",
        "gptq   | g_idx        | [64]         | [8,8]    | g_idx: has the shape [8, 8], not [64]",
        "gptq   | g_idx        | g_idx        | qzeros_  | gate_proj.qzeros_, which the qwen2",
        "awq    | qweight      | [64,12]      | [12,64]  | scales: has the shape [2, 96], not [1, 512]",
        "packed | weight_shape | [2]          | [2,1]    | weight_shape: has the shape [2, 1], not [2]",
        "packed | weight_scale | weight_scale | weight_scal_ | weight_scal_, which",
        "int8   | weight_scale | [96,1]       | [1,96]   | weight_scale: has the shape [1, 96], not [96, 1]",
        "int8   | weight       | \"I8\"       | \"U8\"   | weight: is of U8, not of I8",
        "fp8    | weight_scale | \"F32\"      | \"I32\"  | weight_scale: is of I32",
        "fp8-blocks | weight_scale_inv | [3,2] | [2,3]   | weight_scale_inv: has the shape [2, 3], not [3, 2]",
        "mxfp4  | weight_scale | [96,2]       | [48,4]   | weight_scale: has the shape [48, 4], not [96, 2]",
        "nvfp4  | weight_scale | [96,4]       | [48,8]   | weight_scale: has the shape [48, 8], not [96, 4]",
        "nvfp4  | weight_packed | [96,32]     | [192,16] | weight_packed: rows of 32 weights do not fill blocks of 64",
        "nvfp4  | weight_global_scale | \"F32\" | \"I32\" | weight_global_scale: is of I32, not of F32",
      })
  void namesATensorThatDoesNotFit(String name, String part, String from, String to, String message)
      throws IOException {
    Folder copy = new Folder(name).with(GATE + part, from, to);
    RuntimeException error = assertThrows(RuntimeException.class, copy::open);
    assertTrue(
        error instanceof ModelFormatException || error instanceof UnsupportedModel,
        error.toString());
    assertTrue(error.getMessage().contains(message), error.getMessage());
  }

  @Test
  void namesAColumnOfNoGroup() throws IOException {
    for (int group : new int[] {2, -1, Integer.MIN_VALUE}) {
      Folder copy = new Folder("gptq-act-order");
      copy.file.putInt(copy.at(GATE + "g_idx") + 5 * Integer.BYTES, group);
      copy.isRefused(GATE + "g_idx: column 5 is of group " + group + ", of 2");
    }
  }

  @Test
  void namesAGroupSizeThatIsNotThatOfTheScales() throws IOException {
    Folder copy = new Folder("awq");
    copy.config = copy.config.replace("\"group_size\": 32", "\"group_size\": 64");
    copy.isRefused("down_proj.scales: has the shape [3, 64], not [2, 64]");
  }

  @Test
  void namesAShapeThatTheCodesDoNotHave() throws IOException {
    for (long cols : new long[] {65, 56, 0, -64, Long.MAX_VALUE}) {
      Folder copy = new Folder("packed");
      copy.file.putLong(copy.at(GATE + "weight_shape") + Long.BYTES, cols);
      copy.isRefused(GATE + "weight_shape: 96 rows of " + cols + " weights are not what");
    }
  }

  @Test
  void namesAScaleThatIsNoPositiveNumber() throws IOException {
    for (float scale : new float[] {Float.NaN, Float.POSITIVE_INFINITY, -0.5f}) {
      Folder copy = new Folder("gptq");
      copy.file.putShort(copy.at(GATE + "scales") + 96 * Short.BYTES, Float.floatToFloat16(scale));
      copy.isRefusedWhenRead(
          "blk.0.ffn_gate.weight", GATE + "scales: the scale 1 of row 0 is " + scale);
    }
  }

  @Test
  void aScaleOfZeroMakesZeros() throws IOException {
    Folder copy = new Folder("gptq");
    copy.file.putShort(copy.at(GATE + "scales"), (short) 0);
    try (StoredModel model = copy.open()) {
      float[] weights = weights(model, "blk.0.ffn_gate.weight");
      assertArrayEquals(new float[32], Arrays.copyOf(weights, 32), 0);
      assertTrue(IntStream.range(32, 64).anyMatch(i -> weights[i] != 0));
    }
  }

  @Test
  void namesAZeroThatIsNotInTheMiddle() throws IOException {
    Folder copy = new Folder("gptq");
    copy.file.put(copy.at(GATE + "qzeros"), (byte) 0x75);
    copy.isRefusedWhenRead(
        "blk.0.ffn_gate.weight", GATE + "qzeros: the zero 0 of row 0 is 6, but the configuration");
  }

  @Test
  void namesWeightsThatF16DoesNotHold() throws IOException {
    Folder notANumber = new Folder("fp8");
    notANumber.file.put(notANumber.at(GATE + "weight") + 3 * 64, (byte) 0x7f);
    notANumber.isRefusedWhenRead("blk.0.ffn_gate.weight", GATE + "weight: NaN, in row 3,");
    Folder large = new Folder("fp8");
    large.file.putFloat(large.at(GATE + "weight_scale"), 1e30f);
    large.isRefusedWhenRead("blk.0.ffn_gate.weight", "is no number that F16 holds");
    Folder scale = new Folder("int8");
    scale.file.putFloat(scale.at(GATE + "weight_scale"), 1e5f);
    scale.isRefusedWhenRead(
        "blk.0.ffn_gate.weight", GATE + "weight: 100000.0, in row 0, is no number");
  }

  @Test
  void namesScalesOfNvfp4ThatAreNoPositiveNumbers() throws IOException {
    for (int code : new int[] {0x7f, 0x80, 0xb8, 0xff}) {
      Folder copy = new Folder("nvfp4");
      copy.file.put(copy.at(GATE + "weight_scale") + 6, (byte) code);
      copy.isRefusedWhenRead(
          "blk.0.ffn_gate.weight",
          GATE + "weight_scale: the scale 2 of row 1 has the code " + code);
    }
    for (float scale : new float[] {0, -1, Float.NaN, Float.POSITIVE_INFINITY, Float.MIN_VALUE}) {
      Folder copy = new Folder("nvfp4");
      copy.file.putFloat(copy.at(GATE + "weight_global_scale"), scale);
      copy.isRefusedWhenRead(
          "blk.0.ffn_gate.scale",
          GATE + "weight_global_scale: " + scale + " makes no positive scale");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "gptq  | qweight       | I32     | [8,96]                | 3072 | qweight: needs its scales beside it",
        "gptq  | scales        | F16     | [2,96]                | 384  | scales: there are no codes",
        "gptq  | qweight       | I32     | [0,96]                | 0    | qweight: has the shape [0, 96]",
        "gptq  | qweight       | I32     | [1152921504606846976,0] | 0  | qweight: has the shape",
        "int8  | weight        | I8      | [1,2000000]           | 2000000 | weight: has rows of 2000000 weights",
        "nvfp4 | weight_packed | U8      | [96,32]               | 3072 | weight_packed: needs its scales beside it",
      })
  void namesATensorThatIsAlone(
      String name, String part, String dtype, String shape, int bytes, String message)
      throws IOException {
    String header = HandMadeSafetensors.tensor(GATE + part, dtype, shape, 0, bytes);
    Files.write(
        folder.resolve("model.safetensors"), HandMadeSafetensors.file("{" + header + "}", bytes));
    Files.copy(ALL.resolve(name + "/config.json"), folder.resolve("config.json"));
    ModelFormatException error =
        assertThrows(ModelFormatException.class, () -> StoredModel.open(folder));
    assertTrue(error.getMessage().contains(message), error.getMessage());
  }

  @Test
  void namesAModuleThatTheFamilyLacks() throws IOException {
    Folder copy = new Folder("gptq");
    for (String part : List.of("qweight", "qzeros", "scales", "g_idx")) {
      copy.with(GATE + part, "gate_proj", "gate_prox");
    }
    UnsupportedModel error = assertThrows(UnsupportedModel.class, copy::open);
    assertTrue(
        error.getMessage().contains("tensor model.layers.0.mlp.gate_prox.weight, which the qwen2"),
        error.getMessage());
  }

  @Test
  void leavesOutBiasesOfZerosThatTheFamilyLacks() throws IOException {
    String bias = "model.layers.0.mlp.up_proj.bias";
    Folder copy = new Folder("gptq").with(GATE + "g_idx", GATE + "g_idx", bias);
    int at = copy.at(GATE + "g_idx");
    for (int i = 0; i < 64; i++) {
      copy.file.putInt(at + i * Integer.BYTES, 0);
    }
    try (StoredModel model = copy.open()) {
      assertEquals(BlockFormat.Q4_0, model.tensor("blk.0.ffn_up.weight").orElseThrow().format());
    }
    copy.file.putInt(at + 63 * Integer.BYTES, 0x3c00);
    UnsupportedModel error = assertThrows(UnsupportedModel.class, copy::open);
    assertTrue(error.getMessage().contains("tensor " + bias + ", which the qwen2"));
  }

  /** Each would have a scale of its own. */
  @Test
  void namesAnExpertInNvfp4() throws IOException {
    HandMadeFolder mixtral = HandMadeFolder.of(ALL.resolve("../tiny/mixtral"));
    HandMadeFolder nvfp4 = HandMadeFolder.of(ALL.resolve("nvfp4"));
    mixtral.config.set("quantization_config", nvfp4.config.get("quantization_config"));
    for (int expert = 0; expert < 4; expert++) {
      String w1 = "model.layers.0.block_sparse_moe.experts." + expert + ".w1.";
      mixtral.tensors.remove(w1 + "weight");
      for (String part : List.of("weight_packed", "weight_scale", "weight_global_scale")) {
        mixtral.tensors.put(w1 + part, nvfp4.tensors.get(GATE + part));
      }
    }
    Path written = mixtral.write(folder);
    UnsupportedModel error = assertThrows(UnsupportedModel.class, () -> StoredModel.open(written));
    assertTrue(
        error.getMessage().contains("experts.0.w1.weight_packed, of NVFP4 with a scale of its own"),
        error.getMessage());
  }
}
