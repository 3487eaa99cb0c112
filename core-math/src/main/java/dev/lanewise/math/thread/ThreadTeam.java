package dev.lanewise.math.thread;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Platform threads that compute one operation together. The calling thread is member 0; the others
 * wait for the next operation by spinning for a short while, since the operations of a decode step
 * follow each other within microseconds, and then park, so that an idle team takes no CPU.
 *
 * <p>One thread at a time may call {@link #run}. A run allocates nothing and takes no lock; parts
 * of it that need each other's results are separated by {@link #barrier}.
 */
public final class ThreadTeam implements AutoCloseable {
  /** One operation; each member does its share of it. */
  @FunctionalInterface
  public interface Task {
    /** Does the share of {@code member} of {@code size} members. */
    void run(int member, int size);
  }

  /** About 2.5 ms where nobody else wants the core: longer than the gap between two steps. */
  private static final int SPINS_BEFORE_PARKING = 5_000;

  /**
   * Who waits for the next operation yields its core from here on: between two decode steps there
   * are threads that send the tokens of the last one, and they had better take the core of a member
   * that waits than that of one at work, which all others would wait for.
   */
  private static final int SPINS_BEFORE_GIVING_WAY = 100;

  /**
   * Who waits for members at work yields its core from here on: with more members than cores the
   * last one may need it.
   */
  private static final int SPINS_BEFORE_YIELDING = 2_000;

  private final Member[] members;
  private final AtomicInteger unfinished = new AtomicInteger();
  private final AtomicInteger arrived = new AtomicInteger();
  private volatile int phase;
  private Task task;
  private volatile int epoch;
  private volatile boolean closed;
  private volatile Throwable failure;

  /**
   * Starts {@code threads} - 1 threads.
   *
   * @throws IllegalArgumentException if {@code threads} is not positive
   */
  public ThreadTeam(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("a team needs at least 1 thread, not " + threads);
    }
    members = new Member[threads - 1];
    for (int i = 0; i < members.length; i++) {
      members[i] = new Member(i + 1);
    }
    for (Member member : members) {
      member.start();
    }
  }

  /** The number of members, the calling thread included. */
  public int size() {
    return members.length + 1;
  }

  /**
   * The first of {@code units} that belongs to {@code member}; its share ends where the next one's
   * begins.
   */
  public static int share(int units, int member, int size) {
    return (int) ((long) units * member / size);
  }

  /**
   * Runs {@code task} on every member and returns when all are done. What a member throws first is
   * thrown here, after all have finished, and the team stays usable.
   *
   * @throws IllegalStateException if the team is closed
   */
  public void run(Task task) {
    if (closed) {
      throw new IllegalStateException("the thread team is closed");
    }
    int size = size();
    if (size == 1) {
      task.run(0, 1);
      return;
    }
    this.task = task;
    failure = null;
    arrived.set(0);
    unfinished.set(size - 1);
    int next = epoch + 1; // only the calling thread writes it
    epoch = next;
    for (Member member : members) {
      if (member.parked) {
        LockSupport.unpark(member);
      }
    }
    try {
      task.run(0, size);
    } catch (Throwable thrown) {
      fail(thrown);
    }
    awaitMembers();
    Throwable thrown = failure;
    if (thrown != null) {
      rethrow(thrown);
    }
  }

  /**
   * Called by every member within a run: returns when all have called it, and what they wrote
   * before is visible to all.
   *
   * @throws RuntimeException if another member has failed and will not come
   */
  public void barrier() {
    if (members.length == 0) {
      return;
    }
    int current = phase;
    if (arrived.incrementAndGet() == size()) {
      arrived.set(0);
      phase = current + 1; // only the last to arrive writes it
      return;
    }
    for (int spins = 0; phase == current; spins++) {
      if (failure != null) {
        throw new Abandoned();
      }
      pause(spins, SPINS_BEFORE_YIELDING);
    }
  }

  private void awaitMembers() {
    for (int spins = 0; unfinished.get() != 0; spins++) {
      pause(spins, SPINS_BEFORE_YIELDING);
    }
  }

  private static void pause(int spins, int spinsBeforeYielding) {
    if (spins < spinsBeforeYielding) {
      Thread.onSpinWait();
    } else {
      Thread.yield();
    }
  }

  /** Keeps the first failure: those after it may be its consequences. */
  private synchronized void fail(Throwable thrown) {
    if (failure == null) {
      failure = thrown;
    }
  }

  /** Ends the task of a member that waits for one that failed. */
  private static final class Abandoned extends RuntimeException {
    private static final long serialVersionUID = 1;

    Abandoned() {
      super("another member of the thread team failed");
    }
  }

  private static void rethrow(Throwable thrown) {
    switch (thrown) {
      case RuntimeException exception -> throw exception;
      case Error error -> throw error;
      default -> throw new IllegalStateException(thrown);
    }
  }

  /** Ends the threads; a run in progress finishes first. */
  @Override
  public void close() {
    closed = true;
    for (Member member : members) {
      LockSupport.unpark(member);
    }
  }

  /** A thread that does one member's share of every run. */
  private final class Member extends Thread {
    private final int number;
    private volatile boolean parked;

    Member(int number) {
      super("lanewise-compute-" + number);
      this.number = number;
      setDaemon(true);
    }

    @Override
    public void run() {
      int seen = 0;
      while (awaitEpochAfter(seen)) {
        seen++;
        try {
          task.run(number, size());
        } catch (Throwable thrown) {
          fail(thrown);
        }
        unfinished.getAndDecrement();
      }
    }

    /** Waits until the epoch is past {@code seen}; false if the team was closed meanwhile. */
    private boolean awaitEpochAfter(int seen) {
      for (int spins = 0; spins < SPINS_BEFORE_PARKING; spins++) {
        if (epoch != seen) {
          return true;
        }
        pause(spins, SPINS_BEFORE_GIVING_WAY);
      }
      parked = true;
      // The flag is up before the epoch is read again: a run that starts meanwhile sees one or the
      // other.
      while (epoch == seen && !closed) {
        LockSupport.park(ThreadTeam.this);
      }
      parked = false;
      return epoch != seen;
    }
  }
}
