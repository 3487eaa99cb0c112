package dev.lanewise.bench.quality;

import dev.lanewise.engine.cache.KvCache;
import dev.lanewise.engine.sparse.CoreNeurons;
import dev.lanewise.engine.sparse.Sparsity;
import dev.lanewise.engine.transformer.Transformer;

/** A sequence that is computed with one setting; what the setting leaves out is left out always. */
final class MeasuredSequence implements AutoCloseable {
  private final Setting setting;
  private final Transformer transformer;
  private final KvCache cache;
  private Sparsity sparsity;

  /** An empty sequence. */
  MeasuredSequence(Setting setting) {
    this.setting = setting;
    transformer = setting.transformer();
    cache = transformer.newCache(setting.kv());
    sparsity = setting.sparsity().get();
  }

  /** Begins anew. */
  void restart() {
    cache.truncate(0);
    sparsity = setting.sparsity().get();
  }

  /** Goes back to its first {@code length} tokens. */
  void truncate(int length) {
    cache.truncate(length);
  }

  int capacity() {
    return cache.capacity();
  }

  /**
   * Reads {@code count} tokens.
   *
   * @return the logits after the last of them, overwritten by the transformer's next pass
   */
  float[] read(int[] tokens, int from, int count) {
    float[] logits = {};
    for (int done = 0; done < count; ) {
      int stretch = Math.min(Transformer.CHUNK, count - done);
      transformer.clear();
      boolean last = done + stretch == count;
      transformer.addPrompt(cache, tokens, from + done, stretch, last ? 1 : 0, sparsity);
      logits = transformer.compute();
      done += stretch;
    }
    return logits;
  }

  /**
   * Reads up to a pass of tokens as if they had been generated; the logits after each of them,
   * {@code [count, vocabulary]}.
   *
   * @throws IllegalArgumentException if too little was read before to know what is left out
   */
  float[] readForAllLogits(int[] tokens, int from, int count) {
    return transformer.prefillAllLogits(cache, tokens, from, count, whileGenerating());
  }

  /** Core neurons are those of the prompt, and leave nothing out of prompts themselves. */
  private Sparsity whileGenerating() {
    if (!(sparsity instanceof CoreNeurons core)) {
      return sparsity;
    }
    if (!core.ready()) {
      throw new IllegalArgumentException(
          "%d tokens of context are too few to choose core neurons by; they need %d"
              .formatted(cache.length(), core.rule().leastTokens()));
    }
    return core.choose();
  }

  /** Generation goes on with a token; the logits after it, overwritten by the next pass. */
  float[] step(int token) {
    transformer.clear();
    transformer.addStep(cache, token, sparsity);
    return transformer.compute();
  }

  @Override
  public void close() {
    cache.close();
  }
}
