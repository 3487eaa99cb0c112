package dev.lanewise.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lanewise.server.helm.Chart;
import dev.lanewise.server.helm.Combination;
import dev.lanewise.server.helm.Manifests;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import picocli.CommandLine;

/** The chart gives the real command options that it takes. */
final class ChartOptionsTest {
  /** What the image sets, see the Dockerfile. */
  private static final Map<String, String> IMAGE =
      Map.of("LANEWISE_HOST", "0.0.0.0", "LANEWISE_PORT", "8080");

  @TempDir private Path folder;

  private List<String> arguments(Manifests manifests) throws IOException {
    // Files of the container are put in the folder instead.
    String options = manifests.options().replaceAll("(?m): /", ": " + folder + "/");
    Path file = Files.writeString(folder.resolve("lanewise.yaml"), options);
    List<String> arguments = new ArrayList<>();
    for (JsonNode argument : manifests.server().get("args")) {
      arguments.add(
          argument.asText().replace("/etc/lanewise/config/lanewise.yaml", file.toString()));
    }
    return arguments;
  }

  @ParameterizedTest
  @EnumSource
  void serveReadsTheOptionsOfTheConfigMap(Combination combination) throws IOException {
    Files.createDirectories(folder.resolve("etc/lanewise/keys"));
    Files.writeString(folder.resolve("etc/lanewise/keys/keys"), "key\n");
    List<String> arguments = arguments(combination.render());
    // Everything is read before the model, which is none.
    Path noModel = Files.writeString(folder.resolve("none.gguf"), "hello, this is text");
    arguments.removeIf(
        argument -> argument.startsWith("--host=") || argument.startsWith("--port="));
    arguments.addAll(List.of("--host=127.0.0.1", "--port=0", "--metrics-port=0"));
    arguments.add("--model=" + noModel);
    Ran ran = Ran.run(IMAGE, arguments.toArray(String[]::new));
    assertEquals(1, ran.code(), ran.err());
    String missing = ran.err().lines().toList().getLast();
    assertTrue(missing.contains("not a GGUF file") || missing.contains("no such file"), ran.err());
  }

  @Test
  void portsOfTheValuesWinOverThoseOfTheImage() throws IOException {
    Manifests manifests = Chart.render("{port: 8000, metricsPort: 9000}");
    CommandLine.ParseResult serve =
        Lanewise.commandLine(IMAGE)
            .parseArgs(arguments(manifests).toArray(String[]::new))
            .subcommand();
    assertEquals(8000, (int) serve.commandSpec().findOption("--port").getValue());
    assertEquals(9000, (int) serve.commandSpec().findOption("--metrics-port").getValue());
    assertEquals("0.0.0.0", serve.commandSpec().findOption("--host").getValue());
  }

  /**
   * An option that is new belongs into values.schema.json, unless another value of the chart sets
   * it.
   */
  @Test
  void configTakesAllOptionsThatNoOtherValueSets() throws IOException {
    Set<String> options =
        Lanewise.commandLine(Map.of())
            .getSubcommands()
            .get("serve")
            .getCommandSpec()
            .options()
            .stream()
            .map(OptionSources::longName)
            .collect(Collectors.toCollection(TreeSet::new));
    options.removeAll(Set.of("help", "version", "config", "host", "port", "metrics-port"));
    // The chart downloads models itself.
    options.removeAll(Set.of("hub", "revision", "token-file", "models"));
    options.removeAll(Set.of("model", "pack-cache", "api-key-file", "tls-cert", "tls-key"));
    JsonNode schema =
        new ObjectMapper().readTree(Chart.FOLDER.resolve("values.schema.json").toFile());
    Set<String> known =
        schema.at("/properties/config/properties").properties().stream()
            .map(Map.Entry::getKey)
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(options, known);
  }
}
