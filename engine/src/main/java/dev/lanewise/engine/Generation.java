package dev.lanewise.engine;

import dev.lanewise.engine.text.StopText;
import dev.lanewise.model.tokenizer.Detokenizer;
import dev.lanewise.model.tokenizer.Tokenizer;
import java.util.Optional;

/**
 * The reader's side of one accepted request. It ends in exactly one way: a result, or a failure.
 * One thread at a time may read; {@link #cancel} may be called from any.
 */
public final class Generation {
  private final GenerationRequest request;
  private final TokenChannel channel;
  private final Detokenizer detokenizer;
  private final StopText stopText;
  private final long submitted = System.nanoTime();
  private volatile boolean cancelled;
  private boolean read;

  // Written by the engine thread before the channel ends, read after.
  private FinishReason finish;
  private GenerationFailed failure;
  private Timings timings;

  Generation(GenerationRequest request, int mostTokens, Tokenizer tokenizer) {
    this.request = request;
    channel = new TokenChannel(mostTokens);
    detokenizer = new Detokenizer(tokenizer);
    stopText = new StopText(request.stop());
  }

  /**
   * Waits for the next piece of text; never empty text, and never half a character. Empty once the
   * generation has ended.
   *
   * @throws GenerationFailed if it ended without a result
   */
  public Optional<String> nextText() throws InterruptedException {
    while (!read) {
      int token = channel.take();
      String text =
          token == TokenChannel.END
              ? stopText.append(detokenizer.finish()) + stopText.finish()
              : stopText.append(detokenizer.append(token));
      if (token == TokenChannel.END || stopText.stopped()) {
        read = true;
        cancel();
        channel.awaitEnd();
      }
      if (!text.isEmpty()) {
        return Optional.of(text);
      }
    }
    if (failure != null && !stopText.stopped()) {
      throw failure;
    }
    return Optional.empty();
  }

  /** Ends the generation soon; what it has given so far stays valid. */
  public void cancel() {
    cancelled = true;
  }

  /**
   * How it ended.
   *
   * @throws IllegalStateException before {@link #nextText} returned empty
   */
  public Result result() {
    if (!read) {
      throw new IllegalStateException("the generation has not been read to its end");
    }
    FinishReason reason = stopText.stopped() ? FinishReason.STOP : finish;
    return new Result(reason, request.prompt().length, channel.taken(), timings);
  }

  GenerationRequest request() {
    return request;
  }

  TokenChannel channel() {
    return channel;
  }

  long submittedNanos() {
    return submitted;
  }

  boolean isCancelled() {
    return cancelled;
  }

  void finish(FinishReason reason, Timings timings) {
    finish = reason;
    this.timings = timings;
    channel.end();
  }

  void fail(String reason, Throwable cause) {
    failure = new GenerationFailed(reason, cause);
    timings = new Timings(0, 0, 0, 0, 0, 0);
    channel.end();
  }
}
