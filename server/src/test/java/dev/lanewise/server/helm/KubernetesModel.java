package dev.lanewise.server.helm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import io.kubernetes.client.openapi.models.V1ConfigMap;
import io.kubernetes.client.openapi.models.V1CronJob;
import io.kubernetes.client.openapi.models.V1Deployment;
import io.kubernetes.client.openapi.models.V1Ingress;
import io.kubernetes.client.openapi.models.V1Job;
import io.kubernetes.client.openapi.models.V1NetworkPolicy;
import io.kubernetes.client.openapi.models.V1PersistentVolumeClaim;
import io.kubernetes.client.openapi.models.V1Pod;
import io.kubernetes.client.openapi.models.V1PodDisruptionBudget;
import io.kubernetes.client.openapi.models.V1Secret;
import io.kubernetes.client.openapi.models.V1Service;
import io.kubernetes.client.openapi.models.V1ServiceAccount;
import io.kubernetes.client.openapi.models.V1StatefulSet;
import io.kubernetes.client.openapi.models.V2HorizontalPodAutoscaler;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What the API server would say of an object: kinds of Kubernetes itself are checked against their
 * OpenAPI models, in which fields that do not exist are errors; others against the fields that
 * their definitions require and know.
 */
final class KubernetesModel {
  private interface Model {
    void validate(JsonElement manifest) throws IOException;
  }

  private static final Map<String, Model> OWN =
      Map.ofEntries(
          Map.entry("v1 ConfigMap", V1ConfigMap::validateJsonElement),
          Map.entry("v1 PersistentVolumeClaim", V1PersistentVolumeClaim::validateJsonElement),
          Map.entry("v1 Pod", V1Pod::validateJsonElement),
          Map.entry("v1 Secret", V1Secret::validateJsonElement),
          Map.entry("v1 Service", V1Service::validateJsonElement),
          Map.entry("v1 ServiceAccount", V1ServiceAccount::validateJsonElement),
          Map.entry("apps/v1 Deployment", V1Deployment::validateJsonElement),
          Map.entry("apps/v1 StatefulSet", V1StatefulSet::validateJsonElement),
          Map.entry(
              "autoscaling/v2 HorizontalPodAutoscaler",
              V2HorizontalPodAutoscaler::validateJsonElement),
          Map.entry("batch/v1 CronJob", V1CronJob::validateJsonElement),
          Map.entry("batch/v1 Job", V1Job::validateJsonElement),
          Map.entry("networking.k8s.io/v1 Ingress", V1Ingress::validateJsonElement),
          Map.entry("networking.k8s.io/v1 NetworkPolicy", V1NetworkPolicy::validateJsonElement),
          Map.entry("policy/v1 PodDisruptionBudget", V1PodDisruptionBudget::validateJsonElement));

  /** What a definition requires in the places of an object, and what else may be there. */
  private record Place(String pointer, List<String> required, List<String> optional) {}

  private static final Map<String, List<Place>> FOREIGN =
      Map.of(
          "monitoring.coreos.com/v1 ServiceMonitor",
          List.of(
              new Place("/spec", List.of("selector", "endpoints"), List.of()),
              new Place("/spec/selector", List.of("matchLabels"), List.of()),
              new Place(
                  "/spec/endpoints/0",
                  List.of("port", "path", "scheme", "interval"),
                  List.of("tlsConfig"))),
          "monitoring.coreos.com/v1 PrometheusRule",
          List.of(
              new Place("/spec", List.of("groups"), List.of()),
              new Place("/spec/groups/0", List.of("name", "rules"), List.of("interval", "labels"))),
          "keda.sh/v1alpha1 ScaledObject",
          List.of(
              new Place(
                  "/spec",
                  List.of("scaleTargetRef", "triggers", "minReplicaCount", "maxReplicaCount"),
                  List.of("pollingInterval", "advanced")),
              new Place("/spec/scaleTargetRef", List.of("apiVersion", "kind", "name"), List.of()),
              new Place("/spec/triggers/0", List.of("type", "metadata"), List.of("metricType"))),
          "gateway.networking.k8s.io/v1 HTTPRoute",
          List.of(
              new Place("/spec", List.of("parentRefs", "rules"), List.of("hostnames")),
              new Place("/spec/rules/0", List.of("matches", "backendRefs"), List.of("timeouts")),
              new Place(
                  "/spec/rules/0/backendRefs/0",
                  List.of("name"),
                  List.of("group", "kind", "port"))),
          "inference.networking.k8s.io/v1 InferencePool",
          List.of(
              new Place(
                  "/spec", List.of("selector", "targetPorts", "endpointPickerRef"), List.of()),
              new Place("/spec/selector", List.of("matchLabels"), List.of()),
              new Place("/spec/targetPorts/0", List.of("number"), List.of()),
              new Place(
                  "/spec/endpointPickerRef",
                  List.of("name"),
                  List.of("kind", "port", "failureMode"))));

  private KubernetesModel() {}

  static void assertValid(JsonNode manifest) {
    String kind = manifest.path("apiVersion").asText() + " " + manifest.path("kind").asText();
    String name = manifest.at("/metadata/name").asText();
    assertTrue(name.matches("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"), kind + " '" + name + "'");
    if (OWN.containsKey(kind)) {
      try {
        OWN.get(kind).validate(JsonParser.parseString(manifest.toString()));
      } catch (IOException | IllegalArgumentException wrong) {
        throw new AssertionError(kind + " " + name + ": " + wrong.getMessage(), wrong);
      }
    } else {
      assertTrue(FOREIGN.containsKey(kind), "no model of " + kind);
      assertEquals(List.of("apiVersion", "kind", "metadata", "spec"), names(manifest));
      FOREIGN.get(kind).forEach(place -> assertFields(kind, manifest, place));
    }
  }

  private static void assertFields(String kind, JsonNode manifest, Place place) {
    List<String> fields = names(manifest.at(place.pointer()));
    String where = kind + place.pointer() + " " + fields;
    assertTrue(fields.containsAll(place.required()), where);
    List<String> known = new ArrayList<>(place.required());
    known.addAll(place.optional());
    assertTrue(known.containsAll(fields), where);
  }

  private static List<String> names(JsonNode object) {
    return object.properties().stream().map(Map.Entry::getKey).toList();
  }
}
