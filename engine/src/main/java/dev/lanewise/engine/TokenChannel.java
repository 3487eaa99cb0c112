package dev.lanewise.engine;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Carries the tokens of one request from the engine thread to its reader.
 *
 * <p>It has room for every token the request may produce, so the writer never waits, however slow
 * the reader is, and memory is bounded by the context. Neither side takes a lock. One thread writes
 * and one at a time reads; any thread may {@link #giveUp}.
 */
final class TokenChannel {
  /** What {@link #poll} returns when there is no token. */
  static final int NONE = -1;

  /** As long as it takes. */
  static final long FOREVER = Long.MAX_VALUE;

  private static final int FIRST_CAPACITY = 1024;

  private final int limit;
  private volatile int[] tokens;
  private volatile TokenLogprobs[] logprobs = {};
  private volatile int written;
  private volatile Outcome outcome;
  private volatile boolean givenUp;
  private volatile Thread waiting;
  private int read;

  /**
   * An empty channel.
   *
   * @param limit most tokens it will carry
   */
  TokenChannel(int limit) {
    this.limit = limit;
    this.tokens = new int[Math.min(limit, FIRST_CAPACITY)];
  }

  /**
   * Adds a token; for the writer.
   *
   * @param details how likely it was; null if nobody asks
   */
  void put(int token, TokenLogprobs details) {
    int count = written;
    int[] room = tokens;
    if (count == room.length) {
      if (count == limit) {
        throw new IllegalStateException("more than the " + limit + " tokens the request allows");
      }
      room = Arrays.copyOf(room, (int) Math.min(limit, 2L * count));
      tokens = room;
    }
    room[count] = token;
    if (details != null) {
      if (logprobs.length < room.length) {
        logprobs = Arrays.copyOf(logprobs, room.length);
      }
      logprobs[count] = details;
    }
    written = count + 1; // publishes the token, and the longer array
    wake();
  }

  /** Says that no token follows; for the writer. */
  void end(Outcome how) {
    outcome = how;
    wake();
  }

  /** How the request ended; null while it runs or waits. */
  Outcome outcome() {
    return outcome;
  }

  /** Tokens taken so far; for the reader. */
  int taken() {
    return read;
  }

  /** The next token, or {@link #NONE}; for the reader. */
  int poll() {
    return read == written ? NONE : tokens[read++];
  }

  /** How likely the token was that {@link #poll} returned last; null if that was not asked for. */
  TokenLogprobs logprobs() {
    TokenLogprobs[] all = logprobs;
    return read <= all.length ? all[read - 1] : null;
  }

  private boolean hasNews() {
    return read != written || outcome != null || givenUp;
  }

  /** Waits for a token, the end, or {@link #giveUp}; for the reader. */
  void await() throws InterruptedException {
    awaitAny(List.of(this), FOREVER);
  }

  /**
   * Waits for a token or the end of one of some channels, or {@link #giveUp}, at most {@code
   * nanos}; for a thread that is the reader of all.
   *
   * @param nanos {@link #FOREVER} spares a virtual thread a timer, and its thread two wake-ups
   * @return whether one of these came
   */
  static boolean awaitAny(List<TokenChannel> channels, long nanos) throws InterruptedException {
    long deadline = System.nanoTime() + nanos;
    Thread reader = Thread.currentThread();
    channels.forEach(channel -> channel.waiting = reader);
    try {
      while (!Thread.interrupted()) {
        if (channels.stream().anyMatch(TokenChannel::hasNews)) {
          return true;
        }
        if (nanos == FOREVER) {
          LockSupport.park(channels);
          continue;
        }
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          return false;
        }
        LockSupport.parkNanos(channels, left);
      }
      throw new InterruptedException();
    } finally {
      channels.forEach(channel -> channel.waiting = null);
    }
  }

  /** Nobody wants more: the reader need not wait. */
  void giveUp() {
    givenUp = true;
    wake();
  }

  private void wake() {
    Thread reader = waiting;
    if (reader != null) {
      LockSupport.unpark(reader);
    }
  }
}
