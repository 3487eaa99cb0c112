package dev.lanewise.bench.calibrate;

import dev.lanewise.engine.cache.KvCache;
import dev.lanewise.engine.sparse.Sparsity;
import dev.lanewise.engine.transformer.ActivationObserver;
import dev.lanewise.engine.transformer.Transformer;
import java.util.Optional;
import java.util.function.IntConsumer;

/** Windows of a text side by side, each computed from an empty context, without logits. */
final class Windows {
  private final Transformer transformer;
  private final KvCache cache;
  private final int[] tokens;
  private final int window;

  Windows(Transformer transformer, KvCache cache, int[] tokens, int window) {
    this.transformer = transformer;
    this.cache = cache;
    this.tokens = tokens;
    this.window = window;
  }

  int count() {
    return tokens.length / window;
  }

  int length() {
    return window;
  }

  /** Shows the first tokens of one window to an observer. */
  void show(ActivationObserver observer, int number, int length, Sparsity left) {
    transformer.observe(Optional.of(observer));
    cache.truncate(0);
    for (int from = 0; from < length; from += Transformer.CHUNK) {
      int count = Math.min(Transformer.CHUNK, length - from);
      transformer.clear();
      transformer.addPrompt(cache, tokens, number * window + from, count, 0, left);
      transformer.compute();
    }
    cache.truncate(0);
    transformer.observe(Optional.empty());
  }

  /**
   * Shows all of some windows, spread over the text.
   *
   * @param progress told the number of windows that are done, after each
   */
  void show(ActivationObserver observer, int windows, Sparsity left, IntConsumer progress) {
    for (int i = 0; i < windows; i++) {
      show(observer, (int) ((long) i * count() / windows), window, left);
      progress.accept(i + 1);
    }
  }
}
