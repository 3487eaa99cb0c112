package dev.lanewise.bench.quality;

import dev.lanewise.engine.LoadProgress;
import dev.lanewise.engine.transformer.Transformer;
import dev.lanewise.math.kernel.Kernels;
import dev.lanewise.math.thread.ThreadTeam;
import dev.lanewise.model.config.Architecture;
import dev.lanewise.model.gguf.GgufFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;

/** A tiny model with everything in F32, and made-up text. */
final class TinyModel implements AutoCloseable {
  static final int CONTEXT = 128;

  final Transformer transformer;
  private final GgufFile file;
  private final ThreadTeam team = new ThreadTeam(2);

  TinyModel() throws IOException {
    file = GgufFile.open(Path.of(System.getProperty("lanewise.models"), "tiny/llama/model.gguf"));
    transformer =
        new Transformer(
            file,
            Architecture.configOf(file),
            Kernels.best(),
            team,
            CONTEXT,
            false,
            LoadProgress.SILENT);
  }

  int[] text(int length) {
    return new Random(1).ints(length, 0, transformer.config().vocabulary()).toArray();
  }

  @Override
  public void close() {
    transformer.close();
    team.close();
    file.close();
  }
}
