package dev.lanewise.server.cli;

import dev.lanewise.bench.load.Arrival;
import dev.lanewise.bench.load.Lengths;
import dev.lanewise.bench.load.LoadPlan;
import dev.lanewise.bench.load.Traffic;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What {@code lanewise load} sends. */
final class TrafficOptions {
  private static final int DEFAULT_REQUESTS = 32;
  private static final Duration NO_LIMIT = Duration.ofDays(365);
  private static final int SEEDS = 1_000_000;

  @Option(
      names = "--concurrency",
      paramLabel = "N",
      description = "Requests under way at any time (closed loop). Default: 1.")
  private Integer concurrency;

  @Option(
      names = "--rate",
      paramLabel = "PER_SECOND",
      description = "Requests that arrive in a second, at random times (open loop, Poisson).")
  private Double rate;

  @Option(
      names = "--requests",
      paramLabel = "N",
      description =
          "The most requests. Default: " + DEFAULT_REQUESTS + ", or no limit with --duration.")
  private Integer requests;

  @Option(
      names = "--duration",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description = "After this time nothing more is sent: 90s, 5m, 1h. Default: no limit.")
  private Duration duration;

  @Option(
      names = "--prompt-tokens",
      paramLabel = "LENGTH",
      defaultValue = "100",
      converter = LengthsConverter.class,
      description = "About how many tokens prompts have. Default: ${DEFAULT-VALUE}.")
  private Lengths promptTokens;

  @Option(
      names = "--output-tokens",
      paramLabel = "LENGTH",
      defaultValue = "128",
      converter = LengthsConverter.class,
      description = "The most tokens of answers (max_tokens). Default: ${DEFAULT-VALUE}.")
  private Lengths outputTokens;

  @Option(
      names = "--shared-prefix",
      paramLabel = "SHARE",
      defaultValue = "0",
      description =
          "Which share of a prompt, its beginning, is the same in all; 0 to 1. Default: 0.")
  private double sharedPrefix;

  @Option(
      names = "--disconnect",
      paramLabel = "SHARE",
      defaultValue = "0",
      description =
          "Share of requests whose client closes the connection at a random moment, half of them"
              + " before the first token; 0 to 1. Default: 0.")
  private double disconnect;

  @Option(
      names = "--background-rate",
      paramLabel = "PER_SECOND",
      description =
          "Other requests that arrive in a second beside the main ones, and are reported apart.")
  private Double backgroundRate;

  @Option(
      names = "--background-concurrency",
      paramLabel = "N",
      description = "Or: such requests that are under way at any time, the next as one ends.")
  private Integer backgroundConcurrency;

  @Option(
      names = "--background-prompt-tokens",
      paramLabel = "LENGTH",
      defaultValue = "1000",
      converter = LengthsConverter.class,
      description = "About how many tokens their prompts have. Default: ${DEFAULT-VALUE}.")
  private Lengths backgroundPromptTokens;

  @Option(
      names = "--background-output-tokens",
      paramLabel = "LENGTH",
      defaultValue = "8",
      converter = LengthsConverter.class,
      description = "The most tokens of their answers. Default: ${DEFAULT-VALUE}.")
  private Lengths backgroundOutputTokens;

  @Option(
      names = "--retry",
      description =
          "Sends a request that gets a 429 again, after the time the server asks for (Retry-After).")
  private boolean retry;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description =
          "The same number gives the same requests and arrivals. Default: a random one, so that no"
              + " prompt is in the server's cache already.")
  private Long seed;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  /** The plan that the options describe. */
  LoadPlan plan() {
    require(concurrency == null || rate == null, "--rate and --concurrency exclude each other");
    require(concurrency == null || concurrency > 0, "--concurrency must be at least 1");
    require(rate == null || positive(rate), "--rate must be above 0");
    require(requests == null || requests > 0, "--requests must be at least 1");
    require(share(sharedPrefix), "--shared-prefix must be from 0 to 1");
    require(share(disconnect), "--disconnect must be from 0 to 1");
    require(
        backgroundRate == null || positive(backgroundRate), "--background-rate must be above 0");
    require(
        backgroundConcurrency == null || backgroundConcurrency > 0,
        "--background-concurrency must be at least 1");
    require(
        backgroundConcurrency == null || backgroundRate == null,
        "--background-rate and --background-concurrency exclude each other");
    Arrival arrival =
        rate != null
            ? new Arrival.Rate(rate)
            : new Arrival.Concurrency(concurrency == null ? 1 : concurrency);
    int unlimited = duration == null ? DEFAULT_REQUESTS : Integer.MAX_VALUE;
    return new LoadPlan(
        new Traffic("main", arrival, promptTokens, outputTokens, sharedPrefix, disconnect),
        backgroundArrival().map(this::background),
        requests == null ? unlimited : requests,
        duration == null ? NO_LIMIT : duration,
        seed == null ? ThreadLocalRandom.current().nextInt(SEEDS) : seed,
        retry);
  }

  private Optional<Arrival> backgroundArrival() {
    if (backgroundConcurrency != null) {
      return Optional.of(new Arrival.Concurrency(backgroundConcurrency));
    }
    return Optional.ofNullable(backgroundRate).map(Arrival.Rate::new);
  }

  private Traffic background(Arrival arrival) {
    return new Traffic("background", arrival, backgroundPromptTokens, backgroundOutputTokens, 0, 0);
  }

  private void require(boolean right, String rule) {
    if (!right) {
      throw new ParameterException(spec.commandLine(), rule);
    }
  }

  private static boolean positive(double perSecond) {
    return perSecond > 0 && Double.isFinite(perSecond);
  }

  private static boolean share(double value) {
    return value >= 0 && value <= 1;
  }
}
