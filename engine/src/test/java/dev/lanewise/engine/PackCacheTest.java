package dev.lanewise.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.cache.KvCache;
import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.math.kernel.KvFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Packed weights that are kept for the next start. */
final class PackCacheTest {
  private static final int[] TOKENS = {3, 1, 4, 1, 5, 9, 2, 6};
  private static final String PACKING = "packing weights";
  private static final String MAPPING = "reading packed weights";

  @TempDir private Path folder;

  /** What a loaded model computes, and the stages of its loading. */
  private record Loaded(float[] logits, List<String> stages) {}

  private static EngineOptions options(Optional<BlockFormat> weights) {
    return new EngineOptions(
        2, OptionalInt.empty(), EngineOptions.Activations.INT8, KvFormat.F32, weights);
  }

  private static Loaded load(Path model, EngineOptions options) throws IOException {
    List<String> stages = new ArrayList<>();
    try (Engine engine = Engine.load(model, options, (stage, fraction) -> stages.add(stage));
        KvCache cache = engine.transformer().newCache(KvFormat.F32)) {
      float[] logits = engine.transformer().prefillAllLogits(cache, TOKENS, 0, TOKENS.length);
      return new Loaded(logits, stages);
    }
  }

  private Loaded load() throws IOException {
    return load(TestModels.TINY, options(Optional.empty()).withPackCache(folder));
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    }
  }

  @Test
  void theSecondStartMapsWhatTheFirstPacked() throws IOException {
    Loaded without = load(TestModels.TINY, options(Optional.empty()));
    Loaded first = load();
    Loaded second = load();
    assertTrue(first.stages().contains(PACKING), first.stages().toString());
    assertTrue(second.stages().contains(MAPPING), second.stages().toString());
    assertFalse(second.stages().contains(PACKING), second.stages().toString());
    assertArrayEquals(without.logits(), first.logits());
    assertArrayEquals(without.logits(), second.logits());
    assertEquals(1, files(folder).size());
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.MATCH_ALL, names = "^(F32|F16|BF16|Q4_0|Q4_1|Q8_0|MXFP4)$")
  void convertedWeightsAreKeptByThemselves(BlockFormat format) throws IOException {
    load();
    EngineOptions converting = options(Optional.of(format)).withPackCache(folder);
    Loaded first = load(TestModels.TINY, converting);
    Loaded second = load(TestModels.TINY, converting);
    assertFalse(first.stages().contains(MAPPING), first.stages().toString());
    assertTrue(second.stages().contains(MAPPING), second.stages().toString());
    assertArrayEquals(first.logits(), second.logits());
    assertEquals(2, files(folder).size());
  }

  @Test
  void aChangedModelOfTheSameSizeIsPackedAnew() throws IOException {
    Path model = Files.copy(TestModels.TINY, folder.resolve("model.gguf"));
    Path kept = folder.resolve("kept");
    EngineOptions options = options(Optional.empty()).withPackCache(kept);
    load(model, options);
    byte[] bytes = Files.readAllBytes(model);
    bytes[bytes.length - 100] ^= 1;
    Files.write(model, bytes);
    assertTrue(load(model, options).stages().contains(PACKING));
    assertEquals(2, files(kept).size());
  }

  private void assertRebuilt(String damage, Path file, byte[] sound, byte[] damaged)
      throws IOException {
    float[] expected = load().logits();
    Files.write(file, damaged);
    Loaded loaded = load();
    assertTrue(loaded.stages().contains(PACKING), damage);
    assertArrayEquals(expected, loaded.logits(), damage);
    assertArrayEquals(sound, Files.readAllBytes(file), damage);
    assertEquals(List.of(file), files(folder));
  }

  @Test
  void aFileWithAFlippedByteIsMadeAnew() throws IOException {
    load();
    Path file = files(folder).getFirst();
    byte[] sound = Files.readAllBytes(file);
    // The magic, version, key, size of the header, number of matrices, first entry, last tile.
    for (int at : new int[] {0, 11, 12, 43, 44, 47, 51, 53, 60, 90, sound.length - 1}) {
      byte[] damaged = sound.clone();
      damaged[at] ^= 0x40;
      assertRebuilt("byte " + at, file, sound, damaged);
    }
  }

  @Test
  void aTruncatedFileIsMadeAnew() throws IOException {
    load();
    Path file = files(folder).getFirst();
    byte[] sound = Files.readAllBytes(file);
    for (int length : new int[] {0, 7, 51, 52, 300, sound.length / 2, sound.length - 1}) {
      assertRebuilt(length + " bytes", file, sound, Arrays.copyOf(sound, length));
    }
  }

  @Test
  void aFileOfAnotherModelIsMadeAnew(@TempDir Path others) throws IOException {
    Path other = TestModels.TINY.resolveSibling("../llama-tied/model.gguf").normalize();
    load(other, options(Optional.empty()).withPackCache(others));
    byte[] foreign = Files.readAllBytes(files(others).getFirst());
    load();
    Path file = files(folder).getFirst();
    assertRebuilt("of another model", file, Files.readAllBytes(file), foreign);
  }

  @Test
  void aFolderThatCannotBeWrittenKeepsNoModelFromLoading() throws IOException {
    Path noFolder = Files.writeString(folder.resolve("file"), "not a folder");
    float[] expected = load(TestModels.TINY, options(Optional.empty())).logits();
    Loaded loaded = load(TestModels.TINY, options(Optional.empty()).withPackCache(noFolder));
    assertArrayEquals(expected, loaded.logits());
    assertEquals("not a folder", Files.readString(noFolder));
  }
}
