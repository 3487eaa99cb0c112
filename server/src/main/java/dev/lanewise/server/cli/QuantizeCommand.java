package dev.lanewise.server.cli;

import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.math.thread.ThreadTeam;
import dev.lanewise.model.gguf.GgufFile;
import dev.lanewise.model.quantize.ImportanceMatrix;
import dev.lanewise.model.quantize.Quantization;
import dev.lanewise.model.quantize.TensorFormats;
import dev.lanewise.model.quantize.TensorPlan;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code lanewise quantize}. */
@Command(
    name = "quantize",
    description = {
      "Writes a GGUF model in another format, for this and other engines. A split model becomes one",
      "file."
    },
    mixinStandardHelpOptions = true,
    footer = {"", "Example: lanewise quantize llama-bf16.gguf llama-q4_k.gguf --weights q4_k"})
final class QuantizeCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "IN", description = "The model, best in BF16 or F16.")
  private Path in;

  @Parameters(index = "1", paramLabel = "OUT", description = "The file to write.")
  private Path out;

  @Option(
      names = "--weights",
      paramLabel = "FORMAT",
      converter = FileFormatConverter.class,
      required = true,
      description =
          "Format of the matrices: mxfp4, nvfp4, q8_0, q6_k, q5_k, q4_k, q5_1, q5_0, q4_1, q4_0, iq4_nl, bf16, f16 or f32.")
  private BlockFormat weights;

  @Option(
      names = "--output-weights",
      paramLabel = "FORMAT",
      converter = FileFormatConverter.class,
      description =
          "Format of the output head. Default: q6_k for K-quants, q8_0 for mxfp4 and nvfp4, else the same.")
  private Optional<BlockFormat> output;

  @Option(
      names = "--embedding-weights",
      paramLabel = "FORMAT",
      converter = FileFormatConverter.class,
      description = "Format of the token embeddings. Default: as for the output head.")
  private Optional<BlockFormat> embedding;

  @Option(
      names = "--importance",
      paramLabel = "FILE",
      description =
          "Importance matrix, of `lanewise calibrate --importance` or of llama-imatrix: which columns matter.")
  private Path importance;

  @Option(
      names = "--search",
      description =
          "Looks further for the scales of mxfp4 and nvfp4, and scales the vectors between matrices, so that layers lose the least of their outputs. Needs --importance.")
  private boolean search;

  @Mixin private ModelOptions.ThreadsOption threads;
  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    TensorFormats formats = formats();
    checkInput();
    long start = System.nanoTime();
    try (LoadingDisplay display = new LoadingDisplay(spec.commandLine().getErr());
        GgufFile file = GgufFile.open(in);
        ThreadTeam team = new ThreadTeam(threads.count())) {
      Optional<ImportanceMatrix> matrix =
          importance == null ? Optional.empty() : Optional.of(ImportanceMatrix.read(importance));
      Quantization quantization = new Quantization(file, formats, matrix, search);
      quantization.writeTo(out, team, done -> display.at("quantizing " + in, done));
      display.clear();
      if (search && !quantization.scalesVectors()) {
        spec.commandLine()
            .getErr()
            .println(
                "--search looked for scales of blocks only: no vectors of this model are known that could be scaled");
      }
      print(quantization.plans(), (System.nanoTime() - start) / 1e9);
    }
    return 0;
  }

  private TensorFormats formats() {
    boolean fp4 =
        Stream.of(Optional.of(weights), output, embedding)
            .flatMap(Optional::stream)
            .anyMatch(format -> format == BlockFormat.MXFP4 || format == BlockFormat.NVFP4);
    if (search && !fp4) {
      throw new ParameterException(
          spec.commandLine(), "--search is for mxfp4 and nvfp4; leave it out for other formats");
    }
    if (search && importance == null) {
      throw new ParameterException(
          spec.commandLine(),
          "--search goes by the inputs of the layers; measure them with `lanewise calibrate --importance`, and name the file with --importance");
    }
    return new TensorFormats(weights, embedding, output);
  }

  private void checkInput() {
    if (Files.isDirectory(in)) {
      throw new IllegalArgumentException(
          "%s: is a folder; quantize reads GGUF files. What runs a folder of safetensors converts it at the start: serve --model %s --weights %s"
              .formatted(in, in, weights.name().toLowerCase(Locale.ROOT)));
    }
  }

  private void print(List<TensorPlan> plans, double seconds) throws IOException {
    Map<String, Set<String>> others = new TreeMap<>();
    for (TensorPlan plan : plans) {
      if (plan.format() != plan.wanted()) {
        String why =
            "%s in the place of %s, whose blocks of %d rows of %d weights do not fill"
                .formatted(
                    plan.format(), plan.wanted(), plan.wanted().blockSize(), plan.source().cols());
        String name = plan.source().name().replaceFirst("^blk\\.\\d+\\.", "blk.*.");
        others.computeIfAbsent(why, _ -> new TreeSet<>()).add(name);
      }
    }
    PrintWriter err = spec.commandLine().getErr();
    others.forEach((why, names) -> err.printf("%s: %s%n", why, String.join(", ", names)));
    err.flush();
    PrintWriter printed = spec.commandLine().getOut();
    printed.printf("%s: %,d bytes in %.1f s%n", out, Files.size(out), seconds);
    printed.flush();
  }
}
