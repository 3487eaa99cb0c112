package dev.lanewise.bench;

import dev.lanewise.engine.cache.KvCache;
import dev.lanewise.engine.transformer.Transformer;
import dev.lanewise.math.kernel.KvFormat;
import dev.lanewise.math.kernel.KvLayout;
import dev.lanewise.model.config.ModelConfig;
import java.util.ArrayList;
import java.util.Arrays;
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

  /** Tokens a second of all sequences together, one figure for each repetition. */
  public List<Double> measure(SpeedCase test, int repetitions) {
    KvCache[] caches = new KvCache[test.sequences()];
    Arrays.setAll(caches, i -> transformer.newCache(kv));
    try {
      for (KvCache cache : caches) {
        prefill(cache, test.depth());
      }
      long start = System.nanoTime();
      do {
        run(test, caches);
      } while (System.nanoTime() - start < WARM_UP_NANOS);
      List<Double> rates = new ArrayList<>();
      for (int i = 0; i < repetitions; i++) {
        long begin = System.nanoTime();
        run(test, caches);
        rates.add((double) test.sequences() * test.tokens() / ((System.nanoTime() - begin) / 1e9));
      }
      return rates;
    } finally {
      for (KvCache cache : caches) {
        cache.close();
      }
    }
  }

  /** Bytes of one token's keys and values in all layers. */
  public long kvBytes() {
    try (KvCache cache = transformer.newCache(kv)) {
      ModelConfig config = transformer.config();
      return cache.layout().blockBytes() * config.layers() * config.kvHeads() / KvLayout.POSITIONS;
    }
  }

  private void run(SpeedCase test, KvCache[] caches) {
    for (KvCache cache : caches) {
      cache.truncate(test.depth());
    }
    switch (test.kind()) {
      case PREFILL -> prefill(caches[0], test.tokens());
      case DECODE -> decode(caches, test.tokens());
    }
  }

  private void decode(KvCache[] caches, int tokens) {
    int[] step = new int[caches.length];
    for (int i = 0; i < tokens; i++) {
      for (int sequence = 0; sequence < caches.length; sequence++) {
        step[sequence] = token(i + sequence);
      }
      transformer.decode(caches, step, caches.length);
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
