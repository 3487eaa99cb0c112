package dev.lanewise.server.cli;

import dev.lanewise.bench.quality.QualityChart;
import dev.lanewise.bench.quality.QualityComparison;
import dev.lanewise.bench.quality.QualityRow;
import dev.lanewise.bench.quality.TextWindows;
import dev.lanewise.engine.Engine;
import dev.lanewise.engine.sparse.SparsityChoice;
import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.math.kernel.KvFormat;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code lanewise quality}. */
@Command(
    name = "quality",
    description = {
      "Measures what options that trade quality for speed cost on a text: perplexity, divergence",
      "from the predictions without them, and how long greedy continuations stay the same. Lists",
      "are measured in all combinations. A sparse row is compared with the row of the same weights",
      "and cache without sparsity, every other row with the first."
    },
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  lanewise quality --text book.txt --weights as-is,int8,mxfp4",
      "  lanewise quality --text book.txt --windows 20 --kv-cache bf16,int8 --speed --chart q.png"
    })
final class QualityCommand implements Callable<Integer> {
  /** How results are written. */
  enum Output {
    MD,
    JSON
  }

  /** An element of the list of weights. */
  static final class WeightsConverter implements ITypeConverter<Optional<BlockFormat>> {
    @Override
    public Optional<BlockFormat> convert(String value) {
      return Optional.ofNullable(new WeightFormatConverter().convert(value));
    }
  }

  @Option(
      names = "--windows",
      paramLabel = "N",
      description = "Only the first so many windows. Default: all of the text.")
  private Integer windows;

  @Option(
      names = "--weights",
      paramLabel = "FORMAT",
      split = ",",
      converter = WeightsConverter.class,
      defaultValue = WeightFormatConverter.AS_IS,
      description = "Formats to convert the weights to: as-is,int8,mxfp4. Default: as-is.")
  private List<Optional<BlockFormat>> weights;

  @Option(
      names = "--kv-cache",
      paramLabel = "TYPE",
      split = ",",
      defaultValue = "BF16",
      description = "Keys and values of the context: bf16,int8,f32. Default: bf16.")
  private List<KvFormat> kvCaches;

  @Option(
      names = "--sparsity",
      paramLabel = "SPARSITY",
      split = ",",
      converter = SparsityConverter.class,
      defaultValue = "off",
      description =
          "What is left out: " + SparsityChoice.FORMS + ". off is always measured. Default: off.")
  private List<SparsityChoice> sparsity;

  @Option(
      names = "--speed",
      description = "Times generation too, in turns with that of the row compared with.")
  private boolean speed;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      defaultValue = "MD",
      description = "md, a table in Markdown, or json, one object. Default: md.")
  private Output output;

  @Mixin private TextOptions text;
  @Mixin private ChartOption chart;
  @Mixin private LoadOptions model;
  @Mixin private ModelOptions.ThreadsOption threads;
  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    check();
    String read = text.read();
    List<Combination> combinations = Combination.all(weights, kvCaches, sparsity);
    try (LoadingDisplay display = new LoadingDisplay(spec.commandLine().getErr());
        Engine engine = load(weights.getFirst(), display)) {
      TextWindows all = text.windows(read, engine);
      TextWindows measured = windows == null ? all : all.first(windows);
      QualityComparison comparison =
          new QualityComparison(measured, engine.contextLength(), speed, display::at);
      List<QualityRow> rows =
          new QualityRun(combinations, engine, format -> load(format, display), comparison).run();
      display.clear();
      report()
          .print(
              new QualityReport.Measured(
                  engine.modelPath().getFileName().toString(),
                  measured.count(),
                  measured.length(),
                  measured.count() * measured.scored(),
                  comparison.continuations(),
                  comparison.continuationLength()),
              rows);
      if (chart.isWanted()) {
        new QualityChart(rows).write(chart.file());
      }
    }
    return 0;
  }

  private QualityReport report() {
    return switch (output) {
      case MD -> new QualityTable(spec.commandLine().getOut());
      case JSON -> new QualityJson(spec.commandLine().getOut());
    };
  }

  private void check() {
    if (windows != null && windows < 1) {
      throw new ParameterException(
          spec.commandLine(), "--windows must be at least 1, not " + windows);
    }
    if (chart.isWanted() && !speed) {
      throw new ParameterException(
          spec.commandLine(), "--chart draws quality against speed: it needs --speed");
    }
    chart.check(spec);
  }

  private Engine load(Optional<BlockFormat> format, LoadingDisplay display) throws IOException {
    return Engine.load(
        model.file.path(), model.with(threads.count(), kvCaches.getFirst(), format), display);
  }
}
