package dev.lanewise.server.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which files of a repository are meant. */
final class ChoiceTest {
  private static final List<String> MANY =
      List.of(
          "README.md",
          "Model-7B-BF16.gguf",
          "Model-7B-F16.gguf",
          "Model-7B-IQ4_XS.gguf",
          "Model-7B-Q4_0.gguf",
          "Model-7B-Q4_K_M.gguf",
          "Model-7B-Q4_K_S.gguf",
          "Model-7B-UD-Q4_K_XL.gguf",
          "Q8_0/Model-7B-Q8_0-00001-of-00002.gguf",
          "Q8_0/Model-7B-Q8_0-00002-of-00002.gguf",
          "Model-7B.imatrix.gguf",
          "mmproj-Model-7B-F16.gguf");

  private static List<String> choose(String model, List<String> names) throws HubException {
    Choice choice = Choice.of(ModelReference.parse(model).orElseThrow(), files(names));
    return choice.files().stream().map(HubFile::name).toList();
  }

  private static List<HubFile> files(List<String> names) {
    Checksum any = new Checksum(Checksum.Kind.SHA256, "a".repeat(64));
    return names.stream().map(name -> new HubFile(name, 5_000_000_000L, any)).toList();
  }

  private static void assertRefused(String part, String model, List<String> names) {
    String message = assertThrows(HubException.class, () -> choose(model, names)).getMessage();
    assertTrue(message.contains(part), message);
  }

  @ParameterizedTest
  @CsvSource({
    "o/n:Q4_0, Model-7B-Q4_0.gguf",
    "o/n:q4_k_m, Model-7B-Q4_K_M.gguf",
    "o/n:Q4_K_XL, Model-7B-UD-Q4_K_XL.gguf",
    "o/n:UD-Q4_K_XL, Model-7B-UD-Q4_K_XL.gguf",
    "o/n:F16, Model-7B-F16.gguf",
    "o/n:bf16, Model-7B-BF16.gguf",
    "o/n, Model-7B-Q4_K_M.gguf",
    "o/n:Model-7B-Q4_K_S.gguf, Model-7B-Q4_K_S.gguf",
    "o/n:mmproj-Model-7B-F16.gguf, mmproj-Model-7B-F16.gguf",
    "o/n:README.md, README.md",
  })
  void oneFileIsMeant(String model, String file) throws HubException {
    assertEquals(List.of(file), choose(model, MANY));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "o/n:Q8_0",
        "o/n:Q8_0/Model-7B-Q8_0-00001-of-00002.gguf",
        "o/n:Q8_0/Model-7B-Q8_0-00002-of-00002.gguf"
      })
  void allPartsOfASplitModelAreMeant(String model) throws HubException {
    assertEquals(
        List.of("Q8_0/Model-7B-Q8_0-00001-of-00002.gguf", "Q8_0/Model-7B-Q8_0-00002-of-00002.gguf"),
        choose(model, MANY.reversed()));
  }

  @Test
  void whatIsNotClearIsRefusedWithAList() {
    assertRefused("Model-7B-Q4_0.gguf (5.0 GB)", "o/n:Q4_K", MANY);
    assertRefused("no file Q3_K_S", "o/n:Q3_K_S", MANY);
    assertRefused("8 files of o/n have that tag", "o/n:7B", MANY);
    assertRefused("has 2 models", "o/n", List.of("a-Q4_0.gguf", "a-Q8_0.gguf"));
    assertRefused("has 2 models", "o/n", List.of("a-Q4_K_M.gguf", "b-Q4_K_M.gguf"));
    assertRefused("1 of 2 parts", "o/n", List.of("a-00002-of-00002.gguf"));
    assertRefused("neither a GGUF", "o/n", List.of("README.md", "model.safetensors"));
    assertRefused("neither a GGUF", "o/n", List.of("config.json"));
    assertRefused("no GGUF", "o/n:Q4_0", List.of("config.json", "model.safetensors"));
    String[] names = new String[40];
    Arrays.setAll(names, i -> "a-%d.gguf".formatted(i));
    assertRefused("and 10 more", "o/n", List.of(names));
  }

  @Test
  void safetensorsComeWithWhatIsBesideThem() throws HubException {
    assertEquals(
        List.of(
            "config.json",
            "tokenizer.json",
            "model-00001-of-00002.safetensors",
            "model-00002-of-00002.safetensors",
            "model.safetensors.index.json"),
        choose(
            "o/n",
            List.of(
                ".gitattributes",
                "config.json",
                "tokenizer.json",
                "model-00001-of-00002.safetensors",
                "model-00002-of-00002.safetensors",
                "model.safetensors.index.json",
                "consolidated.safetensors",
                "pytorch_model.bin",
                "original/model.safetensors")));
    assertEquals(
        List.of("config.json", "weights.safetensors"),
        choose("o/n", List.of("config.json", "weights.safetensors")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "models/tiny.gguf",
        "model.gguf",
        "/a/b",
        "./a/b",
        "../a",
        "a/..",
        "a/b/c",
        "a/b:",
        "a b/c",
        "-a/b",
        "~/model"
      })
  void pathsAreNoReferences(String path) {
    assertEquals(Optional.empty(), ModelReference.parse(path));
  }
}
