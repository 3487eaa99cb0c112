package dev.lanewise.bench.synth;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.Engine;
import dev.lanewise.engine.EngineOptions;
import dev.lanewise.engine.LoadProgress;
import dev.lanewise.engine.cache.KvCache;
import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.math.kernel.KvFormat;
import dev.lanewise.model.ModelFormatException;
import dev.lanewise.model.UnsupportedModel;
import dev.lanewise.model.gguf.GgufFile;
import dev.lanewise.model.gguf.GgufWriter;
import dev.lanewise.model.gguf.TensorInfo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** NVFP4 files with scales of whole tensors. */
final class TensorScaleTest {
  private static final Shape TINY = Shape.named("tiny").orElseThrow();
  private static final String VALUE = "blk.0.attn_v.scale";
  private static final String OUTPUT = "blk.0.attn_output.scale";

  @TempDir private Path folder;

  /** A model with some scales beside its weights. */
  private Path model(WeightMix mix, Map<String, Float> scales) throws IOException {
    Path plain = Files.createTempDirectory(folder, "model").resolve("plain.gguf");
    new SynthModel(TINY, mix, 1).writeTo(plain);
    Path scaled = plain.resolveSibling("scaled.gguf");
    try (GgufFile file = GgufFile.open(plain)) {
      Map<String, Object> metadata = TINY.metadata();
      SynthVocabulary.addTo(metadata, TINY.config().vocabulary());
      List<GgufWriter.Entry> entries = new ArrayList<>();
      for (TensorInfo tensor : file.tensors()) {
        entries.add(new GgufWriter.Entry(tensor.name(), tensor.format(), tensor.dims()));
      }
      scales.forEach(
          (name, scale) -> entries.add(new GgufWriter.Entry(name, BlockFormat.F32, List.of(1L))));
      try (GgufWriter writer = GgufWriter.create(scaled, metadata, entries)) {
        for (TensorInfo tensor : writer.tensors()) {
          Float scale = scales.get(tensor.name());
          ByteBuffer bytes =
              scale == null
                  ? file.data(file.tensor(tensor.name()).orElseThrow()).asByteBuffer()
                  : ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(0, scale);
          writer.write(tensor, 0, bytes);
        }
        writer.finish();
      }
    }
    return scaled;
  }

  private float[] logits(Map<String, Float> scales) throws IOException {
    EngineOptions options =
        new EngineOptions(
            1, OptionalInt.of(64), EngineOptions.Activations.INT8, KvFormat.BF16, Optional.empty());
    try (Engine engine = Engine.load(model(WeightMix.NVFP4, scales), options, LoadProgress.SILENT);
        KvCache cache = engine.transformer().newCache(KvFormat.BF16)) {
      return engine.transformer().prefill(cache, new int[] {1, 2, 3, 4}, 0, 4, true);
    }
  }

  @Test
  void aScaleMultipliesAllWeightsOfATensor() throws IOException {
    float[] plain = logits(Map.of());
    assertFalse(Arrays.equals(plain, logits(Map.of(VALUE, 2f))));
    // Powers of two that cancel, exactly.
    assertArrayEquals(plain, logits(Map.of(VALUE, 2f, OUTPUT, 0.5f)));
  }

  @Test
  void aScaleThatIsNoNumberIsRefused() throws IOException {
    String message =
        assertThrows(ModelFormatException.class, () -> logits(Map.of(VALUE, Float.NaN)))
            .getMessage();
    assertTrue(message.contains(VALUE) && message.contains("not a finite number"), message);
  }

  @Test
  void aScaleOfAnotherFormatIsRefused() throws IOException {
    Path file = model(WeightMix.Q4_0, Map.of(VALUE, 2f));
    String message =
        assertThrows(
                UnsupportedModel.class,
                () -> Engine.load(file, EngineOptions.defaults(), LoadProgress.SILENT))
            .getMessage();
    assertTrue(message.contains(VALUE) && message.contains("Q4_0"), message);
  }
}
