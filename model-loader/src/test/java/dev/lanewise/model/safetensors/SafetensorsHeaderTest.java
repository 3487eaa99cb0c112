package dev.lanewise.model.safetensors;

import static dev.lanewise.model.safetensors.HandMadeSafetensors.file;
import static dev.lanewise.model.safetensors.HandMadeSafetensors.tensor;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.model.ModelFormatException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

final class SafetensorsHeaderTest {
  private static SafetensorsHeader read(byte[] bytes) throws IOException {
    return SafetensorsHeader.read(Path.of("m.safetensors"), MemorySegment.ofArray(bytes));
  }

  private static void refuses(String message, byte[] bytes) {
    ModelFormatException error = assertThrows(ModelFormatException.class, () -> read(bytes));
    assertTrue(error.getMessage().contains(message), error.getMessage());
  }

  private static void refuses(String message, int dataBytes, String... entries) {
    refuses(message, file("{" + String.join(",", entries) + "}", dataBytes));
  }

  @Test
  void readsTensorsInTheOrderOfTheirData() throws IOException {
    String metadata =
        "\"__metadata__\":{\"format\":\"pt\",\"long\":\"%s\"}".formatted("x".repeat(999));
    String header =
        "{%s,%s,%s}  "
            .formatted(
                metadata, tensor("b", "F32", "[2,3]", 4, 28), tensor("a", "BF16", "[2]", 0, 4));
    SafetensorsHeader read = read(file(header, 28));
    assertEquals(8 + header.length(), read.bytes());
    assertEquals(
        List.of(
            new StoredTensor("a", Dtype.BF16, List.of(2L), read.bytes(), 4),
            new StoredTensor("b", Dtype.F32, List.of(2L, 3L), read.bytes() + 4, 24)),
        read.tensors());
  }

  @Test
  void readsScalarsAndTensorsWithoutElements() throws IOException {
    String header =
        "{%s,%s}".formatted(tensor("one", "F32", "[]", 0, 4), tensor("none", "F16", "[0,3]", 4, 4));
    assertEquals(2, read(file(header, 4)).tensors().size());
  }

  @Test
  void refusesALengthThatCannotBe() {
    refuses("header length at byte 0: the file ends after 3 bytes", new byte[3]);
    refuses("0 is not from 2 to 100000000", file(0, new byte[0], new byte[9]));
    refuses("100000001 is not from 2", file(100_000_001, new byte[0], new byte[9]));
    refuses("18446744073709551615 is not from 2", file(-1, new byte[0], new byte[9]));
    refuses("100 bytes end past the end of the file", file(100, new byte[0], new byte[9]));
  }

  @Test
  void refusesWhatIsNoSoundJson() {
    refuses("does not start with {", file(" {}", 0));
    refuses("malformed JSON", file("{\"a\":", 0));
    refuses("malformed JSON", file("{]", 0));
    refuses("malformed JSON", file("{\"__metadata__\":{\"a\":" + "[".repeat(100_000), 0));
    refuses("malformed JSON", file("{\"" + "x".repeat(5000) + "\":{}}", 0));
    refuses("something follows the JSON object", file("{}{}", 0));
  }

  @Test
  void refusesEntriesThatAreNotOfTheFormat() {
    refuses("tensor a: should be an object", 0, "\"a\":1");
    refuses("tensor a: needs dtype, shape and data_offsets", 0, "\"a\":{\"dtype\":\"F32\"}");
    refuses("tensor a: has the field x", 0, "\"a\":{\"x\":1}");
    refuses("tensor a: has dtype twice", 0, "\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\"}");
    refuses("tensor a: dtype should be a string", 0, "\"a\":{\"dtype\":4}");
    refuses("the dtype F33 is not one of the format", 4, tensor("a", "F33", "[1]", 0, 4));
    refuses("tensor a: shape should be at most 8 integers", 4, tensor("a", "F32", "[-1]", 0, 4));
    refuses("tensor a: shape should be at most 8 integers", 4, tensor("a", "F32", "[1.5]", 0, 4));
    refuses(
        "tensor a: shape should be at most 8 integers",
        4,
        tensor("a", "F32", "[99999999999999999999]", 0, 4));
    refuses(
        "tensor a: shape should be at most 8 integers",
        4,
        tensor("a", "F32", "[1,1,1,1,1,1,1,1,1]", 0, 4));
    refuses("tensor a: shape should be a list", 4, tensor("a", "F32", "1", 0, 4));
    refuses(
        "tensor a: it occurs twice",
        8,
        tensor("a", "F32", "[1]", 0, 4),
        tensor("a", "F32", "[1]", 4, 8));
  }

  @Test
  void refusesShapesThatOverflow() {
    String huge = "[4611686018427387904,4]";
    refuses("shape [4611686018427387904, 4] of F32", 4, tensor("a", "F32", huge, 0, 4));
    refuses(
        "shape [4611686018427387904] of F32", 4, tensor("a", "F32", "[4611686018427387904]", 0, 4));
    refuses("fill no whole bytes", 4, tensor("a", "F4", "[3]", 0, 4));
  }

  @Test
  void refusesOffsetsThatDoNotFitTheDataOrTheShape() {
    refuses("data_offsets [4, 0] are not two", 4, tensor("a", "F32", "[1]", 4, 0));
    refuses(
        "data_offsets [0, 8] are not two that lie in the 4 bytes",
        4,
        tensor("a", "F32", "[2]", 0, 8));
    refuses("takes 8 bytes, but data_offsets [0, 4] tell of 4", 4, tensor("a", "F32", "[2]", 0, 4));
    refuses(
        "data_offsets [0] are not two",
        4,
        "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}");
  }

  @Test
  void refusesGapsAndOverlaps() {
    refuses("there is a gap of 4 bytes", 8, tensor("a", "F32", "[1]", 4, 8));
    refuses("4 bytes at the end belong to no tensor", 8, tensor("a", "F32", "[1]", 0, 4));
    refuses(
        "tensor b (data_offsets) at byte",
        8,
        tensor("a", "F32", "[1]", 0, 4),
        tensor("b", "F16", "[3]", 2, 8));
    refuses(
        "its data overlaps", 4, tensor("a", "F32", "[1]", 0, 4), tensor("b", "F32", "[1]", 0, 4));
  }
}
