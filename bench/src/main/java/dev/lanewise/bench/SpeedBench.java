package dev.lanewise.bench;

import dev.lanewise.engine.cache.KvCache;
import dev.lanewise.engine.transformer.Transformer;
import dev.lanewise.math.kernel.KvFormat;
import java.util.ArrayList;
import java.util.List;

/**
 * Times the forward pass as {@code llama-bench} does: a prompt of p tokens into an empty cache
 * ("ppP"), and n single tokens into an empty cache ("tgN"), without sampling and without a server.
 * The tokens are the same made-up ones each time.
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

  /** Tokens a second of {@code repetitions} prompts of {@code tokens} tokens. */
  public List<Double> prefill(int tokens, int repetitions) {
    int[] prompt = new int[tokens];
    for (int i = 0; i < tokens; i++) {
      prompt[i] = token(i);
    }
    return repeat(
        tokens,
        repetitions,
        cache -> {
          for (int from = 0; from < tokens; from += Transformer.CHUNK) {
            int count = Math.min(Transformer.CHUNK, tokens - from);
            transformer.prefill(cache, prompt, from, count, from + count == tokens);
          }
        });
  }

  /** Tokens a second of {@code repetitions} runs of {@code tokens} single steps. */
  public List<Double> decode(int tokens, int repetitions) {
    return repeat(
        tokens,
        repetitions,
        cache -> {
          for (int i = 0; i < tokens; i++) {
            transformer.decode(cache, token(i));
          }
        });
  }

  private interface Run {
    void on(KvCache cache);
  }

  private List<Double> repeat(int tokens, int repetitions, Run run) {
    List<Double> rates = new ArrayList<>();
    try (KvCache cache = transformer.newCache(kv)) {
      long start = System.nanoTime();
      do {
        cache.truncate(0);
        run.on(cache);
      } while (System.nanoTime() - start < WARM_UP_NANOS);
      for (int i = 0; i < repetitions; i++) {
        cache.truncate(0);
        long begin = System.nanoTime();
        run.on(cache);
        rates.add(tokens / ((System.nanoTime() - begin) / 1e9));
      }
    }
    return rates;
  }

  private int token(int i) {
    return (int) ((100 + i * 7919L % 1000) % transformer.config().vocabulary());
  }
}
