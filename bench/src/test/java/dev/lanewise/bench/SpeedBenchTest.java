package dev.lanewise.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.Engine;
import dev.lanewise.engine.EngineOptions;
import dev.lanewise.engine.LoadProgress;
import dev.lanewise.engine.transformer.WeightSizes;
import dev.lanewise.math.kernel.KvFormat;
import dev.lanewise.model.gguf.GgufFile;
import dev.lanewise.model.gguf.TensorInfo;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

final class SpeedBenchTest {
  private static final Path MODEL =
      Path.of(System.getProperty("lanewise.models"), "tiny", "llama", "model.gguf");

  private static Engine load() throws IOException {
    return Engine.load(
        MODEL,
        new EngineOptions(
            1,
            OptionalInt.empty(),
            EngineOptions.Activations.INT8,
            KvFormat.BF16,
            Optional.empty()),
        LoadProgress.SILENT);
  }

  @Test
  void everyRepetitionOfEveryTestHasASpeed() throws IOException {
    try (Engine engine = load()) {
      SpeedBench bench = new SpeedBench(engine.transformer(), KvFormat.BF16);
      for (SpeedCase test :
          List.of(
              SpeedCase.prefill(20, 0),
              SpeedCase.decode(4, 10, 3),
              SpeedCase.decode(engine.contextLength() - 30, 30, 1))) {
        List<Double> rates = bench.measure(test, 3);
        assertEquals(3, rates.size());
        assertTrue(rates.stream().allMatch(rate -> rate > 0));
      }
    }
  }

  @Test
  void theWeightsOfAStepAreAllMatricesButTheEmbedding() throws IOException {
    try (Engine engine = load();
        GgufFile file = GgufFile.open(MODEL)) {
      WeightSizes sizes = engine.transformer().weightSizes();
      long layers =
          file.tensors().stream()
              .filter(tensor -> tensor.name().startsWith("blk.") && tensor.dims().size() == 2)
              .mapToLong(TensorInfo::elements)
              .sum();
      assertEquals(layers, sizes.layerWeights());
      assertEquals(file.tensor("output.weight").orElseThrow().elements(), sizes.headWeights());
      assertTrue(sizes.bytes() >= (sizes.layerWeights() + sizes.headWeights()) / 2);
      double kvBytes =
          new SpeedBench(engine.transformer(), KvFormat.BF16).kvBytes(SpeedCase.decode(1, 9, 1));
      assertTrue(kvBytes >= 10.0 * 2 * 2 * engine.config().kvDim() * engine.config().layers());
    }
  }
}
