package dev.lanewise.server.helm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/** Kubernetes objects, as YAML documents. */
public record Manifests(List<JsonNode> all) {
  public List<JsonNode> ofKind(String kind) {
    return all.stream().filter(manifest -> manifest.path("kind").asText().equals(kind)).toList();
  }

  /** The only object of a kind. */
  public JsonNode only(String kind) {
    List<JsonNode> found = ofKind(kind);
    assertEquals(1, found.size(), kind);
    return found.getFirst();
  }

  /** The Deployment or StatefulSet. */
  JsonNode workload() {
    return ofKind("StatefulSet").isEmpty() ? only("Deployment") : only("StatefulSet");
  }

  public JsonNode podSpec() {
    return workload().at("/spec/template/spec");
  }

  public JsonNode server() {
    return podSpec().at("/containers/0");
  }

  /** What {@code --config} reads. */
  public String options() {
    return ofKind("ConfigMap").getFirst().at("/data/lanewise.yaml").asText();
  }
}
