package dev.lanewise.engine;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/**
 * The one thread that computes, and the jobs that wait for it, first come first served. The lock
 * guards the queue only: a job takes none while it runs.
 */
final class EngineThread {
  static final String SHUTTING_DOWN = "the server is shutting down";

  private final Deque<Job> queue = new ArrayDeque<>();
  private final Thread thread = new Thread(this::work, "lanewise-engine");
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private boolean accepting = true;
  private boolean running;
  private volatile boolean stopping;

  void start() {
    thread.setDaemon(true);
    thread.start();
  }

  /**
   * Queues a job.
   *
   * @throws GenerationFailed if no more are accepted
   */
  synchronized void submit(Job job) {
    if (!accepting) {
      throw new GenerationFailed(SHUTTING_DOWN, null);
    }
    queue.add(job);
    notifyAll();
  }

  /** Takes a job out of the queue; false if it is not waiting there. */
  synchronized boolean withdraw(Job job) {
    boolean waited = queue.remove(job);
    notifyAll();
    return waited;
  }

  /**
   * Queues {@code work} and waits for its end.
   *
   * @throws CompletionException if it threw
   * @throws CancellationException if the engine shut down first
   */
  void call(Runnable work) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    submit(
        new Job() {
          @Override
          public void run() {
            try {
              work.run();
              done.complete(null);
            } catch (Throwable failure) {
              done.completeExceptionally(failure);
            }
          }

          @Override
          public void refuse() {
            done.cancel(false);
          }
        });
    done.join();
  }

  synchronized int queued() {
    return queue.size();
  }

  synchronized boolean isRunning() {
    return running;
  }

  /** True once the running job is to end as soon as it can. */
  boolean stopping() {
    return stopping;
  }

  /**
   * Accepts nothing more, waits at most {@code grace} for all jobs to end, then ends those that are
   * left.
   */
  void drain(Duration grace) throws InterruptedException {
    long deadline = System.nanoTime() + grace.toNanos();
    synchronized (this) {
      accepting = false;
      notifyAll();
      for (long left = grace.toNanos();
          left > 0 && (running || !queue.isEmpty());
          left = deadline - System.nanoTime()) {
        TimeUnit.NANOSECONDS.timedWait(this, left);
      }
    }
    stop();
  }

  /**
   * Accepts nothing more, ends all jobs and then the thread. An interrupt does not shorten the
   * wait: the caller is about to free memory that a step still reads.
   */
  void stop() {
    synchronized (this) {
      accepting = false;
      stopping = true;
      notifyAll();
    }
    ended.join();
  }

  private void work() {
    for (Job job = next(); job != null; job = next()) {
      if (stopping) {
        job.refuse();
      } else {
        job.run();
      }
    }
    ended.complete(null);
  }

  /** Waits for the next job; null when there will be none. */
  private synchronized Job next() {
    running = false;
    notifyAll();
    while (queue.isEmpty() && accepting) {
      try {
        wait();
      } catch (InterruptedException ignored) {
        // Nobody interrupts this thread but code that does not know it; stop() is how it ends.
      }
    }
    running = !queue.isEmpty();
    return queue.poll();
  }
}
