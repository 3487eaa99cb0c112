package dev.lanewise.server.helm;

/** Values of an operator, each for another use of the chart. */
public enum Combination {
  DEFAULTS(""),

  MODEL_FROM_CLAIM(
      """
      model: {source: claim, claim: {existing: models, file: llama/llama-3.2-1b-q4_0.gguf}}
      """),

  MODEL_FROM_CLAIM_OF_THE_CHART(
      """
      model:
        source: claim
        claim: {file: llama.gguf, size: 20Gi, storageClass: nfs, accessModes: [ReadWriteMany]}
      """),

  MODEL_FROM_IMAGE(
      """
      model: {source: image, image: {reference: "registry.example.org/models/llama:1", file: llama.gguf}}
      """),

  MODEL_DOWNLOADED(
      """
      model:
        source: download
        download:
          files:
            - url: https://models.example.org/llama.gguf?download=true
              sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
      """),

  A_VOLUME_FOR_EACH_REPLICA(
      """
      replicas: 3
      data: {persistent: true, size: 40Gi, storageClass: fast, whenScaled: Delete}
      model:
        source: download
        download:
          tokenSecret: {name: hub}
          files:
            - url: https://models.example.org/llama-00001-of-00002.gguf
              sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
            - url: http://models.example.org:8443/second
              sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
              name: llama-00002-of-00002.gguf
      """),

  KEYS_AND_TLS(
      """
      apiKeys: {keys: [first-key, second-key]}
      tls: {existingSecret: certificate}
      """),

  KEYS_OF_A_SECRET(
      """
      apiKeys: {existingSecret: clients, key: api-keys}
      metricsPort: 0
      """),

  INGRESS(
      """
      ingress:
        enabled: true
        className: nginx
        hosts: [llm.example.org]
        tlsSecret: llm-certificate
        annotations: {nginx.ingress.kubernetes.io/proxy-buffering: "off"}
      """),

  GATEWAY(
      """
      gateway: {enabled: true, parentRefs: [{name: public, namespace: gateways}], requestTimeout: 10m}
      """),

  INFERENCE_POOL(
      """
      replicas: 3
      metricsPort: 0
      gateway: {enabled: true, parentRefs: [{name: inference}], hostnames: [llm.example.org]}
      inferencePool: {enabled: true, endpointPicker: {name: lanewise-epp}}
      """),

  INFERENCE_POOL_OF_ANOTHER_CHART(
      """
      metricsPort: 0
      gateway: {enabled: true, parentRefs: [{name: inference}]}
      inferencePool: {enabled: true, existing: picked}
      """),

  HPA(
      """
      autoscaling: {type: hpa, minReplicas: 2, maxReplicas: 8, waitingRequests: 6, cpuUtilization: 90}
      """),

  KEDA(
      """
      autoscaling:
        type: keda
        maxReplicas: 8
        cpuUtilization: 90
        keda: {prometheusAddress: "http://prometheus.monitoring:9090"}
      """),

  MONITORING(
      """
      monitoring: {serviceMonitor: {enabled: true, labels: {release: prometheus}}}
      """),

  EVERYTHING(
      """
      fullnameOverride: llm
      image:
        repository: registry.example.org/lanewise
        digest: sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
      imagePullSecrets: [{name: registry}]
      updateStrategy: {type: RollingUpdate}
      config:
        threads: 8
        context: 4096
        activations: int8
        kv-cache: int8
        weights: q4_0
        no-pack-cache: false
        alias: llama
        cors-origin: https://chat.example.org,https://other.example.org
        sparsity: coreinfer@0.3
        chat-template: /etc/lanewise/templates/llama.jinja
        no-model-sampling: true
        parallel: 16
        queue: 64
        kv-memory: 4G
        prefill-share: 0.3
        timeout: 600
        grace: 100
        max-body: 16777216
        max-connections: 2048
        client-timeout: 30
        no-access-log: true
      port: 8000
      metricsPort: 0
      extraArgs: [--no-access-log]
      extraEnv: [{name: LANEWISE_JAVA_OPTS, value: -Xmx1g}]
      extraVolumes: [{name: templates, configMap: {name: templates}}]
      extraVolumeMounts: [{name: templates, mountPath: /etc/lanewise/templates}]
      model:
        source: download
        download:
          files:
            - url: https://models.example.org/llama.gguf
              sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
      data: {persistent: true}
      apiKeys: {keys: [key]}
      tls: {existingSecret: certificate}
      terminationGracePeriodSeconds: 111
      preStopSleepSeconds: 10
      serviceAccount: {annotations: {team: search}}
      podAnnotations: {team: search}
      podLabels: {team: search}
      nodeSelector: {kubernetes.io/arch: amd64}
      affinity: {nodeAffinity: {}}
      tolerations: [{key: dedicated, operator: Exists}]
      topologySpreadConstraints:
        - {maxSkew: 1, topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: DoNotSchedule}
      priorityClassName: serving
      service: {type: LoadBalancer, port: 443, annotations: {team: search}}
      ingress: {enabled: true, hosts: [llm.example.org]}
      gateway: {enabled: true, parentRefs: [{name: inference}], annotations: {team: search}}
      inferencePool: {enabled: true, endpointPicker: {name: epp, port: 9003, failureMode: FailOpen}}
      autoscaling:
        {type: keda, keda: {prometheusAddress: "http://prometheus:9090", query: "sum(waiting)"}}
      podDisruptionBudget: {maxUnavailable: 25%}
      networkPolicy:
        from: [{namespaceSelector: {}}]
        downloadTo: [{ipBlock: {cidr: 10.0.0.0/8}}]
        extraIngress: [{from: [{podSelector: {}}]}]
        extraEgress: [{ports: [{port: 4317}]}]
      monitoring:
        serviceMonitor: {enabled: true, tlsConfig: {insecureSkipVerify: true}}
      """);

  private final String values;
  private Manifests rendered;

  Combination(String values) {
    this.values = values;
  }

  public synchronized Manifests render() {
    if (rendered == null) {
      rendered = Chart.render(values);
    }
    return rendered;
  }
}
