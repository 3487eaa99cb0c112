package dev.lanewise.engine;

import java.util.concurrent.locks.LockSupport;

/**
 * Tokens from the engine thread to one reader. It holds as many as the generation may have, so that
 * a slow reader never makes the engine wait; putting one takes no lock and allocates nothing.
 */
final class TokenChannel {
  /** What {@link #take} returns after the last token. */
  static final int END = -1;

  private final int[] tokens;
  private int read;
  private volatile int written;
  private volatile boolean ended;
  private volatile Thread waiting;

  TokenChannel(int capacity) {
    tokens = new int[capacity];
  }

  /** Engine side: adds a token. */
  void put(int token) {
    int at = written;
    tokens[at] = token;
    written = at + 1;
    LockSupport.unpark(waiting);
  }

  /** Engine side: no more tokens will come. */
  void end() {
    ended = true;
    LockSupport.unpark(waiting);
  }

  /** Reader side: waits for the next token, or {@link #END}. */
  int take() throws InterruptedException {
    await(false);
    return read < written ? tokens[read++] : END;
  }

  /** Reader side: waits for the end, whatever tokens are left. */
  void awaitEnd() throws InterruptedException {
    await(true);
  }

  /** Reader side: tokens taken so far. */
  int taken() {
    return read;
  }

  private void await(boolean end) throws InterruptedException {
    waiting = Thread.currentThread();
    try {
      while (!ended && (end || read == written)) {
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        LockSupport.park(this);
      }
    } finally {
      waiting = null;
    }
  }
}
