package dev.lanewise.model.quantize;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.model.ModelFormatException;
import dev.lanewise.model.gguf.GgufFile;
import dev.lanewise.model.gguf.GgufWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The file of an importance matrix. */
final class ImportanceMatrixTest {
  private static final Map<String, Object> TYPE = Map.of("general.type", "imatrix");

  @TempDir private Path folder;

  private Path write(Map<String, Object> metadata, Map<String, float[]> tensors)
      throws IOException {
    Path file = folder.resolve("importance.gguf");
    List<GgufWriter.Entry> entries = new ArrayList<>();
    tensors.forEach(
        (name, values) ->
            entries.add(
                new GgufWriter.Entry(name, BlockFormat.F32, List.of((long) values.length))));
    try (GgufWriter writer = GgufWriter.create(file, metadata, entries)) {
      for (int i = 0; i < entries.size(); i++) {
        float[] values = tensors.get(entries.get(i).name());
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        writer.write(writer.tensors().get(i), 0, bytes);
      }
      writer.finish();
    }
    return file;
  }

  @Test
  void comesBackAsItWasWritten() throws IOException {
    ImportanceMatrix written =
        new ImportanceMatrix(
            Map.of(
                "blk.0.attn_q.weight",
                new ImportanceMatrix.Inputs(new float[] {1, 4, 9, 0}, new float[] {7}),
                "blk.0.ffn_up_exps.weight",
                new ImportanceMatrix.Inputs(
                    new float[] {1, 2, 3, 4, 5, 6}, new float[] {2, 0, 9})));
    Path file = folder.resolve("model.importance.gguf");
    written.write(file, "book.txt", 3, 512);
    ImportanceMatrix read = ImportanceMatrix.read(file);
    assertEquals(written.inputs().keySet(), read.inputs().keySet());
    written
        .inputs()
        .forEach(
            (name, inputs) -> {
              assertArrayEquals(inputs.sums(), read.inputs().get(name).sums());
              assertArrayEquals(inputs.counts(), read.inputs().get(name).counts());
            });
    try (GgufFile gguf = GgufFile.open(file)) {
      assertEquals("imatrix", gguf.metadata().string("general.type"));
      assertEquals(List.of("book.txt"), gguf.metadata().strings("imatrix.datasets"));
      assertEquals(3, gguf.metadata().integer("imatrix.chunk_count"));
      assertEquals(512, gguf.metadata().integer("imatrix.chunk_size"));
      assertEquals(
          List.of(2L, 3L), gguf.tensor("blk.0.ffn_up_exps.weight.in_sum2").orElseThrow().dims());
      assertEquals(
          List.of(1L, 3L), gguf.tensor("blk.0.ffn_up_exps.weight.counts").orElseThrow().dims());
    }
    assertThrows(FileAlreadyExistsException.class, () -> written.write(file, "b", 1, 1));
  }

  @Test
  void importanceHasAMeanOfOneForEachMatrixThatWasUsed() {
    ImportanceMatrix.Inputs inputs =
        new ImportanceMatrix.Inputs(new float[] {1, 3, 0, 0, 8, 0}, new float[] {5, 0, 2});
    assertArrayEquals(new float[] {0.5f, 1.5f}, inputs.importance(0).orElseThrow());
    assertEquals(Optional.empty(), inputs.importance(1));
    assertArrayEquals(new float[] {2, 1e-3f}, inputs.importance(2).orElseThrow());
  }

  @Test
  void anotherFileIsRefused() throws IOException {
    Path model = Path.of(System.getProperty("lanewise.models"), "tiny/llama/model.gguf");
    String message =
        assertThrows(ModelFormatException.class, () -> ImportanceMatrix.read(model)).getMessage();
    assertTrue(message.contains("no importance matrix"), message);
  }

  @Test
  void whatDoesNotFitTogetherIsNamed() throws IOException {
    assertRefused("tensor a.counts", Map.of("a.in_sum2", new float[4]));
    assertRefused("3 counts", Map.of("a.in_sum2", new float[4], "a.counts", new float[] {1, 1, 1}));
    assertRefused(
        "-1.0 is no sum of squares",
        Map.of("a.in_sum2", new float[] {1, -1}, "a.counts", new float[] {1}));
    assertRefused(
        "NaN is no sum of squares",
        Map.of("a.in_sum2", new float[] {1, Float.NaN}, "a.counts", new float[] {1}));
  }

  private void assertRefused(String part, Map<String, float[]> tensors) throws IOException {
    Path file = write(TYPE, tensors);
    String message =
        assertThrows(ModelFormatException.class, () -> ImportanceMatrix.read(file)).getMessage();
    assertTrue(message.contains(part), message);
    Files.delete(file);
  }
}
