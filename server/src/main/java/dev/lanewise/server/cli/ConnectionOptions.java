package dev.lanewise.server.cli;

import dev.lanewise.engine.Batching;
import dev.lanewise.server.http.ConnectionLimits;
import java.time.Duration;
import picocli.CommandLine.Option;

/** What connections may take. */
final class ConnectionOptions {
  @Option(
      names = "--max-connections",
      paramLabel = "N",
      description =
          "Most connections at a time, more than --parallel and --queue together. Default: 1024.")
  private int most = ConnectionLimits.DEFAULTS.most();

  @Option(
      names = "--client-timeout",
      paramLabel = "SECONDS",
      description =
          "How long a client may take to send a request, or to take a piece of an answer."
              + " Default: 60.")
  private int patience = (int) ConnectionLimits.DEFAULTS.patience().toSeconds();

  /** The limits, for a server that shares its time like that. */
  ConnectionLimits limits(Batching shares) {
    int requests = shares.parallel() + shares.queue();
    if (most <= requests) {
      throw new IllegalArgumentException(
          "--max-connections must be more than the %d of --parallel and --queue, not %d"
              .formatted(requests, most));
    }
    if (patience < 1) {
      throw new IllegalArgumentException("--client-timeout must be 1 or more, not " + patience);
    }
    return new ConnectionLimits(
        most, Duration.ofSeconds(patience), ConnectionLimits.DEFAULTS.idle());
  }
}
