package dev.lanewise.server.cli;

import dev.lanewise.bench.synth.Shape;
import dev.lanewise.bench.synth.SynthModel;
import dev.lanewise.bench.synth.WeightMix;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code lanewise synth}. */
@Command(
    name = "synth",
    description =
        "Writes a GGUF file of a known model's shape with random weights, to measure speed with.",
    mixinStandardHelpOptions = true,
    footer = {"", "Example: lanewise synth --shape llama-3.2-1b --weights q4_0"})
final class SynthCommand implements Callable<Integer> {
  /** The shapes, for the help and for completion. */
  static final class Shapes implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Shape.all().stream().map(Shape::name).iterator();
    }
  }

  /** The formats, as they are written on the command line. */
  static final class Mixes implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return java.util.Arrays.stream(WeightMix.values()).map(WeightMix::optionName).iterator();
    }
  }

  @Option(
      names = "--shape",
      paramLabel = "NAME",
      required = true,
      completionCandidates = Shapes.class,
      description = "Sizes of the model: ${COMPLETION-CANDIDATES}.")
  private String shape;

  @Option(
      names = "--weights",
      paramLabel = "FORMAT",
      required = true,
      completionCandidates = Mixes.class,
      description = "Format of the weights: ${COMPLETION-CANDIDATES}.")
  private WeightMix weights;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Start of the random numbers; the same gives the same file. Default: 1.")
  private long seed;

  @Parameters(
      paramLabel = "OUT",
      arity = "0..1",
      description = "The file to write. Default: SHAPE-FORMAT.gguf in the current folder.")
  private Path out;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    Shape sizes =
        Shape.named(shape)
            .orElseThrow(
                () ->
                    new ParameterException(
                        spec.commandLine(),
                        "--shape: no shape is called '%s'; there are %s"
                            .formatted(shape, String.join(", ", new Shapes()))));
    SynthModel model = new SynthModel(sizes, weights, seed);
    Path file = out == null ? Path.of(model.fileName()) : out;
    long start = System.nanoTime();
    model.writeTo(file);
    spec.commandLine()
        .getOut()
        .printf(
            "%s: %,d bytes in %.1f s%n", file, Files.size(file), (System.nanoTime() - start) / 1e9);
    spec.commandLine().getOut().flush();
    return 0;
  }
}
