package dev.lanewise.model.gguf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.model.ModelFormatException;
import dev.lanewise.model.UnsupportedModel;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class GgufFileTest {
  private static final int F32 = 0;
  private static final int Q4_0 = 2;

  @TempDir private Path folder;

  private static HandMadeGguf sound() {
    return new HandMadeGguf()
        .key("general.architecture", "llama")
        .key("answer", 42)
        .array("numbers", GgufType.INT32, 2, new byte[] {1, 0, 0, 0, -1, -1, -1, -1})
        .array("floats", GgufType.FLOAT32, 1, new byte[] {0, 0, (byte) 0x80, 0x3f})
        .array("names", GgufType.STRING, 1, new byte[] {2, 0, 0, 0, 0, 0, 0, 0, 'o', 'k'})
        .tensor("a", F32, 0, 4, 2)
        .tensor("b", Q4_0, 32, 64)
        .data(32 + 36);
  }

  private Path write(byte[] bytes) throws IOException {
    return Files.write(folder.resolve("model.gguf"), bytes);
  }

  private ModelFormatException rejected(byte[] bytes) throws IOException {
    Path file = write(bytes);
    ModelFormatException error =
        assertThrows(ModelFormatException.class, () -> GgufFile.open(file).close());
    assertTrue(error.getMessage().startsWith(file.toString()), error.getMessage());
    assertFalse(error.getMessage().contains("\n"), error.getMessage());
    return error;
  }

  private void rejected(byte[] bytes, String field, String problem) throws IOException {
    String message = rejected(bytes).getMessage();
    assertTrue(message.contains(field) && message.contains(problem), message);
  }

  @Test
  void readsMetadataAndTensors() throws IOException {
    try (GgufFile file = GgufFile.open(write(sound().bytes()))) {
      assertEquals(3, file.version());
      assertEquals("llama", file.metadata().string("general.architecture"));
      assertEquals(42, file.metadata().integer("answer"));
      assertArrayEquals(new int[] {1, -1}, file.metadata().integers("numbers"));
      assertArrayEquals(new float[] {1}, file.metadata().floats("floats"));
      assertEquals(List.of("ok"), file.metadata().strings("names"));
      TensorInfo a = file.tensor("a").orElseThrow();
      assertEquals(4, a.cols());
      assertEquals(2, a.rows());
      assertEquals(BlockFormat.Q4_0, file.tensor("b").orElseThrow().format());
      assertEquals(36, file.data(file.tensor("b").orElseThrow()).byteSize());
    }
  }

  @Test
  void readsTheDefaultModel() throws IOException {
    Path model = Path.of(System.getProperty("lanewise.models"), "SmolLM2-135M-Instruct.Q4_1.gguf");
    try (GgufFile file = GgufFile.open(model)) {
      assertEquals(272, file.tensors().size());
      assertEquals(98_362_432, file.fileBytes());
      assertEquals(49_152, file.metadata().strings("tokenizer.ggml.tokens").size());
    }
  }

  @Test
  void namesAKeyThatIsMissingOrOfAnotherType() throws IOException {
    try (GgufFile file = GgufFile.open(write(sound().bytes()))) {
      Metadata metadata = file.metadata();
      assertTrue(
          assertThrows(ModelFormatException.class, () -> metadata.string("nothing"))
              .getMessage()
              .contains("nothing: missing"));
      assertTrue(
          assertThrows(ModelFormatException.class, () -> metadata.integer("names"))
              .getMessage()
              .contains("names: should be an integer"));
    }
  }

  @Test
  void rejectsEveryTruncation() throws IOException {
    byte[] bytes = sound().bytes();
    for (int length = 0; length < bytes.length; length++) {
      rejected(Arrays.copyOf(bytes, length));
    }
  }

  @Test
  void flippedBitsAreReadOrRejectedButNeverCrash() throws IOException {
    byte[] bytes = sound().bytes();
    for (int at = 0; at < bytes.length; at++) {
      for (int bit = 0; bit < 8; bit++) {
        byte[] flipped = bytes.clone();
        flipped[at] ^= (byte) (1 << bit);
        readOrReject(flipped);
      }
    }
  }

  @Test
  void randomBytesInTheHeaderAreReadOrRejectedButNeverCrash() throws IOException {
    Random random = new Random(1);
    byte[] bytes = sound().bytes();
    for (int i = 0; i < 3000; i++) {
      byte[] changed = bytes.clone();
      for (int n = random.nextInt(8); n >= 0; n--) {
        changed[8 + random.nextInt(changed.length - 8)] = (byte) random.nextInt(256);
      }
      readOrReject(changed);
    }
  }

  private void readOrReject(byte[] bytes) throws IOException {
    try (GgufFile file = GgufFile.open(write(bytes))) {
      assertTrue(file.tensors().stream().allMatch(t -> file.data(t).byteSize() == t.bytes()));
    } catch (ModelFormatException | UnsupportedModel rejection) {
      assertFalse(rejection.getMessage().isEmpty());
    }
  }

  @Test
  void rejectsAbsurdCountsWithoutAllocatingForThem() throws IOException {
    com.sun.management.ThreadMXBean threads =
        (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    rejected(sound().bytes(3, 1L << 62, 5), "tensor count", "absurd");
    rejected(sound().bytes(3, -1, 5), "tensor count", "absurd");
    rejected(sound().bytes(3, 2, 1L << 40), "metadata key count", "absurd");
    rejected(
        new HandMadeGguf().array("x", GgufType.INT32, 1L << 61).bytes(),
        "x (array length)",
        "absurd");
    rejected(new HandMadeGguf().array("x", GgufType.ARRAY, 1).bytes(), "x", "not supported");
    assertTrue(threads.getCurrentThreadAllocatedBytes() - before < 10 << 20);
  }

  @Test
  void rejectsWhatIsNoGgufFile() throws IOException {
    byte[] bytes = sound().bytes();
    bytes[0] = 'X';
    rejected(bytes, "magic at byte 0", "not a GGUF file");
    rejected(sound().bytes(1, 0, 0), "version", "version 1 is not supported");
    rejected(sound().bytes(3 << 24, 0, 0), "version", "big-endian");
    assertThrows(ModelFormatException.class, () -> GgufFile.open(folder));
    assertThrows(NoSuchFileException.class, () -> GgufFile.open(folder.resolve("none.gguf")));
  }

  @Test
  void rejectsTensorsThatCannotBe() throws IOException {
    rejected(
        new HandMadeGguf().tensor("a", F32, 0, 4).tensor("a", F32, 32, 4).data(64).bytes(),
        "tensor a",
        "twice");
    rejected(new HandMadeGguf().tensor("a", F32, 0, 4, -1).data(64).bytes(), "tensor a", "size -1");
    rejected(new HandMadeGguf().tensor("a", F32, 0, 0).data(64).bytes(), "tensor a", "size 0");
    rejected(
        new HandMadeGguf().tensor("a", F32, 0, 1L << 40, 1L << 40).data(64).bytes(),
        "tensor a",
        "size");
    rejected(
        new HandMadeGguf().tensor("a", F32, 0, 1, 1, 1, 1, 1).data(64).bytes(),
        "tensor a",
        "5 dimensions");
    rejected(
        new HandMadeGguf().tensor("a", Q4_0, 0, 33).data(64).bytes(),
        "tensor a",
        "whole Q4_0 blocks");
    rejected(
        new HandMadeGguf().tensor("a", F32, 8, 4).data(64).bytes(), "tensor a", "multiple of 32");
    rejected(
        new HandMadeGguf().tensor("a", F32, 64, 4).data(64).bytes(), "tensor a", "past the end");
    rejected(new HandMadeGguf().tensor("a", F32, -32, 4).data(64).bytes(), "tensor a", "");
    rejected(
        new HandMadeGguf().tensor("a".repeat(64), F32, 0, 4).data(64).bytes(),
        "name of tensor 0",
        "longer than 63");
    rejected(
        new HandMadeGguf().tensor("a", F32, 0, 16).tensor("b", F32, 32, 4).data(64).bytes(),
        "tensor b",
        "overlaps");
    rejected(new HandMadeGguf().key("general.alignment", 24).bytes(), "general.alignment", "24");
    rejected(new HandMadeGguf().key("k", 1).key("k", 2).bytes(), "k", "twice");
  }

  @Test
  void namesAQuantizationTypeItDoesNotRead() throws IOException {
    Path file = write(new HandMadeGguf().tensor("a", 16, 0, 256).data(512).bytes());
    UnsupportedModel error = assertThrows(UnsupportedModel.class, () -> GgufFile.open(file));
    assertTrue(error.getMessage().contains("IQ2_XXS (16) of tensor a"), error.getMessage());
  }

  @Test
  void opensASplitModelByItsFirstPart() throws IOException {
    Path first = folder.resolve("m-00001-of-00002.gguf");
    Path second = folder.resolve("m-00002-of-00002.gguf");
    new HandMadeGguf()
        .key("split.count", 2)
        .key("split.no", 0)
        .key("split.tensors.count", 2)
        .tensor("a", F32, 0, 4)
        .data(16)
        .to(first);
    HandMadeGguf rest =
        new HandMadeGguf().key("split.count", 2).key("split.no", 1).tensor("b", F32, 0, 8).data(32);
    NoSuchFileException missing =
        assertThrows(NoSuchFileException.class, () -> GgufFile.open(first));
    assertTrue(missing.getMessage().contains("part 2 of 2 is missing"));
    rest.to(second);
    try (GgufFile file = GgufFile.open(first)) {
      assertEquals(2, file.tensors().size());
      assertEquals(32, file.data(file.tensor("b").orElseThrow()).byteSize());
    }
    assertTrue(
        assertThrows(ModelFormatException.class, () -> GgufFile.open(second))
            .getMessage()
            .contains("open the first: m-00001-of-00002.gguf"));
    Files.copy(first, second, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    assertThrows(ModelFormatException.class, () -> GgufFile.open(first));
  }
}
