package dev.lanewise.bench;

import dev.lanewise.engine.cache.KvCache;
import dev.lanewise.engine.transformer.Transformer;
import dev.lanewise.math.kernel.KvFormat;
import dev.lanewise.math.kernel.KvLayout;
import dev.lanewise.model.config.ModelConfig;
import java.util.ArrayList;
import java.util.List;

/**
 * Times the forward pass as {@code llama-bench} does, without sampling and without a server. What a
 * test wants in the cache is computed once, untimed; each repetition starts from there. The tokens
 * are the same made-up ones each time.
 */
public final class SpeedBench {
  /** Before the first measurement: long enough for C2 to compile what runs here. */
  private static final long WARM_UP_NANOS = 3_000_000_000L;

  private final Transformer transformer;
  private final KvFormat kv;

  /** Measures one transformer with caches of one format. */
  public SpeedBench(Transformer transformer, KvFormat kv) {
    this.transformer = transformer;
    this.kv = kv;
  }

  /** Tokens a second, one figure for each repetition. */
  public List<Double> measure(SpeedTest test, int repetitions) {
    List<Double> rates = new ArrayList<>();
    try (KvCache cache = transformer.newCache(kv)) {
      prefill(cache, test.depth());
      long start = System.nanoTime();
      do {
        run(test, cache);
      } while (System.nanoTime() - start < WARM_UP_NANOS);
      for (int i = 0; i < repetitions; i++) {
        long begin = System.nanoTime();
        run(test, cache);
        rates.add(test.tokens() / ((System.nanoTime() - begin) / 1e9));
      }
    }
    return rates;
  }

  /** Bytes of one token's keys and values in all layers. */
  public long kvBytes() {
    try (KvCache cache = transformer.newCache(kv)) {
      ModelConfig config = transformer.config();
      return cache.layout().blockBytes() * config.layers() * config.kvHeads() / KvLayout.POSITIONS;
    }
  }

  private void run(SpeedTest test, KvCache cache) {
    cache.truncate(test.depth());
    switch (test.kind()) {
      case PREFILL -> prefill(cache, test.tokens());
      case DECODE -> {
        for (int i = 0; i < test.tokens(); i++) {
          transformer.decode(cache, token(i));
        }
      }
    }
  }

  private void prefill(KvCache cache, int tokens) {
    int[] prompt = new int[tokens];
    for (int i = 0; i < tokens; i++) {
      prompt[i] = token(i);
    }
    for (int from = 0; from < tokens; from += Transformer.CHUNK) {
      int count = Math.min(Transformer.CHUNK, tokens - from);
      transformer.prefill(cache, prompt, from, count, from + count == tokens);
    }
  }

  private int token(int i) {
    return (int) ((100 + i * 7919L % 1000) % transformer.config().vocabulary());
  }
}
