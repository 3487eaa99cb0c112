package dev.lanewise.server.cli;

import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.model.StoredModel;
import dev.lanewise.model.gguf.Metadata;
import dev.lanewise.model.gguf.TensorInfo;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code lanewise inspect}. */
@Command(
    name = "inspect",
    description =
        "Shows what is in the files of a model: metadata, tensors, sizes. Loads no weights.",
    mixinStandardHelpOptions = true)
final class InspectCommand implements Callable<Integer> {
  private static final int LONGEST_VALUE = 70;
  private static final int SHOWN_ELEMENTS = 6;

  @Parameters(
      paramLabel = "FILE",
      description =
          "GGUF file; of a split model, its first part. Or a folder of safetensors, or OWNER/NAME[:FILE]"
              + " of a model on a hub.")
  private String named;

  @Mixin private HubOptions hub;
  @Mixin LoadOptions.ConfigOption config;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    Path file = hub.locate(named, spec.commandLine().getErr());
    try (StoredModel model = StoredModel.open(file)) {
      out.printf("%s: %s, %,d bytes%n", file, model.format(), model.fileBytes());
      Metadata metadata = model.metadata();
      out.printf("%nMetadata (%d keys)%n", metadata.keys().size());
      for (String key : metadata.keys()) {
        out.printf("  %-44s %s%n", key, abbreviated(metadata.raw(key)));
      }
      List<TensorInfo> tensors = model.tensors();
      out.printf("%nTensors (%d)%n", tensors.size());
      for (TensorInfo tensor : tensors) {
        String dims =
            tensor.dims().stream().map(String::valueOf).collect(Collectors.joining(" x "));
        out.printf(
            "  %-34s %-5s %-18s %,14d bytes%n",
            tensor.name(), tensor.format(), dims, tensor.bytes());
      }
      out.printf("%nWeights%n");
      Map<BlockFormat, long[]> sums = new EnumMap<>(BlockFormat.class);
      for (TensorInfo tensor : tensors) {
        long[] sum = sums.computeIfAbsent(tensor.format(), format -> new long[2]);
        sum[0] += tensor.elements();
        sum[1] += tensor.bytes();
      }
      sums.forEach(
          (format, sum) ->
              out.printf("  %-5s %,16d weights %,16d bytes%n", format, sum[0], sum[1]));
      out.printf(
          "  total %,16d weights %,16d bytes%n",
          sums.values().stream().mapToLong(sum -> sum[0]).sum(),
          sums.values().stream().mapToLong(sum -> sum[1]).sum());
    }
    out.flush();
    return 0;
  }

  private static String abbreviated(Object value) {
    String text =
        switch (value) {
          case String string -> '"' + string.replace("\n", "\\n") + '"';
          case int[] array ->
              array(
                  array.length,
                  java.util.Arrays.stream(array).boxed().limit(SHOWN_ELEMENTS).toList());
          case float[] array -> "[%d floating-point numbers]".formatted(array.length);
          case List<?> list -> array(list.size(), list.stream().limit(SHOWN_ELEMENTS).toList());
          default -> value.toString();
        };
    text =
        text.codePoints()
            .map(c -> Character.isISOControl(c) ? '?' : c)
            .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
            .toString();
    return text.length() <= LONGEST_VALUE
        ? text
        : "%s... (%d characters)".formatted(text.substring(0, LONGEST_VALUE), text.length());
  }

  private static String array(int length, List<?> first) {
    String shown = first.stream().map(String::valueOf).collect(Collectors.joining(", "));
    return "[%s%s] (%d)".formatted(shown, length > first.size() ? ", ..." : "", length);
  }
}
