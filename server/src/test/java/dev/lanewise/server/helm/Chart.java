package dev.lanewise.server.helm;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.marcnuri.helm.Helm;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The chart, rendered as {@code helm install demo helm --namespace llm} does. */
public final class Chart {
  public static final Path FOLDER =
      Path.of(System.getProperty("lanewise.models")).resolveSibling("helm");

  static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

  private static final Path WITHOUT_HOOKS = copyWithoutHooks();

  private Chart() {}

  /**
   * A copy of the chart in which the pod of {@code helm test} is an object like others, since hooks
   * are left out of what is rendered here.
   */
  private static Path copyWithoutHooks() {
    try {
      Path copy = Files.createTempDirectory(Path.of("target"), "chart");
      copyTo(copy);
      Path pod = copy.resolve("templates/tests/smoke.yaml");
      String hook = "    helm.sh/hook: test\n";
      String text = Files.readString(pod);
      if (!text.contains(hook)) {
        throw new AssertionError("no hook in " + text);
      }
      Files.writeString(pod, text.replace(hook, ""));
      return copy;
    } catch (IOException unexpected) {
      throw new UncheckedIOException(unexpected);
    }
  }

  /** Copies the chart into an empty folder. */
  static void copyTo(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(FOLDER)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path copy = folder.resolve(FOLDER.relativize(file));
        Files.createDirectories(copy.getParent());
        Files.copy(file, copy);
      }
    }
  }

  /**
   * What the chart makes of values.
   *
   * @param values YAML that goes over values.yaml
   * @throws IllegalStateException if Helm refuses; the message says why
   */
  public static Manifests render(String values) {
    return render(WITHOUT_HOOKS, values, "1.35.0");
  }

  static Manifests render(Path folder, String values, String kubernetes) {
    try {
      Path file = Files.createTempFile("values", ".yaml");
      try {
        Files.writeString(file, values);
        return new Manifests(
            documents(
                new Helm(folder)
                    .template()
                    .withName("demo")
                    .withNamespace("llm")
                    .withKubeVersion(kubernetes)
                    .withValuesFile(file)
                    .call()));
      } finally {
        Files.delete(file);
      }
    } catch (IOException unexpected) {
      throw new UncheckedIOException(unexpected);
    }
  }

  /** The documents of a YAML file that are not empty. */
  static List<JsonNode> documents(String yaml) throws IOException {
    List<JsonNode> documents = new ArrayList<>();
    try (MappingIterator<JsonNode> all = YAML.readerFor(JsonNode.class).readValues(yaml)) {
      all.forEachRemaining(
          document -> {
            if (document != null && !document.isNull() && !document.isMissingNode()) {
              documents.add(document);
            }
          });
    }
    return documents;
  }

  static JsonNode file(String name) throws IOException {
    return YAML.readTree(FOLDER.resolve(name).toFile());
  }
}
