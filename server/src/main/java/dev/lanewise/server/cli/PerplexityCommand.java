package dev.lanewise.server.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.lanewise.bench.quality.Perplexity;
import dev.lanewise.bench.quality.TextScorer;
import dev.lanewise.bench.quality.TextWindows;
import dev.lanewise.engine.Engine;
import dev.lanewise.math.format.BlockFormat;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code lanewise perplexity}. */
@Command(
    name = "perplexity",
    description = {
      "Measures how well the model predicts a text, as llama-perplexity does: windows side by side,",
      "each from an empty context; the second half of each is scored. Lower is better."
    },
    mixinStandardHelpOptions = true,
    footer = {"", "Example: lanewise perplexity --text book.txt"})
final class PerplexityCommand implements Callable<Integer> {
  /** How the result is printed. */
  enum Output {
    MD,
    JSON
  }

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      defaultValue = "MD",
      description = "md, a table in Markdown, or json. Default: md.")
  private Output output;

  @Mixin private TextOptions text;
  @Mixin private ModelOptions model;
  @Mixin private ModelOptions.ThreadsOption threads;
  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    String read = text.read();
    try (LoadingDisplay display = new LoadingDisplay(spec.commandLine().getErr());
        Engine engine = model.load(threads, display)) {
      TextWindows windows = text.windows(read, engine);
      Perplexity perplexity =
          new TextScorer(engine.transformer(), model.kvCache)
              .score(
                  windows,
                  done -> display.at("scoring " + text.file, (double) done / windows.count()));
      display.clear();
      print(engine, perplexity);
    }
    return 0;
  }

  private void print(Engine engine, Perplexity result) {
    PrintWriter out = spec.commandLine().getOut();
    String name = engine.modelPath().getFileName().toString();
    String weights = model.weights.map(BlockFormat::name).orElse(WeightFormatConverter.AS_IS);
    switch (output) {
      case MD -> {
        out.println("| model | weights | windows | tokens scored | perplexity | standard error |");
        out.println("|---|---|---|---|---|---|");
        out.printf(
            "| %s | %s | %d of %d | %d | %.3f | %.3f |%n",
            name,
            weights,
            result.windows(),
            text.window,
            result.tokens(),
            result.value(),
            result.standardError());
      }
      case JSON ->
          out.println(
              JsonNodeFactory.instance
                  .objectNode()
                  .put("engine", "lanewise")
                  .put("model", name)
                  .put("weights", weights)
                  .put("window", text.window)
                  .put("windows", result.windows())
                  .put("tokens", result.tokens())
                  .put("mean_nll", result.meanNll())
                  .put("perplexity", result.value())
                  .put("standard_error", result.standardError()));
    }
    out.flush();
  }
}
