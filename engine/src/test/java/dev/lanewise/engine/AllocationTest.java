package dev.lanewise.engine;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.lanewise.engine.cache.KvCache;
import dev.lanewise.engine.cache.KvPool;
import dev.lanewise.engine.cache.KvShape;
import dev.lanewise.engine.sample.Sampler;
import dev.lanewise.engine.sample.Sampling;
import dev.lanewise.engine.transformer.Transformer;
import dev.lanewise.math.kernel.Kernels;
import dev.lanewise.math.kernel.KvFormat;
import dev.lanewise.math.thread.ThreadTeam;
import dev.lanewise.model.config.Architecture;
import dev.lanewise.model.gguf.GgufFile;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

final class AllocationTest {
  private static final int STEPS = 50;

  /** An object header for each step would be more than this. */
  private static final long TOLERANCE = 8 * STEPS;

  @Test
  void stepsAllocateNothingOnceTheyAreCompiled() throws Exception {
    assertAllocatesNothing(TestModels.DEFAULT);
  }

  /** With a window of 16 positions: pages are taken and given back. */
  @Test
  void stepsWithAWindowAllocateNothingToSpeakOf() throws Exception {
    assertAllocatesNothing(TestModels.TINY.resolveSibling("../gemma2/model.gguf").normalize());
  }

  private static void assertAllocatesNothing(Path model) throws Exception {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    Kernels kernels = Kernels.best();
    try (GgufFile file = GgufFile.open(model);
        ThreadTeam team = new ThreadTeam(2);
        Transformer transformer =
            new Transformer(
                file, Architecture.configOf(file), kernels, team, 512, true, LoadProgress.SILENT);
        KvPool pool = new KvPool(KvShape.of(transformer.config(), KvFormat.BF16), 100);
        KvCache cache = new KvCache(pool, 512)) {
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
          cache.releaseUnneeded();
        }
        fewest = Math.min(fewest, threads.getCurrentThreadAllocatedBytes() - before);
      }
      assertTrue(fewest <= TOLERANCE, fewest + " bytes in " + STEPS + " steps");
    }
  }
}
