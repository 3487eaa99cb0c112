package dev.lanewise.engine.transformer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.cache.KvCache;
import dev.lanewise.engine.sparse.CoreInfer;
import dev.lanewise.engine.sparse.CoreNeurons;
import dev.lanewise.engine.sparse.LayerThresholds;
import dev.lanewise.engine.sparse.Projection;
import dev.lanewise.engine.sparse.Sparsity;
import dev.lanewise.engine.sparse.ThresholdMethod;
import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.math.kernel.KvFormat;
import dev.lanewise.model.config.FeedForwardForm;
import dev.lanewise.model.gguf.GgufFile;
import dev.lanewise.model.gguf.GgufWriter;
import dev.lanewise.model.gguf.TensorInfo;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A model without gates, whose neurons are 0 half of the time: zeros are skipped for free. */
final class ReluTest {
  private static final int POSITIONS = 9;
  private static final int STEPS = 6;
  private static final int LAYERS = 4;
  private static final int PROMPT = 12;

  @TempDir private static Path folder;

  /** Its feed-forward parts have biases. */
  private static final String OPT = "tiny/opt-relu";

  private static String arcee;

  /** A tiny Llama without its gates, under the name of the family that has none. */
  @BeforeAll
  static void withoutGates() throws IOException {
    Path file = folder.resolve("arcee.gguf");
    try (GgufFile llama = GgufFile.open(LoadedModel.path(LoadedModel.TINY))) {
      Map<String, Object> metadata = new LinkedHashMap<>();
      for (String key : llama.metadata().keys()) {
        metadata.put(key.replaceFirst("^llama\\.", "arcee."), llama.metadata().raw(key));
      }
      metadata.put("general.architecture", "arcee");
      List<TensorInfo> kept =
          llama.tensors().stream().filter(tensor -> !tensor.name().contains("ffn_gate")).toList();
      List<GgufWriter.Entry> entries =
          kept.stream()
              .map(tensor -> new GgufWriter.Entry(tensor.name(), tensor.format(), tensor.dims()))
              .toList();
      try (GgufWriter writer = GgufWriter.create(file, metadata, entries)) {
        for (TensorInfo tensor : writer.tensors()) {
          TensorInfo source = llama.tensor(tensor.name()).orElseThrow();
          writer.write(tensor, 0, llama.data(source).asByteBuffer());
        }
        writer.finish();
      }
    }
    arcee = file.toString();
  }

  @Test
  void aBlockIsThatOfPlainArithmetic() throws IOException {
    try (LoadedModel model = new LoadedModel(arcee, false);
        KvCache cache = model.transformer.newCache(KvFormat.F32)) {
      assertEquals(FeedForwardForm.SQUARED_RELU, model.transformer.config().feedForward());
      int layer = 1;
      int hidden = model.transformer.config().hidden();
      float[] residuals = new float[POSITIONS * hidden];
      double[][] rows = new double[POSITIONS][hidden];
      Random random = new Random(3);
      for (int i = 0; i < residuals.length; i++) {
        residuals[i] = (float) random.nextGaussian();
        rows[i / hidden][i % hidden] = residuals[i];
      }
      model.transformer.computeBlock(layer, cache, residuals, POSITIONS, Sparsity.NONE);
      double[][] expected =
          new PlainBlock(model.file, model.transformer.config(), layer, POSITIONS)
              .compute(rows, new LayerThresholds(0, 0, 0, 0, 0, 0, 0));
      for (int i = 0; i < residuals.length; i++) {
        assertEquals(expected[i / hidden][i % hidden], residuals[i], 1e-4, "element " + i);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"MXFP4", "Q8_0"})
  void zerosAreSkippedWithoutThresholds(BlockFormat format) throws IOException {
    zerosAreSkipped(arcee, FeedForwardForm.SQUARED_RELU, format);
    zerosAreSkipped(OPT, FeedForwardForm.RELU, format);
  }

  private static void zerosAreSkipped(String name, FeedForwardForm form, BlockFormat format)
      throws IOException {
    try (LoadedModel model = new LoadedModel(name, 2, true, Optional.of(format))) {
      assertEquals(form, model.transformer.config().feedForward());
      SkippingProducts products = model.transformer.products();
      float[][] whole = steps(model, Sparsity.NONE);
      long allBytes = model.transformer.skipCounts().weightBytes();
      for (int layer = 0; layer < model.transformer.config().layers(); layer++) {
        float active = model.transformer.skipCounts().activeShare(layer);
        assertTrue(active > 0.1 && active < 0.9, "layer " + layer + ": " + active);
      }
      model.prepare(EnumSet.of(Projection.DOWN));
      products.skipUpTo(Projection.DOWN, 1);
      float[][] skipped = steps(model, Sparsity.NONE);
      for (int i = 0; i < STEPS; i++) {
        assertArrayEquals(whole[i], skipped[i], "step " + i);
      }
      if (products.copy(Projection.DOWN, 0) != null) {
        assertTrue(model.transformer.skipCounts().weightBytes() < allBytes);
      }
    }
  }

  @Test
  void thresholdsOfGatesAreForModelsWithGates() throws IOException {
    try (LoadedModel ungated = new LoadedModel(arcee, true);
        LoadedModel gated = new LoadedModel(LoadedModel.TINY, true)) {
      assertFalse(ThresholdMethod.CATS.worksOn(ungated.transformer.config()));
      assertTrue(ThresholdMethod.FFN_SKIP.worksOn(ungated.transformer.config()));
      assertTrue(ThresholdMethod.CATS.worksOn(gated.transformer.config()));
    }
  }

  @Test
  void coreNeuronsAreChosenWithoutAGate() throws IOException {
    try (LoadedModel model = new LoadedModel(arcee, true);
        KvCache cache = model.newCache()) {
      int neurons = model.transformer.config().ffnHidden();
      assertEquals(LAYERS, model.transformer.config().layers());
      CoreNeurons core =
          new CoreNeurons(new CoreInfer(0.4, 0.2, 1, LAYERS - 1, PROMPT), LAYERS, neurons);
      int[] tokens = model.tokens(PROMPT + 1, 5);
      model.transformer.clear();
      model.transformer.addPrompt(cache, tokens, 0, PROMPT, 0, core);
      model.transformer.compute();
      model.transformer.clear();
      model.transformer.addStep(cache, tokens[PROMPT], core);
      model.transformer.compute();
      assertTrue(
          model.transformer.skipCounts().weightBytes() < model.transformer.weightSizes().bytes());
    }
  }

  /** All neurons of a layer are kept, each with its bias. */
  @Test
  void compactLayersKeepTheBiasesOfTheirNeurons() throws IOException {
    try (LoadedModel model = new LoadedModel(OPT, false);
        KvCache cache = model.newCache()) {
      int neurons = model.transformer.config().ffnHidden();
      CoreNeurons all =
          new CoreNeurons(new CoreInfer(1, 0.2, 1, LAYERS - 1, PROMPT), LAYERS, neurons);
      CoreNeurons some =
          new CoreNeurons(new CoreInfer(0.5, 0.2, 1, LAYERS - 1, PROMPT), LAYERS, neurons);
      float[] dense = afterPrompt(model, cache, Sparsity.NONE);
      assertArrayEquals(dense, afterPrompt(model, cache, all), 1e-4f);
      assertFalse(Arrays.equals(dense, afterPrompt(model, cache, some)));
    }
  }

  private static float[] afterPrompt(LoadedModel model, KvCache cache, Sparsity left) {
    int[] tokens = model.tokens(PROMPT + 1, 5);
    cache.truncate(0);
    model.transformer.clear();
    model.transformer.addPrompt(cache, tokens, 0, PROMPT, 0, left);
    model.transformer.compute();
    model.transformer.clear();
    model.transformer.addStep(cache, tokens[PROMPT], left);
    return model.row(model.transformer.compute(), 0);
  }

  private static float[][] steps(LoadedModel model, Sparsity left) {
    int[] tokens = model.tokens(STEPS, 7);
    float[][] logits = new float[STEPS][];
    try (KvCache cache = model.newCache()) {
      for (int i = 0; i < STEPS; i++) {
        model.transformer.clear();
        model.transformer.addStep(cache, tokens[i], left);
        logits[i] = model.row(model.transformer.compute(), 0);
      }
    }
    return logits;
  }
}
