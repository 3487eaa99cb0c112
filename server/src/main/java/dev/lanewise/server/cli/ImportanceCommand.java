package dev.lanewise.server.cli;

import dev.lanewise.bench.calibrate.ImportanceCollector;
import dev.lanewise.engine.Engine;
import dev.lanewise.model.quantize.ImportanceMatrix;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code lanewise importance}. */
@Command(
    name = "importance",
    description = {
      "Measures with a text how large the inputs of the model's matrices are, column by column, and",
      "writes it to a file for `lanewise quantize --importance`, in the form of llama-imatrix."
    },
    mixinStandardHelpOptions = true,
    footer = {"", "Example: lanewise importance --model llama-bf16.gguf --text book.txt"})
final class ImportanceCommand implements Callable<Integer> {
  @Option(
      names = "--tokens",
      paramLabel = "N",
      defaultValue = "65536",
      description = "Most tokens of the text that are used. Default: ${DEFAULT-VALUE}.")
  private int tokens;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "The file to write. Default: MODEL.importance.gguf beside the model.")
  private Path out;

  @Mixin private TextOptions text;
  @Mixin private ModelOptions model;
  @Mixin private ModelOptions.ThreadsOption threads;
  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    String read = text.read();
    Path file = out == null ? besideModel() : out;
    if (Files.exists(file)) { // before a long run, not after it
      throw new FileAlreadyExistsException(
          file.toString(), null, "it exists; delete it or choose another name");
    }
    try (LoadingDisplay display = new LoadingDisplay(spec.commandLine().getErr());
        Engine engine = model.load(threads, display)) {
      int[] all = engine.tokenizer().encode(read, false);
      int[] used = Arrays.copyOf(all, Math.min(all.length, tokens));
      ImportanceMatrix matrix =
          ImportanceCollector.collect(
              engine.transformer(),
              model.kvCache,
              used,
              text.window,
              done ->
                  display.at("reading " + text.file, (double) done * text.window / used.length));
      int windows = used.length / text.window;
      matrix.write(file, text.file.getFileName().toString(), windows, text.window);
      display.clear();
      spec.commandLine()
          .getOut()
          .printf(
              "%s: %d matrices, %d windows of %d tokens%n",
              file, matrix.inputs().size(), windows, text.window);
      spec.commandLine().getOut().flush();
    }
    return 0;
  }

  private Path besideModel() throws IOException {
    String name = model.file.path().getFileName().toString();
    String stem = name.endsWith(".gguf") ? name.substring(0, name.length() - 5) : name;
    return model.file.path().resolveSibling(stem + ".importance.gguf");
  }
}
