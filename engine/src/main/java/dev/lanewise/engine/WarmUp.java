package dev.lanewise.engine;

import dev.lanewise.engine.cache.KvCache;
import dev.lanewise.engine.sample.Sampler;
import dev.lanewise.engine.sample.Sampling;
import dev.lanewise.engine.transformer.Transformer;

/**
 * Computes made-up tokens until the JVM has compiled the kernels: a vector operation that is
 * interpreted allocates every intermediate value and is hundreds of times slower.
 */
record WarmUp(Transformer transformer, KvCache cache, Sampler sampler) implements Runnable {
  private static final long LEAST_NANOS = 1_500_000_000L;
  private static final long MOST_NANOS = 4_000_000_000L;
  private static final int PROMPT = 64;
  private static final int STEPS = 32;

  /** Rounds in a row that were no faster than the best before, for the speed to count as steady. */
  private static final int STEADY_ROUNDS = 4;

  private static final double FASTER = 0.97;

  /** Runs for 1.5 to 4 seconds, and leaves the cache empty. */
  @Override
  public void run() {
    int tokens = Math.min(PROMPT + STEPS, cache.capacity());
    int prompt = Math.max(1, tokens - STEPS);
    int[] ids = new int[tokens];
    for (int i = 0; i < tokens; i++) {
      ids[i] = i % transformer.config().vocabulary();
    }
    sampler.begin(Sampling.defaults());
    long start = System.nanoTime();
    long best = Long.MAX_VALUE;
    int steady = 0;
    for (long now = start;
        now - start < MOST_NANOS && (steady < STEADY_ROUNDS || now - start < LEAST_NANOS);
        now = System.nanoTime()) {
      round(ids, prompt);
      long took = System.nanoTime() - now;
      steady = took < FASTER * best ? 0 : steady + 1;
      best = Math.min(best, took);
    }
    cache.truncate(0);
  }

  private void round(int[] ids, int prompt) {
    cache.truncate(0);
    sampler.sample(transformer.prefill(cache, ids, 0, prompt, true));
    for (int i = prompt; i < ids.length; i++) {
      sampler.sample(transformer.decode(cache, ids[i]));
    }
  }
}
