package dev.lanewise.model.gguf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.math.format.BlockFormat;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the writer writes, {@link GgufFile} reads. */
final class GgufWriterTest {
  @TempDir private Path folder;

  private static GgufWriter.Entry entry(String name, BlockFormat format, long... dims) {
    return new GgufWriter.Entry(name, format, java.util.Arrays.stream(dims).boxed().toList());
  }

  private Path file() {
    return folder.resolve("model.gguf");
  }

  private static ByteBuffer bytes(TensorInfo tensor) {
    ByteBuffer bytes = ByteBuffer.allocate((int) tensor.bytes());
    for (int i = 0; i < bytes.capacity(); i++) {
      bytes.put(i, (byte) (i + tensor.name().charAt(0)));
    }
    return bytes;
  }

  @Test
  void metadataOfAllTypesIsReadBack() throws IOException {
    Map<String, Object> metadata = new LinkedHashMap<>();
    metadata.put("text", "Grüße, 世界");
    metadata.put("yes", true);
    metadata.put("small", 7L);
    metadata.put("unsigned", 0xffffffffL);
    metadata.put("negative", -3L);
    metadata.put("long", 1L << 40);
    metadata.put("real", 0.5);
    metadata.put("strings", List.of("a", "", "c"));
    metadata.put("truths", List.of(true, false));
    metadata.put("integers", new int[] {1, -2, Integer.MAX_VALUE});
    metadata.put("reals", new float[] {0.1f, -1e30f});
    metadata.put("none", List.of());
    try (GgufWriter writer = GgufWriter.create(file(), metadata, List.of())) {
      writer.finish();
    }
    try (GgufFile read = GgufFile.open(file())) {
      assertEquals(3, read.version());
      assertEquals(new ArrayList<>(metadata.keySet()), new ArrayList<>(read.metadata().keys()));
      assertArrayEquals((int[]) metadata.get("integers"), read.metadata().integers("integers"));
      assertArrayEquals((float[]) metadata.get("reals"), read.metadata().floats("reals"));
      metadata.remove("integers");
      metadata.remove("reals");
      metadata.forEach((key, value) -> assertEquals(value, read.metadata().raw(key), key));
    }
  }

  @Test
  void tensorsAreReadBackWhateverTheOrderOfTheirPieces() throws IOException {
    for (long alignment : new long[] {32, 8, 4096}) {
      Files.deleteIfExists(file());
      Map<String, Object> metadata = Map.of("general.alignment", alignment);
      List<GgufWriter.Entry> entries =
          List.of(
              entry("a", BlockFormat.F32, 3, 5),
              entry("b", BlockFormat.MXFP4, 32, 3),
              entry("c", BlockFormat.Q6_K, 256));
      try (GgufWriter writer = GgufWriter.create(file(), metadata, entries)) {
        for (TensorInfo tensor : writer.tensors().reversed()) {
          ByteBuffer all = bytes(tensor);
          writer.write(tensor, 7, all.slice(7, all.capacity() - 7));
          writer.write(tensor, 0, all.slice(0, 7));
        }
        writer.finish();
      }
      assertEquals(0, Files.size(file()) % alignment);
      try (GgufFile read = GgufFile.open(file())) {
        assertEquals(3, read.tensors().size());
        for (TensorInfo tensor : read.tensors()) {
          assertArrayEquals(
              bytes(tensor).array(), read.data(tensor).toArray(ValueLayout.JAVA_BYTE));
          assertEquals(0, tensor.offset() % alignment);
        }
        assertEquals(List.of(3L, 5L), read.tensor("a").orElseThrow().dims());
        assertEquals(BlockFormat.MXFP4, read.tensor("b").orElseThrow().format());
      }
    }
  }

  @Test
  void thereIsNoFileUntilItIsWhole() throws IOException {
    try (GgufWriter writer =
        GgufWriter.create(file(), Map.of(), List.of(entry("a", BlockFormat.F32, 8)))) {
      TensorInfo tensor = writer.tensors().getFirst();
      writer.write(tensor, 0, ByteBuffer.allocate(16));
      String problem = assertThrows(IllegalStateException.class, writer::finish).getMessage();
      assertTrue(problem.contains("16 bytes"), problem);
      assertFalse(Files.exists(file()));
    }
    try (var files = Files.list(folder)) {
      assertEquals(0, files.count());
    }
  }

  @Test
  void aFileThatExistsIsKept() throws IOException {
    Files.writeString(file(), "precious");
    assertThrows(
        FileAlreadyExistsException.class, () -> GgufWriter.create(file(), Map.of(), List.of()));
    assertEquals("precious", Files.readString(file()));
  }

  @Test
  void whatAReaderWouldRefuseIsNotWritten() throws IOException {
    refused("33 elements do not fill", Map.of(), entry("a", BlockFormat.Q4_0, 33));
    refused("twice", Map.of(), entry("a", BlockFormat.F32, 1), entry("a", BlockFormat.F32, 1));
    refused("64 bytes", Map.of(), entry("a".repeat(64), BlockFormat.F32, 1));
    refused("key: metadata cannot hold a Byte", Map.of("key", (byte) 1));
    refused("key: metadata cannot hold a Long", Map.of("key", List.of("a", 1L)));
    try (var files = Files.list(folder)) {
      assertEquals(0, files.count());
    }
  }

  private void refused(String problem, Map<String, Object> metadata, GgufWriter.Entry... entries) {
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () -> GgufWriter.create(file(), metadata, List.of(entries)))
            .getMessage();
    assertTrue(message.contains(problem), message);
  }

  @Test
  void aPieceBeyondTheTensorIsRefused() throws IOException {
    try (GgufWriter writer =
        GgufWriter.create(file(), Map.of(), List.of(entry("a", BlockFormat.F32, 8)))) {
      TensorInfo tensor = writer.tensors().getFirst();
      for (long at : new long[] {-1, 1, 32}) {
        assertThrows(
            IllegalArgumentException.class,
            () -> writer.write(tensor, at, ByteBuffer.allocate(32)));
      }
    }
  }
}
