package dev.lanewise.server.openai;

import dev.lanewise.engine.Embedding;
import dev.lanewise.engine.Engine;
import dev.lanewise.engine.GenerationTimedOut;
import dev.lanewise.engine.QueueFull;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedDeque;

/** The texts of a request on their way through the engine, some at a time. */
final class EmbeddingBatch {
  /** So many that short ones share a pass, and few enough to leave others a place. */
  private static final int MOST_AT_A_TIME = 16;

  private final Engine engine;
  private final EmbeddingRequest request;
  private final Optional<Duration> timeout;
  private final long start = System.nanoTime();
  private final Deque<Embedding> underWay = new ConcurrentLinkedDeque<>();
  private volatile boolean cancelled;

  /**
   * Texts of which none is computed yet.
   *
   * @param timeout how long all of them may take, from now on
   */
  EmbeddingBatch(Engine engine, EmbeddingRequest request, Optional<Duration> timeout) {
    this.engine = engine;
    this.request = request;
    this.timeout = timeout;
  }

  /**
   * Computes a vector for each text, in their order.
   *
   * @throws QueueFull if the engine has no room even for one
   * @throws java.util.concurrent.CancellationException if they were cancelled
   * @throws dev.lanewise.engine.GenerationFailed if one failed or they took too long
   */
  List<float[]> compute() throws InterruptedException {
    List<float[]> vectors = new ArrayList<>();
    try {
      for (int[] text : request.texts()) {
        while (underWay.size() == MOST_AT_A_TIME || !submit(text)) {
          vectors.add(first());
        }
      }
      while (!underWay.isEmpty()) {
        vectors.add(first());
      }
      return vectors;
    } catch (GenerationTimedOut late) {
      throw new GenerationTimedOut(timeout.orElseThrow(), 0);
    } finally {
      underWay.forEach(Embedding::cancel); // after a failure nobody waits for the others
    }
  }

  /** Gives up; any thread may. */
  void cancel() {
    cancelled = true;
    underWay.forEach(Embedding::cancel);
  }

  /** Whether the engine took a text; it has to while none of this request is under way. */
  private boolean submit(int[] text) {
    Embedding embedding;
    try {
      embedding = engine.embed(text, request.pooling(), timeLeft());
    } catch (QueueFull full) {
      if (underWay.isEmpty()) {
        throw full;
      }
      return false;
    }
    underWay.add(embedding);
    if (cancelled) {
      embedding.cancel();
    }
    return true;
  }

  private Optional<Duration> timeLeft() {
    return timeout.map(
        all -> Duration.ofNanos(Math.max(1, all.toNanos() - (System.nanoTime() - start))));
  }

  private float[] first() throws InterruptedException {
    return underWay.remove().await(request.dimensions());
  }
}
