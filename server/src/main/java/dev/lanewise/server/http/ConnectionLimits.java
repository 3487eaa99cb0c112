package dev.lanewise.server.http;

import java.time.Duration;

/**
 * What connections may take.
 *
 * @param most connections at a time; further ones wait until one ends
 * @param patience how long a client may take to send a request, or to take a piece of an answer
 * @param idle how long a connection may wait for the first line of a request
 */
public record ConnectionLimits(int most, Duration patience, Duration idle) {
  /** Bytes of a request's first line; there is no use for long ones here. */
  public static final int LONGEST_FIRST_LINE = 4 << 10;

  /** Bytes of all headers of a request, which bounds their number too. */
  public static final int MOST_HEADER_BYTES = 16 << 10;

  /** Bytes of an answer that the system keeps for a client which does not take them. */
  public static final int SEND_BUFFER = 64 << 10;

  /**
   * 1024 connections, a minute; idle ones stay for longer than the minute that proxies keep them,
   * so that no request comes when they close.
   */
  public static final ConnectionLimits DEFAULTS =
      new ConnectionLimits(1024, Duration.ofSeconds(60), Duration.ofSeconds(75));
}
