package dev.lanewise.engine;

import dev.lanewise.engine.cache.KvCache;
import dev.lanewise.engine.sample.Sampler;
import dev.lanewise.engine.transformer.Transformer;
import dev.lanewise.math.kernel.FloatKernels;
import dev.lanewise.model.tokenizer.Tokenizer;
import java.time.Duration;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * The one thread that computes: takes accepted generations from a queue and runs them one after the
 * other.
 */
final class EngineThread implements Runnable {
  private static final String SHUTTING_DOWN = "the server is shutting down";

  private final Transformer transformer;
  private final KvCache cache;
  private final FloatKernels floats;
  private final Tokenizer tokenizer;
  private final LinkedBlockingQueue<Generation> queue = new LinkedBlockingQueue<>();
  private final Thread thread = new Thread(this, "lanewise-engine");
  private boolean accepting = true;
  private int unfinished;
  private volatile boolean running;
  private volatile boolean stopping;

  EngineThread(Transformer transformer, KvCache cache, FloatKernels floats, Tokenizer tokenizer) {
    this.transformer = transformer;
    this.cache = cache;
    this.floats = floats;
    this.tokenizer = tokenizer;
  }

  void start() {
    thread.setDaemon(true);
    thread.start();
  }

  synchronized void submit(Generation generation) {
    if (!accepting) {
      throw new GenerationFailed(SHUTTING_DOWN, null);
    }
    unfinished++;
    queue.add(generation);
  }

  int queued() {
    return queue.size();
  }

  boolean isRunning() {
    return running;
  }

  /** Accepts nothing more; waits until all accepted work is done or the time is over. */
  synchronized void drain(Duration grace) throws InterruptedException {
    accepting = false;
    long deadline = System.nanoTime() + grace.toNanos();
    for (long left = grace.toNanos();
        left > 0 && unfinished > 0;
        left = deadline - System.nanoTime()) {
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
  }

  /** Fails what is left and ends the thread. */
  void stop() throws InterruptedException {
    synchronized (this) {
      accepting = false;
      stopping = true;
    }
    thread.interrupt();
    thread.join();
    for (Generation left = queue.poll(); left != null; left = queue.poll()) {
      left.fail(SHUTTING_DOWN, null);
    }
  }

  @Override
  public void run() {
    while (!stopping) {
      Generation generation;
      try {
        generation = queue.take();
      } catch (InterruptedException interrupted) {
        continue; // stop() interrupts the wait; the loop's condition decides
      }
      running = true;
      try {
        generate(generation);
      } catch (RuntimeException | Error failure) {
        generation.fail("computing the answer failed: " + failure.getMessage(), failure);
      } finally {
        running = false;
        done();
      }
    }
  }

  private synchronized void done() {
    unfinished--;
    notifyAll();
  }

  private void generate(Generation generation) {
    GenerationRequest request = generation.request();
    long started = System.nanoTime();
    cache.truncate(0);
    float[] logits = prefill(generation);
    long promptDone = System.nanoTime();
    Sampler sampler = new Sampler(floats, request.sampling(), transformer.config().vocabulary());
    int most = Math.min(request.maxTokens().orElse(Integer.MAX_VALUE), room(request));
    int generated = 0;
    long firstToken = 0;
    FinishReason reason = null;
    while (reason == null) {
      if (stopping) {
        generation.fail(SHUTTING_DOWN, null);
        return;
      }
      if (generation.isCancelled()) {
        reason = FinishReason.CANCELLED;
      } else if (generated == most) {
        reason = FinishReason.LENGTH;
      } else {
        int token = sampler.sample(logits);
        if (tokenizer.isEndOfGeneration(token)) {
          reason = FinishReason.STOP;
        } else {
          generation.channel().put(token);
          firstToken = generated == 0 ? System.nanoTime() : firstToken;
          generated++;
          if (generated < most) {
            logits = transformer.decode(cache, token);
          }
        }
      }
    }
    generation.finish(
        reason,
        new Timings(
            request.prompt().length,
            seconds(promptDone - started),
            generated,
            seconds(System.nanoTime() - promptDone),
            seconds(started - generation.submittedNanos()),
            firstToken == 0 ? 0 : seconds(firstToken - generation.submittedNanos())));
  }

  /** Positions left for new tokens after a prompt. */
  private int room(GenerationRequest request) {
    return cache.capacity() - request.prompt().length;
  }

  /** Computes the prompt in chunks, so that a cancellation is noticed between them. */
  private float[] prefill(Generation generation) {
    int[] prompt = generation.request().prompt();
    float[] logits = {};
    for (int from = 0;
        from < prompt.length && !generation.isCancelled() && !stopping;
        from += Transformer.CHUNK) {
      int count = Math.min(Transformer.CHUNK, prompt.length - from);
      logits = transformer.prefill(cache, prompt, from, count, from + count == prompt.length);
    }
    return logits;
  }

  private static double seconds(long nanos) {
    return nanos / 1e9;
  }
}
