package dev.lanewise.engine;

import dev.lanewise.engine.cache.KvCache;
import dev.lanewise.engine.sample.Sampler;
import dev.lanewise.engine.sample.Sampling;
import dev.lanewise.engine.sparse.Sparsity;
import dev.lanewise.engine.transformer.Transformer;
import dev.lanewise.math.kernel.KvFormat;
import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.function.Supplier;

/**
 * Computes made-up tokens until the JVM has compiled the kernels: a vector operation that is
 * interpreted allocates every intermediate value and is hundreds of times slower.
 *
 * <p>A round has all that requests will need: prompts of lengths that leave every remainder to the
 * kernels that take several columns at a time, for code that is compiled without having seen one is
 * thrown away when the first request brings it; steps of one and of some sequences, with and
 * without chance and what is left out; passes of steps beside a prompt; and contexts of more than
 * one segment of attention, whose first positions are left empty.
 */
final class WarmUp implements Runnable {
  private static final long LEAST_NANOS = 1_500_000_000L;
  private static final long MOST_NANOS = 8_000_000_000L;
  private static final int EMPTY_POSITIONS = 300;

  /** 20 = 6 + 6 + 4 + 4 is the one where kernels of six columns end with fours. */
  private static final int[] PROMPTS = {33, 20, 7, 6, 5, 3, 2, 1};

  private static final int STEPS = 4;
  private static final int MOST_SEQUENCES = 6;

  /** Rounds in a row with hardly any compilation, for the JVM to count as done. */
  private static final int STEADY_ROUNDS = 3;

  /** The part of a round's time that the JVM's compilers may take in a steady round. */
  private static final double HARDLY_ANY = 0.05;

  private final Transformer transformer;
  private final KvFormat format;
  private final Sampler sampler;
  private final Supplier<Sparsity> sparsity;
  private final int[] tokens = new int[PROMPTS[0]];

  /**
   * For a transformer.
   *
   * @param sparsity what sequences may leave out
   */
  WarmUp(Transformer transformer, KvFormat format, Sampler sampler, Supplier<Sparsity> sparsity) {
    this.transformer = transformer;
    this.format = format;
    this.sampler = sampler;
    this.sparsity = sparsity;
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] = i % transformer.config().vocabulary();
    }
  }

  /** Runs for 1.5 to 8 seconds, with caches of its own. */
  @Override
  public void run() {
    KvCache[] caches = new KvCache[MOST_SEQUENCES];
    try {
      for (int i = 0; i < caches.length; i++) {
        caches[i] = transformer.newCache(format);
      }
      long start = System.nanoTime();
      int steady = 0;
      for (long now = start;
          now - start < MOST_NANOS && (steady < STEADY_ROUNDS || now - start < LEAST_NANOS);
          now = System.nanoTime()) {
        long compiledBefore = compilationMillis();
        round(caches, start + MOST_NANOS);
        long tookMillis = (System.nanoTime() - now) / 1_000_000;
        boolean compiled = compilationMillis() - compiledBefore > HARDLY_ANY * tookMillis;
        steady = compiled ? 0 : steady + 1;
      }
    } finally {
      for (int i = 0; i < caches.length && caches[i] != null; i++) {
        caches[i].close();
      }
    }
  }

  /** The speed says less: on a busy machine it changes for other reasons. */
  private static long compilationMillis() {
    CompilationMXBean compilation = ManagementFactory.getCompilationMXBean();
    return compilation != null && compilation.isCompilationTimeMonitoringSupported()
        ? compilation.getTotalCompilationTime()
        : 0;
  }

  private void round(KvCache[] caches, long deadline) {
    for (int i = 0; i < PROMPTS.length && System.nanoTime() < deadline; i++) {
      if (!transformer.config().generates()) {
        encode(caches[0], PROMPTS[i]);
        continue;
      }
      if (transformer.config().hasEncoder()) {
        readTexts(caches, i == 0 ? caches.length : 1, PROMPTS[i]);
      }
      sampler.begin(i % 2 == 0 ? Sampling.defaults() : Sampling.greedy());
      Sparsity left = i % 2 == 0 ? sparsity.get() : Sparsity.NONE;
      answer(caches[0], PROMPTS[i], left);
      int others = 2 + i % (MOST_SEQUENCES - 1);
      decodeTogether(caches, others, left);
      decodeBeside(caches, others - 1, PROMPTS[i]);
    }
  }

  /** A prompt and some tokens after it; as much of it as the cache holds. */
  private void answer(KvCache cache, int prompt, Sparsity left) {
    int count = Math.min(prompt, cache.capacity() - 1);
    int steps = Math.min(STEPS, cache.capacity() - count);
    int empty = Math.min(EMPTY_POSITIONS, cache.capacity() - count - steps);
    cache.truncate(0);
    cache.reserve(empty);
    cache.advance(empty);
    transformer.clear();
    transformer.addPrompt(cache, tokens, 0, count, 1, Sparsity.ofPrompt(left));
    sampler.sample(transformer.compute());
    for (int step = 0; step < steps; step++) {
      transformer.clear();
      transformer.addStep(cache, tokens[step], left);
      sampler.sample(transformer.compute());
    }
  }

  private void encode(KvCache cache, int prompt) {
    cache.truncate(0);
    transformer.clear();
    transformer.addPrompt(cache, tokens, 0, Math.min(prompt, cache.capacity()), (states, at) -> {});
    transformer.compute();
  }

  /** Gives a text to each of the first {@code count} sequences of an encoder-decoder. */
  private void readTexts(KvCache[] caches, int count, int length) {
    transformer.clear();
    for (int i = 0; i < count; i++) {
      int[] text = Arrays.copyOf(tokens, Math.min(length, caches[i].capacity()));
      transformer.addText(caches[i], text);
    }
    transformer.compute();
  }

  private void decodeTogether(KvCache[] caches, int count, Sparsity left) {
    transformer.clear();
    for (int i = 0; i < count; i++) {
      caches[i].truncate(0);
      transformer.addStep(caches[i], tokens[i], left);
    }
    transformer.compute();
  }

  /** A step of the first {@code count} sequences, and a prompt of the next. */
  private void decodeBeside(KvCache[] caches, int count, int prompt) {
    transformer.clear();
    for (int i = 0; i < count; i++) {
      caches[i].truncate(0);
      transformer.addStep(caches[i], tokens[i]);
    }
    KvCache last = caches[count];
    last.truncate(0);
    transformer.addPrompt(last, tokens, 0, Math.min(prompt, last.capacity()), 1);
    transformer.compute();
  }
}
