package dev.lanewise.engine;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.lanewise.engine.cache.KvCache;
import dev.lanewise.engine.sample.Sampler;
import dev.lanewise.engine.sample.Sampling;
import dev.lanewise.engine.transformer.Transformer;
import dev.lanewise.math.kernel.Kernels;
import dev.lanewise.math.kernel.KvFormat;
import dev.lanewise.math.thread.ThreadTeam;
import dev.lanewise.model.config.Architecture;
import dev.lanewise.model.gguf.GgufFile;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

final class AllocationTest {
  private static final int STEPS = 50;

  /** An object header for each step would be more than this. */
  private static final long TOLERANCE = 8 * STEPS;

  @Test
  void stepsAllocateNothingOnceTheyAreCompiled() throws Exception {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    Kernels kernels = Kernels.best();
    try (GgufFile file = GgufFile.open(TestModels.DEFAULT);
        ThreadTeam team = new ThreadTeam(2);
        Transformer transformer =
            new Transformer(
                file, Architecture.configOf(file), kernels, team, 512, true, LoadProgress.SILENT);
        KvCache cache = transformer.newCache(KvFormat.BF16)) {
      Sampler sampler = new Sampler(kernels.floats(), transformer.config().vocabulary());
      sampler.begin(Sampling.defaults());
      long fewest = Long.MAX_VALUE;
      // Compilation ends at a moment of its own choosing, so the best of some rounds counts.
      for (int round = 0; round < 80 && fewest > TOLERANCE; round++) {
        cache.truncate(0);
        int token = 1;
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int step = 0; step < STEPS; step++) {
          token = sampler.sample(transformer.decode(cache, token));
        }
        fewest = Math.min(fewest, threads.getCurrentThreadAllocatedBytes() - before);
      }
      assertTrue(fewest <= TOLERANCE, fewest + " bytes in " + STEPS + " steps");
    }
  }
}
