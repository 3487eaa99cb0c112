package dev.lanewise.server.cli;

import dev.lanewise.bench.calibrate.Calibrator;
import dev.lanewise.bench.calibrate.ImportanceCollector;
import dev.lanewise.engine.Engine;
import dev.lanewise.engine.sparse.CalibratedModel;
import dev.lanewise.engine.sparse.ModelHash;
import dev.lanewise.engine.sparse.SparsityFile;
import dev.lanewise.engine.sparse.SparsityLevel;
import dev.lanewise.engine.sparse.ThresholdMethod;
import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.model.quantize.ImportanceMatrix;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code lanewise calibrate}. */
@Command(
    name = "calibrate",
    description = {
      "Finds with a text what of a model matters.",
      "--method writes thresholds of activations to a file for --sparsity, and measures what leaving",
      "out those below costs: the perplexity of the text.",
      "--importance writes how large the inputs of the matrices are, column by column, to a file for",
      "`lanewise quantize --importance`, in the form of llama-imatrix."
    },
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  lanewise calibrate --text book.txt --method chess --sparsity 0.5",
      "  lanewise calibrate --text book.txt --importance --model llama-bf16.gguf"
    })
final class CalibrateCommand implements Callable<Integer> {
  private static final double SPARSITY = 0.5;
  private static final int TOKENS = 32768;
  private static final int TOKENS_OF_IMPORTANCE = 65536;

  @Option(
      names = "--method",
      paramLabel = "NAME",
      description = {
        "cats: leaves out neurons of the feed-forward parts by their gate;",
        "chess: by their gate and mean size, and inputs of the query and output matrices;",
        "teal: inputs of all matrices, divided so that the error is least;",
        "ffn-skip: whole feed-forward parts after one that changed a token little."
      })
  private ThresholdMethod method;

  @Option(
      names = "--importance",
      description = "Measures which columns of the matrices matter, in the place of thresholds.")
  private boolean importance;

  @Option(
      names = "--sparsity",
      paramLabel = "SHARE",
      description =
          "The most to leave out by thresholds, 0.05 to 0.95; less can be chosen later. Default: "
              + SPARSITY
              + ".")
  private Double sparsity;

  @Option(
      names = "--tokens",
      paramLabel = "N",
      description =
          "Most tokens of the text that are used. Default: "
              + TOKENS
              + ", of --importance "
              + TOKENS_OF_IMPORTANCE
              + ".")
  private Integer tokens;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description =
          "The file to write. Default: MODEL.METHOD.json or MODEL.importance.gguf beside the model.")
  private Path out;

  @Mixin private TextOptions text;
  @Mixin private ModelOptions model;
  @Mixin private ModelOptions.ThreadsOption threads;
  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    checkOptions();
    String read = text.read();
    Path file = out == null ? besideModel() : out;
    checkFile(file);
    try (LoadingDisplay display = new LoadingDisplay(spec.commandLine().getErr());
        Engine engine = model.load(threads, display)) {
      int[] all = engine.tokenizer().encode(read, false);
      int most = tokens != null ? tokens : importance ? TOKENS_OF_IMPORTANCE : TOKENS;
      int[] used = Arrays.copyOf(all, Math.min(all.length, most));
      if (importance) {
        writeImportance(engine, used, file, display);
      } else {
        writeThresholds(engine, used, file, display);
      }
    }
    return 0;
  }

  private void checkOptions() {
    if (importance == (method != null)) {
      throw new ParameterException(
          spec.commandLine(), "name what to look for: either --method or --importance");
    }
    if (importance && sparsity != null) {
      throw new ParameterException(
          spec.commandLine(), "--sparsity is for thresholds; --importance leaves nothing out");
    }
    if (tokens != null && tokens < 1) {
      throw new ParameterException(
          spec.commandLine(), "--tokens must be at least 1, not " + tokens);
    }
  }

  private Path besideModel() throws IOException {
    String name = model.file.path().getFileName().toString();
    String stem = name.endsWith(".gguf") ? name.substring(0, name.length() - 5) : name;
    String end = importance ? ".importance.gguf" : ".%s.json".formatted(method);
    return model.file.path().resolveSibling(stem + end);
  }

  /** Before a long run, not after it. */
  private void checkFile(Path file) throws IOException {
    if (importance && Files.exists(file)) {
      throw new FileAlreadyExistsException(
          file.toString(), null, "it exists; delete it or choose another name");
    }
    Path folder = file.toAbsolutePath().getParent();
    if (!Files.isDirectory(folder) || !Files.isWritable(folder)) {
      throw new IllegalArgumentException(
          "--out %s: the folder does not exist or cannot be written to; name another file"
              .formatted(file));
    }
  }

  private void writeThresholds(Engine engine, int[] used, Path file, LoadingDisplay display)
      throws IOException {
    CalibratedModel calibrated =
        new CalibratedModel(
            engine.modelPath().getFileName().toString(),
            ModelHash.of(engine.modelPath()),
            model
                .weights
                .map(BlockFormat::name)
                .map(name -> name.toLowerCase(Locale.ROOT))
                .orElse(WeightFormatConverter.AS_IS));
    SparsityFile found =
        new Calibrator(engine.transformer(), model.kvCache, display)
            .calibrate(
                calibrated, used, text.window, method, sparsity == null ? SPARSITY : sparsity);
    found.write(file);
    display.clear();
    print(found, file);
  }

  private void writeImportance(Engine engine, int[] used, Path file, LoadingDisplay display)
      throws IOException {
    ImportanceMatrix matrix =
        ImportanceCollector.collect(
            engine.transformer(),
            model.kvCache,
            used,
            text.window,
            done -> display.at("reading " + text.file, (double) done * text.window / used.length));
    int windows = used.length / text.window;
    matrix.write(file, text.file.getFileName().toString(), windows, text.window);
    display.clear();
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        "%s: %d matrices, %d windows of %d tokens%n",
        file, matrix.inputs().size(), windows, text.window);
    out.flush();
  }

  private void print(SparsityFile found, Path file) {
    PrintWriter out = spec.commandLine().getOut();
    out.println("| target | left out | of all weights of the blocks |");
    out.println("|---|---|---|");
    for (SparsityLevel level : found.levels()) {
      out.printf(
          "| %.2f | %.3f | %.3f |%n", level.target(), level.realised(), level.ofAllWeights());
    }
    out.println();
    out.printf(
        "Perplexity of %d tokens: %.3f before, %.3f at %.2f%n",
        found.tokens(), found.perplexityBefore(), found.perplexityAfter(), found.target());
    out.println(file);
    out.flush();
  }
}
