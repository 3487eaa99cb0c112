package dev.lanewise.server.hub;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The body of an answer, which ends with an error when nothing of it arrives for a while. */
final class Answer implements AutoCloseable {
  private static final Pattern RANGE =
      Pattern.compile("bytes (\\d{1,18})-\\d+/(?:(\\d{1,18})|\\*)");

  private final HttpResponse<InputStream> response;
  private final Duration stall;
  private final Thread guard;
  private volatile long lastRead = System.nanoTime();
  private volatile boolean stalled;

  /**
   * The body of a response.
   *
   * @param stall how long nothing may arrive
   */
  Answer(HttpResponse<InputStream> response, Duration stall) {
    this.response = response;
    this.stall = stall;
    guard = Thread.ofVirtual().name("lanewise-download-guard").unstarted(this::watch);
    guard.start();
  }

  /** The position in the file that the body begins at. */
  long start() throws HubException {
    return response.statusCode() == 206 ? Long.parseLong(range().group(1)) : 0;
  }

  /** The size of the whole file, if the answer tells. */
  OptionalLong total() throws HubException {
    if (response.statusCode() != 206) {
      return response.headers().firstValueAsLong("Content-Length");
    }
    String total = range().group(2);
    return total == null ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(total));
  }

  private Matcher range() throws HubException {
    Matcher range = RANGE.matcher(response.headers().firstValue("Content-Range").orElse(""));
    if (!range.matches()) {
      throw new HubException.WrongContent(
          response.uri().getHost() + " sent a part of a file without saying which");
    }
    return range;
  }

  /** Reads some bytes; returns how many, or -1 at the end. */
  int read(byte[] buffer) throws IOException {
    try {
      int count = response.body().read(buffer);
      lastRead = System.nanoTime();
      return count;
    } catch (IOException failure) {
      throw stalled ? new IOException("nothing came for " + stall.toSeconds() + " s") : failure;
    }
  }

  /** A read that waits has no limit of its own: it ends when the body is closed. */
  private void watch() {
    try {
      for (long left = stall.toNanos(); left > 0; ) {
        Thread.sleep(Duration.ofNanos(left));
        left = stall.toNanos() - (System.nanoTime() - lastRead);
      }
      stalled = true;
      response.body().close();
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  @Override
  public void close() throws IOException {
    guard.interrupt();
    response.body().close();
  }
}
