package dev.lanewise.server.cli;

import dev.lanewise.bench.calibrate.Calibrator;
import dev.lanewise.engine.Engine;
import dev.lanewise.engine.sparse.CalibratedModel;
import dev.lanewise.engine.sparse.ModelHash;
import dev.lanewise.engine.sparse.SparsityFile;
import dev.lanewise.engine.sparse.SparsityLevel;
import dev.lanewise.engine.sparse.ThresholdMethod;
import dev.lanewise.math.format.BlockFormat;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code lanewise calibrate}. */
@Command(
    name = "calibrate",
    description = {
      "Finds what of a model does not matter, by thresholds of activations, with a text, and writes",
      "it to a file for --sparsity. Measures what that costs: the perplexity of the text."
    },
    mixinStandardHelpOptions = true,
    footer = {"", "Example: lanewise calibrate --text book.txt --method chess --sparsity 0.5"})
final class CalibrateCommand implements Callable<Integer> {
  @Option(
      names = "--method",
      paramLabel = "NAME",
      required = true,
      description = {
        "cats: leaves out neurons of the feed-forward parts by their gate;",
        "chess: by their gate and mean size, and inputs of the query and output matrices;",
        "teal: inputs of all matrices, divided so that the error is least;",
        "ffn-skip: whole feed-forward parts after one that changed a token little."
      })
  private ThresholdMethod method;

  @Option(
      names = "--sparsity",
      paramLabel = "SHARE",
      defaultValue = "0.5",
      description =
          "The most to leave out, 0.05 to 0.95; less can be chosen later. Default: ${DEFAULT-VALUE}.")
  private double sparsity;

  @Option(
      names = "--tokens",
      paramLabel = "N",
      defaultValue = "32768",
      description = "Most tokens of the text that are used. Default: ${DEFAULT-VALUE}.")
  private int tokens;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "The file to write. Default: MODEL.METHOD.json beside the model.")
  private Path out;

  @Mixin private TextOptions text;
  @Mixin private ModelOptions model;
  @Mixin private ModelOptions.ThreadsOption threads;
  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    String read = text.read();
    Path file = out == null ? besideModel() : out;
    checkFolder(file);
    try (LoadingDisplay display = new LoadingDisplay(spec.commandLine().getErr());
        Engine engine = model.load(threads, display)) {
      int[] all = engine.tokenizer().encode(read, false);
      int[] used = Arrays.copyOf(all, Math.min(all.length, tokens));
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
              .calibrate(calibrated, used, text.window, method, sparsity);
      found.write(file);
      display.clear();
      print(found, file);
    }
    return 0;
  }

  private Path besideModel() throws IOException {
    String name = model.file.path().getFileName().toString();
    String stem = name.endsWith(".gguf") ? name.substring(0, name.length() - 5) : name;
    return model.file.path().resolveSibling("%s.%s.json".formatted(stem, method));
  }

  /** Before a long run, not after it. */
  private static void checkFolder(Path file) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    if (!Files.isDirectory(folder) || !Files.isWritable(folder)) {
      throw new IllegalArgumentException(
          "--out %s: the folder does not exist or cannot be written to; name another file"
              .formatted(file));
    }
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
