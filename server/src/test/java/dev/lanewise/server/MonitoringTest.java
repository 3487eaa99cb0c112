package dev.lanewise.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.lanewise.engine.sparse.SparsityChoice;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The dashboard and the alert rules name only metrics and labels that a server has. */
final class MonitoringTest {
  private static final Path HELM =
      Path.of(System.getProperty("lanewise.models")).resolveSibling("helm");

  /** Labels that Prometheus adds to what it scrapes. */
  private static final Set<String> TARGET = Set.of("job", "instance", "namespace");

  private static final Pattern LABEL_VALUES = Pattern.compile("label_values\\((.*), (\\w+)\\)");
  private static final Pattern LEGEND_LABEL = Pattern.compile("\\{\\{(\\w+)}}");

  private static final JsonNode DASHBOARD = read(new ObjectMapper(), "dashboards/lanewise.json");
  private static final JsonNode RULES =
      read(new ObjectMapper(new YAMLFactory()), "rules/lanewise.yaml");

  /** Labels of all metrics, by name. */
  private static final Map<String, Set<String>> KNOWN = new HashMap<>();

  @TempDir private static Path folder;

  /** A place where an expression stands, and labels that are shown of its result. */
  record Use(String place, String expression, Set<String> shown) {
    @Override
    public String toString() {
      return place + ": " + expression;
    }
  }

  @BeforeAll
  static void scrape() throws Exception {
    SparsityChoice sparsity = SparsityChoice.parse(Thresholds.writeTo(folder).toString());
    try (RunningServer server = RunningServer.start(sparsity)) {
      String chat =
          """
          {"model":"%s","max_tokens":4,"messages":[{"role":"user","content":"Count to ten."}]}"""
              .formatted(RunningServer.MODEL);
      assertEquals(200, server.post("/v1/chat/completions", chat).statusCode());
      KNOWN.putAll(Scrape.of(server).labels());
    }
    KNOWN.put("up", Set.of()); // of Prometheus itself
    for (JsonNode rule : RULES.findParents("record")) {
      KNOWN.put(
          rule.get("record").textValue(), PromQl.parse(rule.get("expr").textValue()).labels());
    }
  }

  private static JsonNode read(ObjectMapper mapper, String file) {
    try {
      return mapper.readTree(HELM.resolve(file).toFile());
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  static List<Use> panels() {
    List<Use> uses = new ArrayList<>();
    for (JsonNode panel : DASHBOARD.get("panels")) {
      for (JsonNode target : panel.path("targets")) {
        Set<String> shown = new HashSet<>();
        LEGEND_LABEL
            .matcher(target.get("legendFormat").textValue())
            .results()
            .forEach(label -> shown.add(label.group(1)));
        uses.add(new Use(panel.get("title").textValue(), target.get("expr").textValue(), shown));
      }
    }
    return uses;
  }

  static List<Use> variables() {
    List<Use> uses = new ArrayList<>();
    for (JsonNode variable : DASHBOARD.at("/templating/list")) {
      if (variable.get("type").textValue().equals("query")) {
        String query = variable.at("/query/query").textValue();
        assertEquals(query, variable.get("definition").textValue());
        Matcher values = LABEL_VALUES.matcher(query);
        assertTrue(values.matches(), query);
        uses.add(
            new Use(variable.get("name").textValue(), values.group(1), Set.of(values.group(2))));
      }
    }
    return uses;
  }

  static List<Use> rules() {
    return RULES.findParents("expr").stream()
        .map(rule -> new Use(name(rule), rule.get("expr").textValue(), Set.of()))
        .toList();
  }

  private static String name(JsonNode rule) {
    return rule.has("alert") ? rule.get("alert").textValue() : rule.get("record").textValue();
  }

  @ParameterizedTest
  @MethodSource({"panels", "variables", "rules"})
  void namesAreThoseOfAServer(Use use) {
    PromQl names = PromQl.parse(use.expression());
    assertFalse(names.metrics().isEmpty());
    Set<String> labels = new HashSet<>(names.labels());
    labels.addAll(use.shown());
    labels.removeAll(TARGET);
    for (String metric : names.metrics()) {
      assertTrue(KNOWN.containsKey(metric), metric + " is in no scrape");
      assertTrue(KNOWN.get(metric).containsAll(labels), metric + " has " + KNOWN.get(metric));
    }
  }

  @Test
  void panelsSayWhatTheyShow() {
    for (JsonNode panel : DASHBOARD.get("panels")) {
      String title = panel.get("title").textValue();
      assertFalse(title.isBlank());
      if (!panel.get("type").textValue().equals("row")) {
        assertFalse(panel.path("description").asText().isBlank(), title);
        assertFalse(panel.at("/fieldConfig/defaults/unit").asText().isBlank(), title);
        assertTrue(panel.get("targets").size() > 0, title);
      }
    }
  }

  @Test
  void alertsSayWhatToDo() {
    for (JsonNode alert : RULES.findParents("alert")) {
      for (String field :
          List.of("/for", "/labels/severity", "/annotations/summary", "/annotations/description")) {
        assertFalse(alert.at(field).asText().isBlank(), name(alert) + field);
      }
    }
  }
}
