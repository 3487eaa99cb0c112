package dev.lanewise.server.http;

import io.helidon.http.HeaderValues;
import io.helidon.http.HttpPrologue;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http.Filter;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.webserver.http1.Http1ConnectionListener;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Ends connections whose client makes the server wait: for the rest of a request once its first
 * line is there, or with a piece of an answer that it does not take. Helidon bounds only the wait
 * for a first line. How long an answer takes to compute does not count.
 *
 * <p>A connection is served by one virtual thread; to interrupt one that reads or writes closes its
 * connection.
 */
public final class SlowClients implements Http1ConnectionListener, Filter {
  private static final ThreadLocal<Wait> OF_THIS_CONNECTION = new ThreadLocal<>();
  private static final long LONGEST_PERIOD_MILLIS = 1000;

  private final long patienceNanos;
  private final long periodMillis;
  private final Set<Wait> waits = ConcurrentHashMap.newKeySet();
  private ScheduledExecutorService clock;

  /** Allows each client that long, once for a request and once for each piece of an answer. */
  public SlowClients(Duration patience) {
    patienceNanos = patience.toNanos();
    periodMillis = Math.clamp(patience.toMillis() / 8, 1, LONGEST_PERIOD_MILLIS);
  }

  /** A time during which a connection's thread waits for its client. */
  private static final class Wait {
    private final SlowClients owner;
    private final Thread thread = Thread.currentThread();
    private long start;
    private boolean waiting;
    private boolean late;

    Wait(SlowClients owner) {
      this.owner = owner;
    }

    synchronized void begin() {
      start = System.nanoTime();
      waiting = true;
      owner.waits.add(this);
    }

    synchronized void end() {
      waiting = false;
      owner.waits.remove(this);
      if (late) {
        throw new CloseConnectionException("the client was too slow");
      }
    }

    synchronized void check(long now) {
      if (waiting && now - start > owner.patienceNanos) {
        waiting = false;
        late = true;
        owner.waits.remove(this);
        thread.interrupt();
      }
    }
  }

  @Override
  public void beforeStart() {
    clock =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofVirtual().name("lanewise-slow-clients").factory());
    Future<?> _ = // runs until the clock is shut down
        clock.scheduleWithFixedDelay(
            this::check, periodMillis, periodMillis, TimeUnit.MILLISECONDS);
  }

  @Override
  public void afterStop() {
    clock.shutdownNow();
  }

  private void check() {
    long now = System.nanoTime();
    waits.forEach(wait -> wait.check(now));
  }

  @Override
  public void prologue(ConnectionContext context, HttpPrologue prologue) {
    Wait wait = OF_THIS_CONNECTION.get();
    if (wait == null) {
      wait = new Wait(this);
      OF_THIS_CONNECTION.set(wait);
    }
    wait.begin();
  }

  /**
   * A request with a body is the last of its connection, so that nothing of a body that no endpoint
   * has read is taken for a request; so is one whose client wants it to be.
   */
  @Override
  public void filter(FilterChain chain, RoutingRequest request, RoutingResponse response) {
    boolean body = request.content().hasEntity();
    if (body) {
      response.header(HeaderValues.CONNECTION_CLOSE);
    } else {
      requestIsThere();
    }
    chain.proceed();
    if (body || request.headers().containsToken(HeaderValues.CONNECTION_CLOSE)) {
      throw new CloseConnectionException("answered the last request");
    }
  }

  /**
   * The request that this thread handles has been read to its end.
   *
   * @throws CloseConnectionException if that took too long
   */
  public static void requestIsThere() {
    Wait wait = OF_THIS_CONNECTION.get();
    if (wait != null) {
      wait.end();
    }
  }

  /**
   * Writes a piece of an answer.
   *
   * @throws CloseConnectionException if the client does not take it in time
   */
  public static <E extends Exception> void send(Write<E> write) throws E {
    Wait wait = OF_THIS_CONNECTION.get();
    if (wait == null) {
      write.run();
      return;
    }
    wait.begin();
    try {
      write.run();
    } finally {
      wait.end();
    }
  }

  /**
   * Writes what is left of an answer that went through the output stream of {@code response}.
   *
   * @throws CloseConnectionException if the client does not take it in time
   */
  public static void end(ServerResponse response) {
    if (response instanceof RoutingResponse written) {
      send(written::commit);
    }
  }

  /** Writes to a client, and may wait for it. */
  @FunctionalInterface
  public interface Write<E extends Exception> {
    /** Writes. */
    void run() throws E;
  }
}
