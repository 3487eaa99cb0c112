package dev.lanewise.bench;

import dev.lanewise.engine.cache.KvCache;
import dev.lanewise.engine.sparse.CoreNeurons;
import dev.lanewise.engine.sparse.Sparsity;
import dev.lanewise.engine.transformer.HiddenStateReader;
import dev.lanewise.engine.transformer.Transformer;
import dev.lanewise.math.kernel.KvFormat;
import dev.lanewise.math.kernel.KvLayout;
import dev.lanewise.model.config.ModelConfig;
import dev.lanewise.model.config.SlidingWindow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;

/**
 * Times the forward pass as {@code llama-bench} does, without sampling and without a server. Of
 * encoders it times whole texts, which are prompts without a head. What a test wants in the cache
 * is computed once, untimed; each repetition starts from there. The tokens are the same made-up
 * ones each time.
 */
public final class SpeedBench {
  /** Before the first measurement: long enough for C2 to compile what runs here. */
  private static final long WARM_UP_NANOS = 3_000_000_000L;

  /** For hidden states, which are all that an encoder finds. */
  private static final HiddenStateReader UNREAD = (states, from) -> {};

  private final Transformer transformer;
  private final KvFormat kv;

  /** Measures one transformer with caches of one format. */
  public SpeedBench(Transformer transformer, KvFormat kv) {
    this.transformer = transformer;
    this.kv = kv;
  }

  /** As {@link #measure(SpeedCase, Supplier, int)}, with nothing left out. */
  public List<Double> measure(SpeedCase test, int repetitions) {
    return measure(test, () -> Sparsity.NONE, repetitions);
  }

  /**
   * Tokens a second of all sequences together, one figure for each repetition.
   *
   * @param sparsity what is left out of single steps, and of what is in the cache before; prompts
   *     that are timed are computed whole
   * @throws IllegalArgumentException if too little is in the cache to know what is left out
   */
  public List<Double> measure(SpeedCase test, Supplier<Sparsity> sparsity, int repetitions) {
    Sparsity[] left = new Sparsity[test.sequences()];
    Arrays.setAll(left, i -> sparsity.get());
    transformer.prepareSkipping(left[0]);
    KvCache[] caches = new KvCache[test.sequences()];
    Arrays.setAll(caches, i -> transformer.newCache(kv));
    try {
      for (int i = 0; i < caches.length; i++) {
        prefill(caches[i], test.depth(), left[i]);
        requireChosen(left[i], test);
      }
      long start = System.nanoTime();
      do {
        run(test, caches, left);
      } while (System.nanoTime() - start < WARM_UP_NANOS);
      List<Double> rates = new ArrayList<>();
      for (int i = 0; i < repetitions; i++) {
        long begin = System.nanoTime();
        run(test, caches, left);
        rates.add((double) test.sequences() * test.tokens() / ((System.nanoTime() - begin) / 1e9));
      }
      return rates;
    } finally {
      for (KvCache cache : caches) {
        cache.close();
      }
    }
  }

  /** Bytes of the keys and values that a step of decoding reads for one sequence, on average. */
  public double kvBytes(SpeedCase test) {
    ModelConfig config = transformer.config();
    SlidingWindow window = config.traits().window();
    double positions = 0;
    for (int layer = 0; layer < config.layers(); layer++) {
      positions +=
          test.meanPositions(window.covers(layer) ? window.positions() : Integer.MAX_VALUE);
    }
    try (KvCache cache = transformer.newCache(kv)) {
      return positions * cache.layout().blockBytes() * config.kvHeads() / KvLayout.POSITIONS;
    }
  }

  private void run(SpeedCase test, KvCache[] caches, Sparsity[] left) {
    for (KvCache cache : caches) {
      cache.truncate(test.depth());
    }
    switch (test.kind()) {
      case PREFILL -> prefill(caches[0], test.tokens(), Sparsity.NONE);
      case DECODE -> decode(caches, test.tokens(), left);
    }
  }

  private void decode(KvCache[] caches, int tokens, Sparsity[] left) {
    for (int i = 0; i < tokens; i++) {
      transformer.clear();
      for (int sequence = 0; sequence < caches.length; sequence++) {
        transformer.addStep(caches[sequence], token(i + sequence), left[sequence]);
      }
      transformer.compute();
    }
  }

  private void prefill(KvCache cache, int tokens, Sparsity left) {
    int[] prompt = new int[tokens];
    for (int i = 0; i < tokens; i++) {
      prompt[i] = token(i);
    }
    int most = transformer.mostColumns();
    for (int from = 0; from < tokens; from += most) {
      int count = Math.min(most, tokens - from);
      transformer.clear();
      if (transformer.config().generates()) {
        transformer.addPrompt(cache, prompt, from, count, from + count == tokens ? 1 : 0, left);
      } else {
        transformer.addPrompt(cache, prompt, from, count, UNREAD);
      }
      transformer.compute();
    }
  }

  private static void requireChosen(Sparsity left, SpeedCase test) {
    if (left instanceof CoreNeurons core && !core.ready()) {
      throw new IllegalArgumentException(
          "%s: %d tokens in the cache are too few to choose core neurons by; they need %d, see --depth"
              .formatted(test.name(), test.depth(), core.rule().leastTokens()));
    }
  }

  private int token(int i) {
    return (int) ((100 + i * 7919L % 1000) % transformer.config().vocabulary());
  }
}
