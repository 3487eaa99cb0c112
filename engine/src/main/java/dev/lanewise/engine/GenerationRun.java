package dev.lanewise.engine;

import dev.lanewise.engine.cache.KvCache;
import dev.lanewise.engine.sample.Sampler;
import dev.lanewise.engine.transformer.Transformer;
import dev.lanewise.model.tokenizer.Tokenizer;
import java.lang.System.Logger.Level;
import java.util.Optional;

/** Computes one request on the engine thread: its prompt in chunks, then token after token. */
final class GenerationRun implements Job {
  /** What one engine computes with; only its engine thread uses the parts. */
  record Parts(
      EngineThread thread,
      Transformer transformer,
      KvCache cache,
      Sampler sampler,
      Tokenizer tokenizer) {}

  private static final System.Logger LOG = System.getLogger("dev.lanewise.engine");

  private final Parts parts;
  private final GenerationRequest request;
  private final Generation generation;
  private final int limit;
  private long started;
  private long promptDone;
  private long firstToken;
  private long lastToken;
  private int computedPrompt;
  private int generated;

  /**
   * A run of {@code request}.
   *
   * @param limit most tokens it may generate
   */
  GenerationRun(Parts parts, GenerationRequest request, int limit) {
    this.parts = parts;
    this.request = request;
    this.limit = limit;
    this.generation = new Generation(request, parts.tokenizer(), limit, this::withdraw);
  }

  Generation generation() {
    return generation;
  }

  private void withdraw() {
    if (parts.thread().withdraw(this)) {
      end(FinishReason.CANCELLED, Optional.empty());
    }
  }

  @Override
  public void refuse() {
    end(FinishReason.CANCELLED, Optional.of(shutDown()));
  }

  private static GenerationFailed shutDown() {
    return new GenerationFailed(EngineThread.SHUTTING_DOWN, null);
  }

  @Override
  public void run() {
    started = System.nanoTime();
    try {
      FinishReason finish = generate();
      boolean cut = finish == FinishReason.CANCELLED && !generation.abandoned();
      end(finish, cut ? Optional.of(shutDown()) : Optional.empty());
    } catch (
        Throwable
            failure) { // the next request may well succeed, so the thread has to survive everything
      LOG.log(Level.ERROR, "A generation failed after " + generated + " tokens", failure);
      end(
          FinishReason.CANCELLED,
          Optional.of(
              new GenerationFailed("the generation failed: " + failure.getMessage(), failure)));
    }
  }

  private FinishReason generate() {
    parts.cache().truncate(0);
    parts.sampler().begin(request.sampling());
    int[] prompt = request.prompt();
    float[] logits = {};
    while (computedPrompt < prompt.length) {
      if (unwanted()) {
        return FinishReason.CANCELLED;
      }
      int count = Math.min(Transformer.CHUNK, prompt.length - computedPrompt);
      boolean last = computedPrompt + count == prompt.length;
      logits = parts.transformer().prefill(parts.cache(), prompt, computedPrompt, count, last);
      computedPrompt += count;
    }
    promptDone = System.nanoTime();
    while (!unwanted()) {
      int token = parts.sampler().sample(logits);
      if (parts.tokenizer().isEndOfGeneration(token)) {
        return FinishReason.STOP;
      }
      generation.put(token);
      lastToken = System.nanoTime();
      firstToken = generated == 0 ? lastToken : firstToken;
      generated++;
      if (generated == limit) {
        return FinishReason.LENGTH;
      }
      logits = parts.transformer().decode(parts.cache(), token);
    }
    return FinishReason.CANCELLED;
  }

  private boolean unwanted() {
    return generation.abandoned() || parts.thread().stopping();
  }

  private void end(FinishReason finish, Optional<GenerationFailed> failure) {
    generation.end(new Outcome(finish, generated, timings(), failure));
  }

  private Timings timings() {
    long now = System.nanoTime();
    long submitted = generation.submittedNanos();
    boolean began = started != 0;
    return new Timings(
        computedPrompt,
        began ? seconds(started, promptDone == 0 ? now : promptDone) : 0,
        generated,
        seconds(firstToken, lastToken),
        seconds(submitted, began ? started : now),
        seconds(submitted, generated > 0 ? firstToken : now));
  }

  private static double seconds(long from, long to) {
    return (to - from) / 1e9;
  }
}
