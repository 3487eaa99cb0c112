package dev.lanewise.server.helm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the chart's README says is so, and the examples are what they should be. */
final class DocumentationTest {
  private static final Path REPOSITORY = Chart.FOLDER.toAbsolutePath().getParent();

  /** The keys in the first column of the README's tables. */
  private static Set<String> documented() throws IOException {
    Matcher row =
        Pattern.compile("(?m)^\\| (`[^|]+`) \\|")
            .matcher(Files.readString(Chart.FOLDER.resolve("README.md")));
    Set<String> keys = new TreeSet<>();
    while (row.find()) {
      for (String key : row.group(1).split(", ")) {
        assertTrue(keys.add(key.replace("`", "")), key + " is there twice");
      }
    }
    return keys;
  }

  @Test
  void readmeHasAllValuesAndNoOthers() throws IOException {
    JsonNode values = Chart.file("values.yaml");
    Set<String> documented = documented();
    for (String key : documented) {
      assertFalse(values.at("/" + key.replace('.', '/')).isMissingNode(), "no value " + key);
    }
    List<String> missing = new ArrayList<>();
    collect("", values, documented, missing);
    assertEquals(List.of(), missing);
  }

  private static void collect(
      String key, JsonNode value, Set<String> documented, List<String> missing) {
    if (documented.contains(key)) {
      return;
    }
    if (!value.isObject() || value.isEmpty()) {
      missing.add(key);
      return;
    }
    for (Map.Entry<String, JsonNode> entry : value.properties()) {
      collect(
          key.isEmpty() ? entry.getKey() : key + "." + entry.getKey(),
          entry.getValue(),
          documented,
          missing);
    }
  }

  @Test
  void theSchemaHasNoValuesThatAreNone() throws IOException {
    JsonNode values = Chart.file("values.yaml");
    // Options of serve have no defaults here, and Helm itself sets global.
    Set<String> open = Set.of("global", "config");
    check("", Chart.file("values.schema.json"), values, open);
  }

  private static void check(String key, JsonNode schema, JsonNode values, Set<String> open) {
    for (Map.Entry<String, JsonNode> property : schema.path("properties").properties()) {
      if (key.isEmpty() && open.contains(property.getKey())) {
        continue;
      }
      String name = key + "/" + property.getKey();
      JsonNode value = values.get(property.getKey());
      assertTrue(value != null, "no value " + name);
      check(name, property.getValue(), value, open);
    }
  }

  static Stream<Path> examples() throws IOException {
    try (Stream<Path> files = Files.list(Chart.FOLDER.resolve("examples"))) {
      return files.filter(file -> file.toString().endsWith(".yaml")).sorted().toList().stream();
    }
  }

  @ParameterizedTest
  @MethodSource("examples")
  void examplesAreValidAndNameMetricsThatExist(Path example) throws IOException {
    String text = Files.readString(example);
    List<JsonNode> documents = Chart.documents(text);
    assertFalse(documents.isEmpty());
    for (JsonNode document : documents) {
      if (document.has("apiVersion")) {
        KubernetesModel.assertValid(document);
      }
    }
    String metrics = Files.readString(REPOSITORY.resolve("docs/metrics.md"));
    Matcher name = Pattern.compile("lanewise_[a-z_]+").matcher(text);
    while (name.find()) {
      assertTrue(metrics.contains("`" + name.group() + "`"), name.group());
    }
  }

  @Test
  void pickersSelectThePodsOfTheChart() throws IOException {
    ObjectNode labels = Chart.render("").workload().at("/spec/selector/matchLabels").deepCopy();
    labels.put("app.kubernetes.io/instance", "lanewise");
    assertEquals(
        labels, Chart.file("examples/picker-values.yaml").at("/router/modelServers/matchLabels"));
    assertEquals(
        labels,
        Chart.file("examples/picker-flags-values.yaml")
            .at("/inferencePool/modelServers/matchLabels"));
  }

  @ParameterizedTest
  @MethodSource("shownValues")
  void valuesShownInTheDocumentationAreAccepted(String values) {
    Chart.render(values).all().forEach(KubernetesModel::assertValid);
  }

  @Test
  void theRouteThatIsShownIsTheCharts() throws IOException {
    String page = Files.readString(REPOSITORY.resolve("docs/deployment.md"));
    JsonNode shown =
        Chart.YAML.readTree(block(page, "(apiVersion: gateway.networking.k8s.io/v1\\n.*?)"));
    JsonNode made = Chart.render(block(page, "# pool-values.yaml\\n(.*?)")).only("HTTPRoute");
    assertEquals(made.get("spec"), shown.get("spec"));
    assertEquals(made.get("kind"), shown.get("kind"));
  }

  private static String block(String page, String content) {
    Matcher block = Pattern.compile("```yaml\\n" + content + "```", Pattern.DOTALL).matcher(page);
    assertTrue(block.find(), content);
    return block.group(1);
  }

  /** YAML blocks that begin with a comment "values" are values of the chart. */
  static Stream<String> shownValues() throws IOException {
    List<String> blocks = new ArrayList<>();
    for (Path file :
        List.of(Chart.FOLDER.resolve("README.md"), REPOSITORY.resolve("docs/deployment.md"))) {
      Matcher block =
          Pattern.compile("```yaml\\n# [a-z-]*values.yaml\\n(.*?)```", Pattern.DOTALL)
              .matcher(Files.readString(file));
      while (block.find()) {
        blocks.add(block.group(1));
      }
    }
    assertFalse(blocks.isEmpty());
    return blocks.stream();
  }
}
