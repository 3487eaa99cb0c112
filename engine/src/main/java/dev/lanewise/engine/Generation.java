package dev.lanewise.engine;

import dev.lanewise.engine.text.StopText;
import dev.lanewise.model.tokenizer.Detokenizer;
import dev.lanewise.model.tokenizer.Tokenizer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Handle of one accepted request: read its text with {@link #nextText} until that is empty, then
 * ask for the {@link #result}.
 *
 * <p>Text is made from tokens on the reading thread, which may be virtual and as slow as it likes.
 * One thread at a time reads; any thread may {@link #cancel}.
 */
public final class Generation {
  private final GenerationRequest request;
  private final int limit;
  private final TokenChannel channel;
  private final Detokenizer detokenizer;
  private final StopText stopText;
  private final CompletableFuture<Outcome> ended = new CompletableFuture<>();
  private final long submitted = System.nanoTime();
  private volatile boolean cancelled;
  private volatile boolean abandoned;
  private boolean finished;
  private volatile List<TokenLogprobs> promptLogprobs = List.of();

  /** Tokens that {@link #takeTokens} has not returned, and where the text of each begins. */
  private final Deque<GeneratedToken> tokens = new ArrayDeque<>();

  private int textLength;
  private int returnedLength;

  /** A token of the answer; {@code start} is the number of characters complete before it. */
  private record GeneratedToken(TokenLogprobs logprobs, int start) {}

  /**
   * A request about to be queued.
   *
   * @param limit most tokens it may generate
   */
  Generation(GenerationRequest request, Tokenizer tokenizer, int limit) {
    this.request = request;
    this.channel = new TokenChannel(limit);
    this.detokenizer = new Detokenizer(tokenizer, request.details().visibleTokens());
    this.stopText = new StopText(request.ending().stop());
    this.limit = limit;
  }

  /**
   * Waits for the next piece of text, never empty. Characters come whole, and neither stop strings
   * nor the end-of-generation token are ever part of it.
   *
   * @return the piece, or empty at the end
   * @throws GenerationFailed if the engine failed at this request or was shut down
   * @throws InterruptedException if interrupted while waiting; the generation goes on
   */
  public Optional<String> nextText() throws InterruptedException {
    Optional<String> text = pollText();
    while (text.isEmpty() && !isOver()) {
      channel.await();
      text = pollText();
    }
    return text;
  }

  /**
   * The next piece of text, if it is there already; else as {@link #nextText}.
   *
   * @throws GenerationFailed if the engine failed at this request or was shut down
   */
  public Optional<String> pollText() {
    while (!isOver()) {
      // Read before polling: an outcome seen here means that every token is already in the channel.
      Outcome outcome = channel.outcome();
      int token = channel.poll();
      String text;
      if (token != TokenChannel.NONE) {
        text = stopText.append(detokenize(token));
        if (stopText.stopped()) {
          finished = true;
          abandoned = true;
        }
      } else if (outcome != null) {
        finished = true;
        text = lastText(outcome);
      } else {
        return Optional.empty();
      }
      if (!text.isEmpty()) {
        returnedLength += text.length();
        return Optional.of(text);
      }
    }
    return Optional.empty();
  }

  /** Whether no more text follows. */
  public boolean isOver() {
    return finished || cancelled;
  }

  private String detokenize(int token) {
    String text = detokenizer.append(token);
    if (request.details().logprobs().isPresent()) {
      tokens.add(new GeneratedToken(channel.logprobs(), textLength));
      textLength += text.length();
    }
    return text;
  }

  /**
   * The tokens whose text begins in what {@link #nextText} has returned, but for those that were
   * taken before; after its end, all that are left, without those of a stop string. Empty if their
   * probabilities were not asked for.
   */
  public List<TokenLogprobs> takeTokens() {
    List<TokenLogprobs> taken = new ArrayList<>();
    boolean rest = finished && !stopText.stopped();
    while (!tokens.isEmpty() && (rest || tokens.peek().start < returnedLength)) {
      taken.add(tokens.remove().logprobs);
    }
    return taken;
  }

  /**
   * The tokens of the prompt, once the first token or the end is there. Empty if their
   * probabilities were not asked for.
   */
  public List<TokenLogprobs> promptLogprobs() {
    return promptLogprobs;
  }

  /**
   * Waits until one of some generations that are not over has a token to read or the end. The
   * calling thread is the reader of all of them.
   *
   * @throws InterruptedException if interrupted while waiting; the generations go on
   */
  public static void awaitAny(List<Generation> generations) throws InterruptedException {
    awaitAny(generations, TokenChannel.FOREVER);
  }

  /**
   * As {@link #awaitAny(List)}, but no longer than {@code most}.
   *
   * @return whether there is something to read; true if all are over
   * @throws InterruptedException if interrupted while waiting; the generations go on
   */
  public static boolean awaitAny(List<Generation> generations, Duration most)
      throws InterruptedException {
    return awaitAny(generations, most.toNanos());
  }

  private static boolean awaitAny(List<Generation> generations, long nanos)
      throws InterruptedException {
    List<TokenChannel> channels =
        generations.stream().filter(one -> !one.isOver()).map(one -> one.channel).toList();
    return channels.isEmpty() || TokenChannel.awaitAny(channels, nanos);
  }

  private String lastText(Outcome outcome) {
    if (outcome.failure().isPresent()) {
      throw outcome.failure().get();
    }
    String rest = stopText.append(detokenizer.finish());
    return rest + stopText.finish();
  }

  /** Tokens of the answer that were read so far. */
  public int tokensRead() {
    return channel.taken();
  }

  /** Gives up: the engine drops the request within a step. Does nothing at the end. */
  public void cancel() {
    cancelled = true;
    abandoned = true;
    channel.giveUp();
  }

  /**
   * How the generation ended. For use after {@link #nextText} returned empty or after {@link
   * #cancel}; may wait the moment until the engine has dropped the request.
   *
   * @throws IllegalStateException if the text has not been read to its end
   * @throws GenerationFailed if the engine failed at this request or was shut down
   */
  public Result result() {
    if (!finished && !cancelled) {
      throw new IllegalStateException(
          "read nextText() until it is empty, or cancel(), before asking for the result");
    }
    Outcome outcome = ended.join();
    if (stopText.stopped()) {
      return new Result(FinishReason.STOP, promptTokens(), channel.taken(), outcome.timings());
    }
    if (outcome.failure().isPresent()) {
      throw outcome.failure().get();
    }
    return new Result(outcome.finish(), promptTokens(), outcome.tokens(), outcome.timings());
  }

  private int promptTokens() {
    return request.prompt().length;
  }

  /** Most tokens it may generate. */
  int limit() {
    return limit;
  }

  GenerationRequest request() {
    return request;
  }

  /** True if nobody wants further tokens. */
  boolean abandoned() {
    return abandoned;
  }

  long submittedNanos() {
    return submitted;
  }

  /** Adds a token; for the engine thread. */
  void put(int token, TokenLogprobs details) {
    channel.put(token, details);
  }

  /** Sets how likely the tokens of the prompt are; for the engine thread. */
  void promptIs(List<TokenLogprobs> logprobs) {
    promptLogprobs = logprobs;
  }

  /** Ends the request; called exactly once, by the engine thread. */
  void end(Outcome outcome) {
    channel.end(outcome);
    ended.complete(outcome);
  }
}
