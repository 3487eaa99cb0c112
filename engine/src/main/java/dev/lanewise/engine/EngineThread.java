package dev.lanewise.engine;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/**
 * The one thread that computes, and the door to it: how many requests are accepted, and what is
 * left to do when it stops. Its lock is taken for what arrives and what ends, not for a step.
 */
final class EngineThread {
  private static final System.Logger LOG = System.getLogger("dev.lanewise.engine");
  private static final String SHUTTING_DOWN = "the server is shutting down";
  private static final int MOST_RETRY_SECONDS = 60;

  /** Weight of the newest pause between two ends in the mean. */
  private static final double NEWEST = 0.1;

  private final int mostAccepted;
  private final Deque<Sequence> arrivals = new ArrayDeque<>();
  private final Deque<Call> calls = new ArrayDeque<>();
  private final Thread thread = new Thread(this::work, "lanewise-engine");
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private Scheduler scheduler;
  private boolean accepting = true;
  private int accepted;
  private long lastEnd;
  private double secondsBetweenEnds = 1;
  private volatile boolean wanted;
  private volatile boolean stopping;

  /** Work of another thread that is to be done on this one. */
  private record Call(Runnable work, CompletableFuture<Void> done) {}

  /**
   * A thread that is not started.
   *
   * @param mostAccepted requests that may be running or waiting at a time
   */
  EngineThread(int mostAccepted) {
    this.mostAccepted = mostAccepted;
  }

  /** Starts to carry out the steps of a scheduler, whose {@code onEnd} is {@link #ended}. */
  void start(Scheduler steps) {
    scheduler = steps;
    thread.setDaemon(true);
    thread.start();
  }

  /**
   * Accepts requests, all or none.
   *
   * @throws GenerationFailed if no more are accepted
   * @throws QueueFull if there are too many
   */
  synchronized void submit(List<Sequence> sequences) {
    refuseWhenStopping();
    if (accepted + sequences.size() > mostAccepted) {
      int seconds = (int) Math.ceil(secondsBetweenEnds);
      throw new QueueFull(accepted, Math.clamp(seconds, 1, MOST_RETRY_SECONDS));
    }
    accepted += sequences.size();
    arrivals.addAll(sequences);
    wake();
  }

  /** Waits until fewer requests are running or waiting than some number, or none are accepted. */
  synchronized void awaitFewer(int than) throws InterruptedException {
    while (accepting && accepted >= than) {
      wait();
    }
  }

  private void refuseWhenStopping() {
    if (!accepting) {
      throw new GenerationFailed(SHUTTING_DOWN, null);
    }
  }

  private void wake() {
    wanted = true;
    notifyAll();
  }

  /** An accepted request has ended. */
  synchronized void ended(Sequence sequence) {
    accepted--;
    long now = System.nanoTime();
    if (lastEnd != 0) {
      secondsBetweenEnds += NEWEST * ((now - lastEnd) / 1e9 - secondsBetweenEnds);
    }
    lastEnd = now;
    notifyAll();
  }

  /**
   * Does {@code work} between two steps, and waits for its end.
   *
   * @throws CompletionException if it threw
   * @throws CancellationException if the engine shut down first
   */
  void call(Runnable work) {
    Call call = new Call(work, new CompletableFuture<>());
    synchronized (this) {
      refuseWhenStopping();
      calls.add(call);
      wake();
    }
    call.done.join();
  }

  /**
   * Accepts nothing more, waits at most {@code grace} for all requests to end, then ends those that
   * are left.
   */
  void drain(Duration grace) throws InterruptedException {
    long deadline = System.nanoTime() + grace.toNanos();
    synchronized (this) {
      accepting = false;
      wake();
      for (long left = grace.toNanos();
          left > 0 && accepted > 0;
          left = deadline - System.nanoTime()) {
        TimeUnit.NANOSECONDS.timedWait(this, left);
      }
    }
    stop();
  }

  /**
   * Accepts nothing more, ends all requests within a step, and then the thread. An interrupt does
   * not shorten the wait: the caller is about to free memory that a step still reads.
   */
  void stop() {
    synchronized (this) {
      accepting = false;
      stopping = true;
      wake();
    }
    ended.join();
  }

  private void work() {
    while (!stopping) {
      if (wanted || scheduler.isIdle()) {
        receive();
      }
      if (!scheduler.isIdle() && !stopping) {
        step();
      }
    }
    receive();
    scheduler.endAll(new GenerationFailed(SHUTTING_DOWN, null));
    ended.complete(null);
  }

  /**
   * A step that fails as a whole ends what is there: nobody waits for ever, and the next may work.
   */
  private void step() {
    try {
      scheduler.step();
    } catch (Throwable failure) {
      LOG.log(Level.ERROR, "A step failed", failure);
      scheduler.endAll(
          new GenerationFailed("the generation failed: " + failure.getMessage(), failure));
    }
  }

  /** Takes what has arrived; waits for something if there is nothing to compute. */
  private void receive() {
    Deque<Call> due;
    synchronized (this) {
      while (!wanted && !stopping && scheduler.isIdle()) {
        try {
          wait();
        } catch (InterruptedException ignored) {
          // Nobody interrupts this thread but code that does not know it; stop() is how it ends.
        }
      }
      wanted = false;
      arrivals.forEach(scheduler::add);
      arrivals.clear();
      due = new ArrayDeque<>(calls);
      calls.clear();
    }
    due.forEach(this::perform);
  }

  private void perform(Call call) {
    if (stopping) {
      call.done.cancel(false);
      return;
    }
    try {
      call.work.run();
      call.done.complete(null);
    } catch (Throwable failure) {
      call.done.completeExceptionally(failure);
    }
  }
}
