package dev.lanewise.model.quantize;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.math.matrix.RawBlocks;
import dev.lanewise.math.thread.ThreadTeam;
import dev.lanewise.model.ModelFormatException;
import dev.lanewise.model.gguf.GgufFile;
import dev.lanewise.model.gguf.GgufWriter;
import dev.lanewise.model.gguf.TensorInfo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Files that are written in another format, and read again. */
final class QuantizationTest {
  private static final Path MODELS = Path.of(System.getProperty("lanewise.models"));
  private static final Path LLAMA = MODELS.resolve("tiny/llama/model.gguf");
  private static final Path TIED = MODELS.resolve("tiny/llama-tied/model.gguf");
  private static final ThreadTeam TEAM = new ThreadTeam(2);

  /** A stack of experts: rows of 256, 3 rows, 2 experts. */
  private static final String EXPERTS = "blk.0.ffn_up_exps.weight";

  @TempDir private Path folder;

  @AfterAll
  static void close() {
    TEAM.close();
  }

  private static TensorFormats all(BlockFormat format) {
    return new TensorFormats(format, Optional.empty(), Optional.empty());
  }

  private Path quantize(Path in, TensorFormats formats) throws IOException {
    return quantize(in, formats, Optional.empty());
  }

  private Path quantize(Path in, TensorFormats formats, Optional<ImportanceMatrix> importance)
      throws IOException {
    Path out = folder.resolve("out-%s.gguf".formatted(Math.random()));
    List<Double> parts = new ArrayList<>();
    try (GgufFile file = GgufFile.open(in)) {
      new Quantization(file, formats, importance, false).writeTo(out, TEAM, parts::add);
    }
    assertEquals(0, parts.getFirst());
    assertEquals(1, parts.getLast());
    assertEquals(parts.stream().sorted().toList(), parts);
    return out;
  }

  private static float[] weights(GgufFile file, String name) {
    TensorInfo tensor = file.tensor(name).orElseThrow();
    Optional<TensorInfo> scale = file.tensor(name.replace(".weight", ".scale"));
    int rows = (int) tensor.rows();
    int cols = (int) tensor.cols();
    float[] scales = {1};
    if (scale.isPresent()) {
      scales = new float[(int) scale.get().elements()];
      BlockFormat.F32.decode(file.data(scale.get()), 0, scales, 0, scales.length);
    }
    float[] decoded = new float[rows * cols];
    for (int row = 0; row < rows; row++) {
      float factor = scales[row * scales.length / rows];
      new RawBlocks(tensor.format(), file.data(tensor), rows, cols, factor)
          .decode(row, 0, cols, decoded, row * cols);
    }
    return decoded;
  }

  private static double error(float[] expected, float[] actual) {
    double misses = 0;
    double squares = 0;
    for (int i = 0; i < expected.length; i++) {
      misses += Math.pow((double) expected[i] - actual[i], 2);
      squares += Math.pow(expected[i], 2);
    }
    return Math.sqrt(misses / squares);
  }

  @ParameterizedTest
  @EnumSource
  void matricesAreConvertedAndTheRestStays(BlockFormat format) throws IOException {
    try (GgufFile in = GgufFile.open(LLAMA);
        GgufFile out = GgufFile.open(quantize(LLAMA, all(format)))) {
      for (TensorInfo before : in.tensors()) {
        TensorInfo after = out.tensor(before.name()).orElseThrow();
        assertEquals(before.dims(), after.dims());
        if (before.dims().size() == 1) {
          assertEquals(BlockFormat.F32, after.format());
          assertArrayEquals(weights(in, before.name()), weights(out, before.name()));
        } else {
          double error = error(weights(in, before.name()), weights(out, before.name()));
          assertTrue(error < 0.13, before.name() + " " + after.format() + " " + error);
        }
      }
      assertEquals(format == BlockFormat.F32, isF32(out, "blk.0.attn_q.weight"));
    }
  }

  private static boolean isF32(GgufFile file, String tensor) {
    return file.tensor(tensor).orElseThrow().format() == BlockFormat.F32;
  }

  @Test
  void metadataIsKeptButForTheFormats() throws IOException {
    try (GgufFile in = GgufFile.open(LLAMA);
        GgufFile out = GgufFile.open(quantize(LLAMA, all(BlockFormat.Q4_0)))) {
      List<String> keys = new ArrayList<>(in.metadata().keys());
      keys.removeIf(key -> key.equals("general.file_type"));
      keys.removeIf(key -> key.equals("general.quantization_version"));
      assertFalse(keys.isEmpty());
      for (String key : keys) {
        // Types included: the bytes are the same.
        assertEquals(-1, in.encodedValue(key).mismatch(out.encodedValue(key)), key);
      }
      assertEquals(2, out.metadata().integer("general.file_type"));
      assertEquals(2, out.metadata().integer("general.quantization_version"));
    }
  }

  /** Which formats the tensors of a file have. */
  private static Map<String, BlockFormat> formats(Path file) throws IOException {
    Map<String, BlockFormat> formats = new LinkedHashMap<>();
    try (GgufFile gguf = GgufFile.open(file)) {
      gguf.tensors().forEach(tensor -> formats.put(tensor.name(), tensor.format()));
    }
    return formats;
  }

  @Test
  void rowsThatDoNotFillBlocksGetFormatsOfSmallerOnes() throws IOException {
    // The tiny models have rows of 64 and 96 weights.
    Map<String, BlockFormat> fourBits = formats(quantize(LLAMA, all(BlockFormat.Q4_K)));
    assertEquals(BlockFormat.Q5_0, fourBits.get("blk.0.attn_q.weight"));
    assertEquals(BlockFormat.Q8_0, fourBits.get("output.weight"));
    assertEquals(BlockFormat.Q8_0, fourBits.get("token_embd.weight"));
    Map<String, BlockFormat> fiveBits = formats(quantize(LLAMA, all(BlockFormat.Q5_K)));
    assertEquals(BlockFormat.Q5_1, fiveBits.get("blk.0.attn_q.weight"));
    Map<String, BlockFormat> nvfp4 = formats(quantize(LLAMA, all(BlockFormat.NVFP4)));
    assertEquals(BlockFormat.NVFP4, nvfp4.get("blk.0.attn_q.weight"));
    assertEquals(BlockFormat.F32, nvfp4.get("blk.0.attn_q.scale"));
    assertEquals(BlockFormat.Q5_0, nvfp4.get("blk.0.ffn_down.weight"));
    assertFalse(nvfp4.containsKey("blk.0.ffn_down.scale"));
    assertEquals(BlockFormat.F16, TensorFormats.fitting(BlockFormat.Q4_K, 48));
    assertEquals(BlockFormat.Q6_K, TensorFormats.fitting(BlockFormat.Q6_K, 512));
    assertEquals(BlockFormat.Q8_0, TensorFormats.fitting(BlockFormat.Q6_K, 576));
  }

  @Test
  void embeddingsAndHeadHaveFormatsOfTheirOwn() throws IOException {
    Map<String, BlockFormat> usual = formats(quantize(LLAMA, all(BlockFormat.Q4_0)));
    assertEquals(BlockFormat.Q4_0, usual.get("output.weight"));
    assertEquals(BlockFormat.Q4_0, usual.get("token_embd.weight"));
    TensorFormats named =
        new TensorFormats(
            BlockFormat.MXFP4, Optional.of(BlockFormat.F16), Optional.of(BlockFormat.Q5_1));
    Map<String, BlockFormat> asNamed = formats(quantize(LLAMA, named));
    assertEquals(BlockFormat.Q5_1, asNamed.get("output.weight"));
    assertEquals(BlockFormat.F16, asNamed.get("token_embd.weight"));
    assertEquals(BlockFormat.MXFP4, asNamed.get("blk.0.attn_q.weight"));
    TensorFormats head =
        new TensorFormats(BlockFormat.MXFP4, Optional.empty(), Optional.of(BlockFormat.BF16));
    assertEquals(BlockFormat.BF16, formats(quantize(TIED, head)).get("token_embd.weight"));
    String message =
        assertThrows(IllegalArgumentException.class, () -> quantize(TIED, named)).getMessage();
    assertTrue(message.contains("name one format for both"), message);
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new TensorFormats(BlockFormat.NVFP4, Optional.of(BlockFormat.NVFP4), Optional.empty()));
  }

  /** A file with a stack of experts and two matrices that engines keep. */
  private Path experts(float... first) throws IOException {
    Path file = folder.resolve("experts.gguf");
    Files.deleteIfExists(file);
    Random random = new Random(3);
    Map<String, Object> metadata =
        Map.of("general.architecture", "none", "split.count", 1L, "general.alignment", 64L);
    List<GgufWriter.Entry> entries =
        List.of(
            new GgufWriter.Entry(EXPERTS, BlockFormat.F32, List.of(256L, 3L, 2L)),
            new GgufWriter.Entry("blk.0.ffn_gate_inp.weight", BlockFormat.F32, List.of(256L, 2L)),
            new GgufWriter.Entry("blk.0.q_norm.weight", BlockFormat.F16, List.of(256L, 2L)));
    try (GgufWriter writer = GgufWriter.create(file, metadata, entries)) {
      for (TensorInfo tensor : writer.tensors()) {
        ByteBuffer bytes = ByteBuffer.allocate((int) tensor.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; 4 * i < bytes.capacity(); i++) {
          // The second expert is far smaller than the first.
          float scale = i < 3 * 256 ? 100 : 0.001f;
          float value = i < first.length ? first[i] : scale * (float) random.nextGaussian();
          bytes.putFloat(4 * i, value);
        }
        writer.write(tensor, 0, bytes);
      }
      writer.finish();
    }
    return file;
  }

  @Test
  void expertsHaveScalesOfTheirOwnAndSmallMatricesStay() throws IOException {
    Path in = experts();
    Path nvfp4 = quantize(in, all(BlockFormat.NVFP4));
    Path back = quantize(nvfp4, all(BlockFormat.F32));
    try (GgufFile before = GgufFile.open(in);
        GgufFile after = GgufFile.open(nvfp4);
        GgufFile again = GgufFile.open(back)) {
      assertEquals(List.of(2L), after.tensor("blk.0.ffn_up_exps.scale").orElseThrow().dims());
      float[] weights = weights(before, EXPERTS);
      float[] decoded = weights(after, EXPERTS);
      assertTrue(error(weights, decoded) < 0.11);
      int half = weights.length / 2;
      assertTrue(
          error(
                  Arrays.copyOfRange(weights, half, 2 * half),
                  Arrays.copyOfRange(decoded, half, 2 * half))
              < 0.11);
      for (String kept : List.of("blk.0.ffn_gate_inp.weight", "blk.0.q_norm.weight")) {
        TensorInfo source = before.tensor(kept).orElseThrow();
        TensorInfo copy = after.tensor(kept).orElseThrow();
        assertEquals(source.format(), copy.format());
        assertEquals(-1, before.data(source).mismatch(after.data(copy)));
      }
      assertFalse(after.metadata().has("split.count"));
      assertEquals(64, after.metadata().integer("general.alignment"));
      assertTrue(again.tensor("blk.0.ffn_up_exps.scale").isEmpty());
      assertArrayEquals(decoded, weights(again, EXPERTS));
    }
  }

  @Test
  void aTensorThatHasTheFormatIsCopiedWithItsScale() throws IOException {
    Path once = quantize(experts(), all(BlockFormat.NVFP4));
    Path twice = quantize(once, all(BlockFormat.NVFP4));
    assertEquals(-1, Files.mismatch(once, twice));
  }

  @Test
  void importanceIsOfEachExpert() throws IOException {
    Path in = experts();
    float[] sums = new float[512];
    Arrays.fill(sums, 1e-6f);
    sums[5] = 1; // of the first
    sums[256 + 9] = 1; // of the second
    ImportanceMatrix matrix =
        new ImportanceMatrix(
            Map.of(EXPERTS, new ImportanceMatrix.Inputs(sums, new float[] {3, 3})));
    try (GgufFile before = GgufFile.open(in);
        GgufFile plain = GgufFile.open(quantize(in, all(BlockFormat.Q4_0)));
        GgufFile weighted =
            GgufFile.open(quantize(in, all(BlockFormat.Q4_0), Optional.of(matrix)))) {
      float[] weights = weights(before, EXPERTS);
      float[] without = weights(plain, EXPERTS);
      float[] with = weights(weighted, EXPERTS);
      for (int row = 0; row < 6; row++) {
        int important = 256 * row + (row < 3 ? 5 : 9);
        double miss = Math.abs(weights[important] - with[important]);
        assertTrue(miss <= Math.abs(weights[important] - without[important]), "row " + row);
      }
      assertNotEquals(error(weights, without), error(weights, with));
      assertEquals(1, weighted.metadata().integer("quantize.imatrix.entries_count"));
    }
  }

  @Test
  void importanceOfAnotherModelIsRefused() throws IOException {
    Path in = experts();
    ImportanceMatrix.Inputs narrow =
        new ImportanceMatrix.Inputs(new float[128], new float[] {3, 3});
    for (Map<String, ImportanceMatrix.Inputs> inputs :
        List.of(Map.of(EXPERTS, narrow), Map.of("blk.9.attn_q.weight", narrow))) {
      Optional<ImportanceMatrix> matrix = Optional.of(new ImportanceMatrix(inputs));
      String message =
          assertThrows(
                  IllegalArgumentException.class, () -> quantize(in, all(BlockFormat.Q4_0), matrix))
              .getMessage();
      assertTrue(message.contains("of another"), message);
    }
  }

  @Test
  void whatCannotBeWrittenLeavesNothing() throws IOException {
    Path in = experts(1, 2, Float.NaN);
    String message =
        assertThrows(ModelFormatException.class, () -> quantize(in, all(BlockFormat.Q4_0)))
            .getMessage();
    assertTrue(message.contains(EXPERTS + ": row 0: weight 2 is NaN"), message);
    Path out = folder.resolve("there.gguf");
    Files.writeString(out, "kept");
    try (GgufFile file = GgufFile.open(in)) {
      Quantization quantization =
          new Quantization(file, all(BlockFormat.Q4_0), Optional.empty(), false);
      assertThrows(
          FileAlreadyExistsException.class, () -> quantization.writeTo(out, TEAM, part -> {}));
      String same =
          assertThrows(FileSystemException.class, () -> quantization.writeTo(in, TEAM, part -> {}))
              .getReason();
      assertTrue(same.contains("the model to be read"), same);
    }
    assertEquals("kept", Files.readString(out));
    try (var left = Files.list(folder)) {
      assertEquals(2, left.count());
    }
  }
}
