package dev.lanewise.server.helm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Alert rules and the dashboard, which the chart takes from files as they are. */
final class MonitoringFilesTest {
  private static final String RULES =
      "monitoring: {rules: {enabled: true, labels: {release: prometheus}}}";
  private static final String DASHBOARD = "monitoring: {dashboard: {enabled: true}}";

  @TempDir private Path folder;

  @BeforeEach
  void copyTheChartWithoutTheFiles() throws IOException {
    Chart.copyTo(folder);
    Files.deleteIfExists(folder.resolve("rules/lanewise.yaml"));
    Files.deleteIfExists(folder.resolve("dashboards/lanewise.json"));
  }

  @Test
  void filesBecomeObjects() throws IOException {
    String rules =
        """
        # Of a test.
        groups:
          - name: lanewise
            rules:
              - alert: Waiting
                expr: lanewise_requests_waiting > 10
                annotations: {summary: "{{ $labels.pod }} is busy"}
        """;
    Files.createDirectories(folder.resolve("rules"));
    Files.writeString(folder.resolve("rules/lanewise.yaml"), rules);
    JsonNode rule = render(RULES).only("PrometheusRule");
    KubernetesModel.assertValid(rule);
    assertEquals(Chart.YAML.readTree(rules), rule.get("spec"));
    assertEquals("prometheus", rule.at("/metadata/labels/release").asText());
    String dashboard = "{\"title\": \"{{pod}}\",\n\"panels\": []}\n";
    Files.createDirectories(folder.resolve("dashboards"));
    Files.writeString(folder.resolve("dashboards/lanewise.json"), dashboard);
    List<JsonNode> maps = render(DASHBOARD).ofKind("ConfigMap");
    assertEquals(2, maps.size());
    JsonNode map =
        maps.stream().filter(one -> one.get("data").has("lanewise.json")).findFirst().orElseThrow();
    KubernetesModel.assertValid(map);
    assertEquals(dashboard, map.at("/data/lanewise.json").asText());
    assertEquals("1", map.at("/metadata/labels/grafana_dashboard").asText());
  }

  @Test
  void aMissingFileIsNamed() {
    assertMissing(RULES, "rules/lanewise.yaml");
    assertMissing(DASHBOARD, "dashboards/lanewise.json");
  }

  private void assertMissing(String values, String file) {
    IllegalStateException refused = assertThrows(IllegalStateException.class, () -> render(values));
    assertTrue(refused.getMessage().contains("the chart has no " + file), refused.getMessage());
  }

  private Manifests render(String values) {
    return Chart.render(folder, values, "1.35.0");
  }
}
