package dev.lanewise.server.helm;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Values that cannot work are refused before anything is installed, with a message that names them.
 */
final class RefusedValuesTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          replica: 2 | replica
          config: {paralel: 4} | paralel
          config: {port: 9000} | port
          config: {parallel: 1000} | /config/parallel
          config: {prefill-share: 1} | /config/prefill-share
          config: {kv-cache: fp8} | /config/kv-cache
          replicas: many | /replicas
          port: 70000 | /port
          metricsPort: 8080 | metricsPort: 8080 is taken by port
          terminationGracePeriodSeconds: 35 | terminationGracePeriodSeconds: 35 must be more than the 35
          config: {grace: 300} | terminationGracePeriodSeconds: 60 must be more than the 305
          extraArgs: [--grace=300] | extraArgs: give --grace as config.grace
          extraEnv: [{name: LANEWISE_PARALLEL, value: '4'}] | extraEnv: LANEWISE_PARALLEL
          model: {source: hub} | /model/source
          model: {source: claim} | model.claim.file
          model: {source: claim, claim: {file: /a.gguf}} | /model/claim/file
          model: {source: image, image: {file: a.gguf}} | model.image.reference
          model: {source: image, image: {reference: a}} | model.image.file
          model: {source: download} | model.download.files
          model: {download: {files: [{url: 'https://a/b'}]}} | sha256
          model: {download: {files: [{url: 'https://a/b', sha256: '12'}]}} | /model/download/files/0/sha256
          model: {download: {files: [{url: 'file:///b', sha256: ''}]}} | /model/download/files/0/url
          data: {size: large} | /data/size
          apiKeys: {keys: ['with space']} | /apiKeys/keys/0
          apiKeys: {keys: ['#comment']} | /apiKeys/keys/0
          apiKeys: {keys: [a], existingSecret: b} | apiKeys.keys and apiKeys.existingSecret
          securityContext: {runAsUser: 0} | /securityContext/runAsUser
          securityContext: {privileged: true} | privileged
          ingress: {enabled: true} | ingress.hosts
          gateway: {enabled: true} | gateway.parentRefs
          inferencePool: {enabled: true} | inferencePool.endpointPicker.name
          inferencePool: {enabled: true, existing: pool} | metricsPort: endpoint pickers read
          autoscaling: {type: vpa} | /autoscaling/type
          autoscaling: {type: hpa, waitingRequests: 0} | autoscaling.waitingRequests
          autoscaling: {type: hpa, minReplicas: 5} | autoscaling.minReplicas: 5 is more than
          autoscaling: {type: keda} | autoscaling.keda.prometheusAddress
          podDisruptionBudget: {maxUnavailable: some} | /podDisruptionBudget/maxUnavailable
          """)
  void aWrongValueIsNamed(String values, String part) {
    assertRefused(values, part, "1.35.0");
  }

  @Test
  void whatTheClusterIsTooOldForIsRefused() {
    assertRefused(
        "model: {source: image, image: {reference: a, file: b}}", "1.33 or later", "1.32.0");
    assertRefused("", "kubeVersion", "1.29.0");
  }

  private static void assertRefused(String values, String part, String kubernetes) {
    IllegalStateException refused =
        assertThrows(
            IllegalStateException.class, () -> Chart.render(Chart.FOLDER, values, kubernetes));
    assertTrue(refused.getMessage().contains(part), refused.getMessage());
  }
}
