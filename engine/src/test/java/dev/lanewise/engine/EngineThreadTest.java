package dev.lanewise.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class EngineThreadTest {
  private static final Duration LONG = Duration.ofMinutes(1);

  private final EngineThread thread = new EngineThread();
  private final List<String> log = Collections.synchronizedList(new ArrayList<>());
  private final CountDownLatch began = new CountDownLatch(1);
  private final CountDownLatch release = new CountDownLatch(1);

  @BeforeEach
  void start() {
    thread.start();
  }

  @AfterEach
  void stop() {
    release.countDown();
    thread.stop();
  }

  private final class Noted implements Job {
    private final String name;

    Noted(String name) {
      this.name = name;
    }

    @Override
    public void run() {
      log.add("run " + name);
    }

    @Override
    public void refuse() {
      log.add("refuse " + name);
    }
  }

  /** Keeps the thread busy until {@code release}, or until it is asked to stop. */
  private void block() throws InterruptedException {
    thread.submit(
        new Job() {
          @Override
          public void run() {
            began.countDown();
            try {
              release.await();
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            }
          }

          @Override
          public void refuse() {}
        });
    began.await();
  }

  @Test
  void runsJobsInTheOrderTheyCame() throws InterruptedException {
    block();
    thread.submit(new Noted("a"));
    thread.submit(new Noted("b"));
    assertTrue(thread.isRunning());
    assertEquals(2, thread.queued());
    release.countDown();
    thread.drain(LONG);
    assertEquals(List.of("run a", "run b"), log);
    assertEquals(0, thread.queued());
    assertFalse(thread.isRunning());
  }

  @Test
  void withdrawsOnlyJobsThatWait() throws InterruptedException {
    block();
    Noted job = new Noted("a");
    thread.submit(job);
    assertTrue(thread.withdraw(job));
    assertFalse(thread.withdraw(job));
    release.countDown();
    thread.drain(LONG);
    assertEquals(List.of(), log);
  }

  @Test
  void refusesWhatWaitsWhenTheGraceIsOver() throws InterruptedException {
    block();
    thread.submit(new Noted("a"));
    Thread drain =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    thread.drain(Duration.ZERO);
                  } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                  }
                });
    while (!thread.stopping()) {
      Thread.onSpinWait();
    }
    release.countDown();
    drain.join();
    assertEquals(List.of("refuse a"), log);
  }

  @Test
  void acceptsNothingAfterItWasStopped() {
    thread.stop();
    GenerationFailed failure =
        assertThrows(GenerationFailed.class, () -> thread.submit(new Noted("late")));
    assertEquals("the server is shutting down", failure.getMessage());
  }

  @Test
  void passesOnWhatCalledWorkThrows() {
    CompletionException thrown =
        assertThrows(
            CompletionException.class,
            () ->
                thread.call(
                    () -> {
                      throw new IllegalArgumentException("no");
                    }));
    assertEquals("no", thrown.getCause().getMessage());
    thread.call(() -> log.add("still alive"));
    assertEquals(List.of("still alive"), log);
  }
}
