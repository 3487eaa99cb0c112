package dev.lanewise.server.cli;

import dev.lanewise.engine.Engine;
import dev.lanewise.engine.EngineOptions;
import dev.lanewise.engine.sparse.SparsityChoice;
import dev.lanewise.server.LanewiseServer;
import dev.lanewise.server.Rehearsal;
import dev.lanewise.server.ServerOptions;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code lanewise serve}. */
@Command(
    name = "serve",
    description = "Serves a model over HTTP with the OpenAI API.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Stops on Ctrl-C or SIGTERM: running requests may finish within --grace seconds."
    })
final class ServeCommand implements Callable<Integer> {
  @Option(
      names = "--host",
      paramLabel = "ADDRESS",
      defaultValue = "127.0.0.1",
      description = "Address to listen on; 0.0.0.0 for all. Default: ${DEFAULT-VALUE}.")
  private String host;

  @Option(
      names = {"-p", "--port"},
      paramLabel = "PORT",
      defaultValue = "8080",
      description = "Port to listen on; 0 takes a free one. Default: ${DEFAULT-VALUE}.")
  private int port;

  @Option(
      names = "--metrics-port",
      paramLabel = "PORT",
      description =
          "Serves /metrics on this port instead, and /health there too; without keys and TLS.")
  private Integer metricsPort;

  @Option(
      names = "--grace",
      paramLabel = "SECONDS",
      defaultValue = "30",
      description = "How long running requests may go on after a stop. Default: ${DEFAULT-VALUE}.")
  private int grace;

  @Option(
      names = "--max-body",
      paramLabel = "BYTES",
      defaultValue = "8388608",
      description = "The longest request body that is read. Default: ${DEFAULT-VALUE}.")
  private int maxBody;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "0",
      description =
          "Longest time of a request, waiting included; 0 for no limit. Default: ${DEFAULT-VALUE}.")
  private int timeout;

  @Option(names = "--no-access-log", description = "Logs no line for each request.")
  private boolean noAccessLog;

  @Mixin private AliasOption alias;
  @Mixin private BatchingOptions batching;
  @Mixin private SecurityOptions security;
  @Mixin private ConnectionOptions connections;
  @Mixin private ModelOptions model;
  @Mixin private ChatTemplateOption template;
  @Mixin private SparsityOption sparsity;
  @Mixin private ModelSamplingOption sampling;
  @Mixin private ModelOptions.ThreadsOption threads;
  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    PrintWriter err = spec.commandLine().getErr();
    checkPort("--port", port);
    if (metricsPort != null) {
      checkPort("--metrics-port", metricsPort);
    }
    if (timeout < 0) {
      throw new IllegalArgumentException("--timeout must be 0 or more, not " + timeout);
    }
    EngineOptions engineOptions =
        model
            .with(threads.count())
            .withBatching(batching.batching())
            .withChatTemplate(template.template())
            .withSparsity(sparsity.choice())
            .withModelSampling(sampling.isUsed());
    long start = System.nanoTime();
    ServerOptions options =
        new ServerOptions(
            host,
            port,
            metricsPort == null ? OptionalInt.empty() : OptionalInt.of(metricsPort),
            alias.alias(),
            Duration.ofSeconds(grace),
            maxBody,
            timeout == 0 ? Optional.empty() : Optional.of(Duration.ofSeconds(timeout)),
            ServerOptions.defaults().heartbeat(),
            !noAccessLog,
            security.security(),
            connections.limits(engineOptions.batching()));
    CountDownLatch closed = new CountDownLatch(1);
    LanewiseServer server = LanewiseServer.start(options);
    if (options.security().keyFile().isEmpty()
        && !InetAddress.getByName(host).isLoopbackAddress()) {
      err.printf(
          "lanewise: warning: without --api-key-file, everybody who reaches %s:%d may use the model%n",
          host, server.port());
      err.flush();
    }
    Engine engine;
    try (LoadingDisplay display = new LoadingDisplay(err)) {
      engine = Engine.load(model.file.path(), engineOptions, display);
      display.at("compiling the kernels", 0);
      engine.warmUp();
      Rehearsal.hold(engine);
    } catch (Exception | Error failure) {
      server.close();
      throw failure;
    }
    Duration took = Duration.ofNanos(System.nanoTime() - start);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  server.close();
                  closed.countDown();
                },
                "lanewise-stop"));
    server.serve(engine, took);
    err.printf(
        "Lanewise is ready on %s://%s:%d after %.1f s%n  model %s (%s), context %d, %d threads (%s), %s%n  up to %d requests at a time with %d tokens together, %d may wait%n",
        options.security().tls().isPresent() ? "https" : "http",
        host,
        server.port(),
        took.toMillis() / 1000.0,
        server.modelName(),
        engine.modelPath(),
        engine.contextLength(),
        engine.threads(),
        threads.reason(),
        engine.kernels(),
        engineOptions.batching().parallel(),
        engine.kvTokens(),
        engineOptions.batching().queue());
    if (!engine.sparsity().equals(SparsityChoice.OFF)) {
      err.printf("  answers are computed with sparsity %s%n", engine.sparsity());
    }
    server
        .metricsPort()
        .ifPresent(metrics -> err.printf("  metrics on http://%s:%d/metrics%n", host, metrics));
    err.flush();
    closed.await();
    return 0;
  }

  private static void checkPort(String option, int port) {
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException(option + " must be from 0 to 65535, not " + port);
    }
  }
}
