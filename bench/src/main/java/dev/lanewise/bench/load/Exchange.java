package dev.lanewise.bench.load;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * A request and its response, which the client may leave at any moment. Leaving closes the
 * connection: HTTP/1.1 has no other way to tell the server.
 */
final class Exchange implements AutoCloseable {
  private final CompletableFuture<HttpResponse<InputStream>> reply;
  private volatile boolean left;
  private volatile CompletableFuture<Void> leaving = CompletableFuture.completedFuture(null);

  /** Sends the request. */
  Exchange(HttpClient http, HttpRequest request) {
    reply = http.sendAsync(request, HttpResponse.BodyHandlers.ofInputStream());
  }

  /**
   * Waits for the response's headers.
   *
   * @throws IOException if there is no response, also because we left
   */
  HttpResponse<InputStream> response() throws IOException, InterruptedException {
    try {
      return reply.get();
    } catch (CancellationException cancelled) {
      throw new IOException("left before the response", cancelled);
    } catch (ExecutionException failure) {
      throw failure.getCause() instanceof IOException known ? known : new IOException(failure);
    }
  }

  /** Leaves; a thread that reads the response gets an {@code IOException}. */
  void leave() {
    left = true;
    hangUp();
  }

  /** Leaves after some time, unless the exchange is over by then. */
  void leaveAfter(Duration patience) {
    Executor later =
        CompletableFuture.delayedExecutor(
            patience.toNanos(), TimeUnit.NANOSECONDS, Thread::startVirtualThread);
    leaving = CompletableFuture.runAsync(this::leave, later);
  }

  /** Whether we left. */
  boolean left() {
    return left;
  }

  /**
   * Closes the connection, unless the response was read to its end: then it is kept for the next.
   */
  @Override
  public void close() {
    leaving.cancel(false);
    hangUp();
  }

  private void hangUp() {
    if (reply.cancel(true) || reply.isCompletedExceptionally()) {
      return;
    }
    try {
      reply.join().body().close();
    } catch (IOException gone) {
      // That is what was wanted.
    }
  }
}
