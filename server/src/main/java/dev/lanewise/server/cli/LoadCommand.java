package dev.lanewise.server.cli;

import dev.lanewise.bench.load.LoadChart;
import dev.lanewise.bench.load.LoadPlan;
import dev.lanewise.bench.load.LoadResult;
import dev.lanewise.bench.load.LoadRun;
import dev.lanewise.bench.load.Target;
import dev.lanewise.bench.load.TrafficFigures;
import java.io.PrintWriter;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code lanewise load}. */
@Command(
    name = "load",
    description =
        "Sends requests to any server of the OpenAI API and measures throughput, latencies and"
            + " errors as its clients see them. Ctrl-C prints what was measured until then.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "LENGTH is a number of tokens: 100 (always), 50-200 (uniform) or ~100 (exponential).",
      "",
      "Examples:",
      "  lanewise load http://127.0.0.1:8080 --concurrency 8 --requests 200",
      "  lanewise load http://127.0.0.1:8080 --rate 2 --duration 60s --prompt-tokens 50-200",
      "  lanewise load http://127.0.0.1:8080 --concurrency 8 --background-rate 0.2"
    })
final class LoadCommand implements Callable<Integer> {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

  /** How results are written. */
  enum Output {
    MD,
    JSON
  }

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      defaultValue = "MD",
      description = "md: tables in Markdown; json: one object. Default: md.")
  private Output output;

  @Mixin private ChartOption chart;
  @Mixin private TargetOptions to;
  @Mixin private TrafficOptions traffic;
  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    chart.check(spec);
    Target target = to.target();
    LoadPlan plan = traffic.plan();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        HttpClient http = client(threads);
        LoadingDisplay display = new LoadingDisplay(spec.commandLine().getErr())) {
      LoadReport.Asked asked = new LoadReport.Asked(target, to.model(target, http), plan.seed());
      LoadRun run =
          new LoadRun(http, target, asked.model(), plan, done -> display.at("sending", done));
      AtomicBoolean reported = new AtomicBoolean();
      Thread onInterrupt =
          new Thread(() -> reportOnce(reported, asked, run.result()), "lanewise-load-stop");
      Runtime.getRuntime().addShutdownHook(onInterrupt);
      LoadResult result = run.run();
      display.clear();
      reportOnce(reported, asked, result);
      if (chart.isWanted()) {
        new LoadChart(result).write(chart.file());
      }
      return exitCode(result);
    }
  }

  private static HttpClient client(ExecutorService threads) {
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .connectTimeout(CONNECT_TIMEOUT)
        .executor(threads)
        .build();
  }

  /** Ctrl-C reports what there is, also while the run comes to its end. */
  private void reportOnce(AtomicBoolean reported, LoadReport.Asked asked, LoadResult result) {
    if (reported.compareAndSet(false, true)) {
      PrintWriter out = spec.commandLine().getOut();
      LoadReport report =
          switch (output) {
            case MD -> new LoadTable(out);
            case JSON -> new LoadJson(out);
          };
      report.print(asked, result);
    }
  }

  /** Failed, if any request did. */
  private int exitCode(LoadResult result) {
    int errors = result.figures().stream().mapToInt(TrafficFigures::errors).sum();
    if (errors == 0) {
      return CommandLine.ExitCode.OK;
    }
    int requests = result.figures().stream().mapToInt(TrafficFigures::requests).sum();
    PrintWriter err = spec.commandLine().getErr();
    err.printf("lanewise: %d of %d requests ended with an error%n", errors, requests);
    err.flush();
    return CommandLine.ExitCode.SOFTWARE;
  }
}
