package dev.lanewise.engine.transformer;

import dev.lanewise.engine.LoadProgress;
import dev.lanewise.engine.cache.KvCache;
import dev.lanewise.engine.sparse.Projection;
import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.math.kernel.Kernels;
import dev.lanewise.math.kernel.KvFormat;
import dev.lanewise.math.thread.ThreadTeam;
import dev.lanewise.model.StoredModel;
import dev.lanewise.model.config.Architecture;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/** A model on a team of its own. */
final class LoadedModel implements AutoCloseable {
  static final String TINY = "tiny/llama/model.gguf";
  static final String DEFAULT = "SmolLM2-135M-Instruct.Q4_1.gguf";

  private static final Path MODELS = Path.of(System.getProperty("lanewise.models"));

  final StoredModel file;
  private final ThreadTeam team;
  final Transformer transformer;

  LoadedModel(String name, int threads, boolean int8, Optional<BlockFormat> format)
      throws IOException {
    file = StoredModel.open(path(name));
    team = new ThreadTeam(threads);
    transformer =
        new Transformer(
            file,
            Architecture.configOf(file),
            Kernels.best(),
            team,
            600,
            int8,
            new WeightOptions(format, Optional.empty()),
            LoadProgress.SILENT);
  }

  LoadedModel(String name, boolean int8) throws IOException {
    this(name, 2, int8, Optional.empty());
  }

  /** A file of the folder of models, or anywhere if the name is a whole path. */
  static Path path(String name) {
    return MODELS.resolve(name);
  }

  KvCache newCache() {
    return transformer.newCache(KvFormat.BF16);
  }

  /** Makes copies to skip with, whether that is faster or not. */
  void prepare(Set<Projection> projections) {
    transformer.products().prepare(projections, transformer.layers());
  }

  int[] tokens(int count, long seed) {
    return new Random(seed).ints(count, 0, transformer.config().vocabulary()).toArray();
  }

  /** One row of logits, in an array of its own. */
  float[] row(float[] logits, int row) {
    int vocabulary = transformer.config().vocabulary();
    return Arrays.copyOfRange(logits, row * vocabulary, (row + 1) * vocabulary);
  }

  @Override
  public void close() {
    transformer.close();
    team.close();
    file.close();
  }
}
