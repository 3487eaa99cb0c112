package dev.lanewise.server.helm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.marcnuri.helm.Helm;
import com.marcnuri.helm.LintResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the chart makes of values. */
final class ChartTest {
  private static List<JsonNode> list(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).toList();
  }

  private static Optional<JsonNode> find(JsonNode array, Predicate<JsonNode> wanted) {
    return list(array).stream().filter(wanted).findFirst();
  }

  private static JsonNode named(JsonNode array, String name) {
    return find(array, item -> item.path("name").asText().equals(name))
        .orElseThrow(() -> new AssertionError("no " + name + " in " + array));
  }

  private static JsonNode yaml(String text) throws Exception {
    return Chart.YAML.readTree(text);
  }

  @Test
  void lintFindsNothing() {
    LintResult result = new Helm(Chart.FOLDER).lint().strict().call();
    assertFalse(result.isFailed(), result.getMessages().toString());
  }

  @ParameterizedTest
  @EnumSource
  void objectsAreWhatKubernetesKnows(Combination combination) {
    List<JsonNode> all = combination.render().all();
    all.forEach(KubernetesModel::assertValid);
    List<String> names =
        all.stream().map(one -> one.get("kind") + " " + one.at("/metadata/name")).toList();
    assertEquals(names.stream().distinct().toList(), names);
  }

  @ParameterizedTest
  @EnumSource
  void selectorsFindTheServersAndNothingElse(Combination combination) {
    Manifests manifests = combination.render();
    JsonNode labels = manifests.workload().at("/spec/template/metadata/labels");
    List<JsonNode> selectors = new ArrayList<>();
    selectors.add(manifests.workload().at("/spec/selector/matchLabels"));
    manifests.ofKind("Service").forEach(one -> selectors.add(one.at("/spec/selector")));
    selectors.add(manifests.only("PodDisruptionBudget").at("/spec/selector/matchLabels"));
    selectors.add(manifests.only("NetworkPolicy").at("/spec/podSelector/matchLabels"));
    manifests
        .ofKind("InferencePool")
        .forEach(one -> selectors.add(one.at("/spec/selector/matchLabels")));
    JsonNode testLabels = manifests.only("Pod").at("/metadata/labels");
    for (JsonNode selector : selectors) {
      assertEquals(3, selector.size());
      assertTrue(matches(selector, labels), selector.toString());
      assertFalse(matches(selector, testLabels), "the test's pod is no server");
    }
    for (JsonNode monitor : manifests.ofKind("ServiceMonitor")) {
      JsonNode selector = monitor.at("/spec/selector/matchLabels");
      long found =
          manifests.ofKind("Service").stream()
              .filter(service -> matches(selector, service.at("/metadata/labels")))
              .count();
      assertEquals(1, found, "each pod is scraped once");
    }
  }

  private static boolean matches(JsonNode selector, JsonNode labels) {
    return selector.properties().stream()
        .allMatch(wanted -> wanted.getValue().equals(labels.get(wanted.getKey())));
  }

  @ParameterizedTest
  @EnumSource
  void selectorsStayWhenTheChartChanges(Combination combination) {
    JsonNode workload = combination.render().workload();
    for (String immutable : List.of("/spec/selector", "/spec/volumeClaimTemplates")) {
      assertFalse(workload.at(immutable).toString().contains("helm.sh/chart"));
      assertFalse(workload.at(immutable).toString().contains("version"));
    }
  }

  /**
   * The standard "restricted" of
   * https://kubernetes.io/docs/concepts/security/pod-security-standards/.
   */
  @ParameterizedTest
  @EnumSource
  void podsPassTheRestrictedStandard(Combination combination) throws Exception {
    Manifests manifests = combination.render();
    for (JsonNode pod : List.of(manifests.podSpec(), manifests.only("Pod").get("spec"))) {
      assertEquals(
          yaml(
              "{runAsNonRoot: true, runAsUser: 10001, runAsGroup: 10001, fsGroup: 10001,"
                  + " fsGroupChangePolicy: OnRootMismatch, seccompProfile: {type: RuntimeDefault}}"),
          pod.get("securityContext"));
      assertFalse(pod.get("automountServiceAccountToken").asBoolean());
      List<JsonNode> containers = new ArrayList<>(list(pod.get("containers")));
      containers.addAll(list(pod.path("initContainers")));
      for (JsonNode container : containers) {
        assertEquals(
            yaml(
                "{allowPrivilegeEscalation: false, readOnlyRootFilesystem: true,"
                    + " capabilities: {drop: [ALL]}}"),
            container.get("securityContext"));
        assertFalse(container.at("/resources/requests").isMissingNode());
        assertFalse(container.at("/resources/limits/memory").isMissingNode());
      }
      assertFalse(pod.toString().contains("hostPath"));
      assertFalse(pod.has("hostNetwork"));
    }
    manifests
        .ofKind("ServiceAccount")
        .forEach(account -> assertFalse(account.get("automountServiceAccountToken").asBoolean()));
  }

  @Test
  void idsMayBeLeftToThePlatform() throws Exception {
    Manifests manifests =
        Chart.render("securityContext: {runAsUser: null, runAsGroup: null, fsGroup: null}");
    assertEquals(
        yaml("{runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}"),
        manifests.podSpec().get("securityContext"));
  }

  @ParameterizedTest
  @EnumSource
  void volumesAndPortsThatAreNamedAreThere(Combination combination) {
    Manifests manifests = combination.render();
    JsonNode pod = manifests.podSpec();
    List<String> volumes = new ArrayList<>();
    pod.get("volumes").forEach(volume -> volumes.add(volume.get("name").asText()));
    manifests
        .workload()
        .at("/spec/volumeClaimTemplates")
        .forEach(claim -> volumes.add(claim.at("/metadata/name").asText()));
    assertEquals(volumes.stream().distinct().toList(), volumes);
    List<JsonNode> mounts = new ArrayList<>(list(manifests.server().get("volumeMounts")));
    mounts.addAll(list(pod.at("/initContainers/0/volumeMounts")));
    for (JsonNode mount : mounts) {
      assertTrue(volumes.contains(mount.get("name").asText()), mount.toString());
    }
    JsonNode ports = manifests.server().get("ports");
    manifests
        .ofKind("Service")
        .forEach(
            service ->
                service
                    .at("/spec/ports")
                    .forEach(port -> named(ports, port.get("targetPort").asText())));
    for (String probe : List.of("startupProbe", "readinessProbe", "livenessProbe")) {
      named(ports, manifests.server().at("/" + probe + "/httpGet/port").asText());
    }
  }

  @ParameterizedTest
  @EnumSource
  void podsEndAfterTheirRequests(Combination combination) throws Exception {
    Manifests manifests = combination.render();
    int sleep = manifests.server().at("/lifecycle/preStop/sleep/seconds").asInt();
    int grace = yaml(manifests.options()).path("grace").asInt(30);
    assertTrue(sleep > 0);
    assertTrue(manifests.podSpec().get("terminationGracePeriodSeconds").asInt() > sleep + grace);
  }

  @ParameterizedTest
  @EnumSource
  void noServiceSetsOptionsByItsName(Combination combination) {
    JsonNode links = combination.render().podSpec().get("enableServiceLinks");
    assertFalse(links.asBoolean(true), "a Service lanewise would set LANEWISE_PORT");
  }

  @Test
  void aChangedOptionRestartsPods() {
    String checksum = "/spec/template/metadata/annotations/checksum~1config";
    String before = Combination.DEFAULTS.render().workload().at(checksum).asText();
    assertEquals(64, before.length());
    assertNotEquals(before, Chart.render("config: {parallel: 8}").workload().at(checksum).asText());
    assertEquals(before, Chart.render("replicas: 2").workload().at(checksum).asText());
  }

  @Test
  void aModelOfAClaimIsMountedReadOnly() throws Exception {
    Manifests manifests = Combination.MODEL_FROM_CLAIM.render();
    assertEquals(
        "/models/llama/llama-3.2-1b-q4_0.gguf", yaml(manifests.options()).get("model").asText());
    assertEquals(
        yaml("{name: model, persistentVolumeClaim: {claimName: models, readOnly: true}}"),
        named(manifests.podSpec().get("volumes"), "model"));
    assertTrue(manifests.ofKind("PersistentVolumeClaim").isEmpty());
    Manifests made = Combination.MODEL_FROM_CLAIM_OF_THE_CHART.render();
    JsonNode claim = made.only("PersistentVolumeClaim");
    assertEquals(
        claim.at("/metadata/name"),
        named(made.podSpec().get("volumes"), "model").at("/persistentVolumeClaim/claimName"));
    assertEquals("keep", claim.at("/metadata/annotations/helm.sh~1resource-policy").asText());
    assertEquals("20Gi", claim.at("/spec/resources/requests/storage").asText());
  }

  @Test
  void aModelOfAnImageIsAnImageVolume() throws Exception {
    Manifests manifests = Combination.MODEL_FROM_IMAGE.render();
    assertEquals("/models/llama.gguf", yaml(manifests.options()).get("model").asText());
    assertEquals(
        yaml(
            "{name: model, image:"
                + " {reference: 'registry.example.org/models/llama:1', pullPolicy: IfNotPresent}}"),
        named(manifests.podSpec().get("volumes"), "model"));
  }

  @Test
  void downloadsAreLetOutAndNothingElse() throws Exception {
    assertEquals(
        yaml("[]"), Combination.DEFAULTS.render().only("NetworkPolicy").at("/spec/egress"));
    Manifests manifests = Combination.A_VOLUME_FOR_EACH_REPLICA.render();
    assertEquals(
        "/data/models/llama-00001-of-00002.gguf", yaml(manifests.options()).get("model").asText());
    assertEquals(
        yaml(
            "[{ports: [{port: 53, protocol: UDP}, {port: 53, protocol: TCP}]},"
                + " {ports: [{port: 443}, {port: 8443}]}]"),
        manifests.only("NetworkPolicy").at("/spec/egress"));
  }

  @Test
  void everyReplicaHasItsVolumeInAStatefulSet() {
    Manifests manifests = Combination.A_VOLUME_FOR_EACH_REPLICA.render();
    JsonNode set = manifests.only("StatefulSet");
    assertEquals(
        "40Gi", set.at("/spec/volumeClaimTemplates/0/spec/resources/requests/storage").asText());
    assertEquals(
        "Delete", set.at("/spec/persistentVolumeClaimRetentionPolicy/whenScaled").asText());
    JsonNode headless =
        named(metadata(manifests.ofKind("Service")), set.at("/spec/serviceName").asText());
    assertTrue(headless.get("name").asText().endsWith("-replicas"));
    assertEquals(3, set.at("/spec/replicas").asInt());
  }

  private static JsonNode metadata(List<JsonNode> manifests) {
    return Chart.YAML
        .createArrayNode()
        .addAll(manifests.stream().map(manifest -> manifest.get("metadata")).toList());
  }

  @Test
  void keysAreInASecretOnly() {
    Manifests manifests = Combination.KEYS_AND_TLS.render();
    JsonNode secret = manifests.only("Secret");
    assertEquals("first-key\nsecond-key\n", secret.at("/stringData/keys").asText());
    assertEquals(
        secret.at("/metadata/name"),
        named(manifests.podSpec().get("volumes"), "keys").at("/secret/secretName"));
    for (JsonNode manifest : manifests.all()) {
      if (!manifest.equals(secret)) {
        assertFalse(manifest.toString().contains("first-key"));
      }
    }
    JsonNode existing =
        named(Combination.KEYS_OF_A_SECRET.render().podSpec().get("volumes"), "keys");
    assertEquals("clients", existing.at("/secret/secretName").asText());
    assertEquals("api-keys", existing.at("/secret/items/0/key").asText());
  }

  @Test
  void probesAskWhereNoClientIsInTheWay() {
    JsonNode alone = Combination.KEYS_AND_TLS.render().server().at("/readinessProbe/httpGet");
    assertEquals("metrics", alone.get("port").asText());
    assertEquals("HTTP", alone.get("scheme").asText());
    JsonNode shared = Combination.EVERYTHING.render().server().at("/readinessProbe/httpGet");
    assertEquals("http", shared.get("port").asText());
    assertEquals("HTTPS", shared.get("scheme").asText());
  }

  @Test
  void routesGoToTheServiceOrThePool() throws Exception {
    Manifests plain = Combination.GATEWAY.render();
    assertEquals(
        yaml("[{name: demo-lanewise, port: 8080}]"),
        plain.only("HTTPRoute").at("/spec/rules/0/backendRefs"));
    assertEquals("10m", plain.only("HTTPRoute").at("/spec/rules/0/timeouts/request").asText());
    Manifests pool = Combination.INFERENCE_POOL.render();
    assertEquals(
        yaml("[{group: inference.networking.k8s.io, kind: InferencePool, name: demo-lanewise}]"),
        pool.only("HTTPRoute").at("/spec/rules/0/backendRefs"));
    assertEquals(
        yaml("{name: lanewise-epp, kind: Service, port: {number: 9002}, failureMode: FailClose}"),
        pool.only("InferencePool").at("/spec/endpointPickerRef"));
    assertEquals(
        named(pool.server().get("ports"), "http").get("containerPort"),
        pool.only("InferencePool").at("/spec/targetPorts/0/number"));
    Manifests elsewhere = Combination.INFERENCE_POOL_OF_ANOTHER_CHART.render();
    assertTrue(elsewhere.ofKind("InferencePool").isEmpty());
    assertEquals(
        "picked", elsewhere.only("HTTPRoute").at("/spec/rules/0/backendRefs/0/name").asText());
  }

  @Test
  void waitingRequestsAndBusyCpusAddReplicas() throws Exception {
    Manifests manifests = Combination.HPA.render();
    assertEquals(
        yaml(
            "[{type: Pods, pods: {metric: {name: lanewise_requests_waiting},"
                + " target: {type: AverageValue, averageValue: '6'}}},"
                + " {type: Resource, resource: {name: cpu,"
                + " target: {type: Utilization, averageUtilization: 90}}}]"),
        manifests.only("HorizontalPodAutoscaler").at("/spec/metrics"));
    Manifests keda = Combination.KEDA.render();
    assertEquals(
        yaml(
            "{serverAddress: 'http://prometheus.monitoring:9090', threshold: '4', query:"
                + " 'sum(lanewise_requests_waiting{namespace=\"llm\",service=\"demo-lanewise\"})'}"),
        keda.only("ScaledObject").at("/spec/triggers/0/metadata"));
    for (Manifests scaled : List.of(manifests, keda)) {
      assertFalse(scaled.workload().get("spec").has("replicas"), "the autoscaler sets them");
    }
    JsonNode target =
        Combination.EVERYTHING.render().only("ScaledObject").at("/spec/scaleTargetRef");
    assertEquals(yaml("{apiVersion: apps/v1, kind: StatefulSet, name: llm}"), target);
  }

  @Test
  void onlyThoseThatAreNamedReachTheServer() {
    JsonNode open = Combination.DEFAULTS.render().only("NetworkPolicy").at("/spec/ingress");
    assertFalse(open.get(0).has("from"));
    assertTrue(open.get(1).get("from").toString().contains("monitoring"));
    JsonNode test = Combination.EVERYTHING.render().only("Pod").at("/metadata/labels");
    JsonNode named =
        Combination.EVERYTHING.render().only("NetworkPolicy").at("/spec/ingress/0/from");
    assertTrue(
        find(named, peer -> !peer.at("/podSelector/matchLabels").isMissingNode())
            .map(peer -> matches(peer.at("/podSelector/matchLabels"), test))
            .orElseThrow(),
        "the test may ask too");
  }
}
