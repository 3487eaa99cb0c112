{{/* What a schema cannot say: values that do not go together. */}}
{{- define "lanewise.validate" -}}
{{- $values := .Values }}
{{- $grace := 30 }}
{{- if hasKey $values.config "grace" }}
{{- $grace = int $values.config.grace }}
{{- end }}
{{- $needed := add $grace (int $values.preStopSleepSeconds) }}
{{- if le (int $values.terminationGracePeriodSeconds) (int $needed) }}
{{- fail (printf "terminationGracePeriodSeconds: %d must be more than the %d seconds of preStopSleepSeconds and config.grace together" (int $values.terminationGracePeriodSeconds) $needed) }}
{{- end }}
{{- range $values.extraArgs }}
{{- if hasPrefix "--grace" . }}
{{- fail "extraArgs: give --grace as config.grace, since terminationGracePeriodSeconds must be more" }}
{{- end }}
{{- end }}
{{- range $values.extraEnv }}
{{- if and (hasPrefix "LANEWISE_" .name) (not (has .name (list "LANEWISE_JAVA_OPTS" "LANEWISE_DEBUG"))) }}
{{- fail (printf "extraEnv: %s would win over config; set the option there" .name) }}
{{- end }}
{{- end }}
{{- if eq (int $values.port) (int $values.metricsPort) }}
{{- fail (printf "metricsPort: %d is taken by port; choose another one, or 0 for metrics on that port" (int $values.port)) }}
{{- end }}
{{- if and $values.apiKeys.keys $values.apiKeys.existingSecret }}
{{- fail "apiKeys.keys and apiKeys.existingSecret: give one of them" }}
{{- end }}
{{- $model := $values.model }}
{{- if and (eq $model.source "claim") (not $model.claim.file) }}
{{- fail "model.claim.file: name the GGUF file in the claim" }}
{{- end }}
{{- if eq $model.source "image" }}
{{- if not $model.image.reference }}
{{- fail "model.image.reference: name the image that has the model" }}
{{- end }}
{{- if not $model.image.file }}
{{- fail "model.image.file: name the GGUF file in the image" }}
{{- end }}
{{- if not (semverCompare ">=1.33.0-0" .Capabilities.KubeVersion.Version) }}
{{- fail (printf "model.source: image volumes need Kubernetes 1.33 or later, not %s" .Capabilities.KubeVersion.Version) }}
{{- end }}
{{- end }}
{{- if and (eq $model.source "download") (not $model.download.files) }}
{{- fail "model.download.files: name a url and its sha256 at least" }}
{{- end }}
{{- if ne $values.autoscaling.type "none" }}
{{- if gt (int $values.autoscaling.minReplicas) (int $values.autoscaling.maxReplicas) }}
{{- fail (printf "autoscaling.minReplicas: %d is more than maxReplicas, %d" (int $values.autoscaling.minReplicas) (int $values.autoscaling.maxReplicas)) }}
{{- end }}
{{- if not (or $values.autoscaling.waitingRequests $values.autoscaling.cpuUtilization) }}
{{- fail "autoscaling.waitingRequests, autoscaling.cpuUtilization: one of them must be more than 0" }}
{{- end }}
{{- end }}
{{- if and (eq $values.autoscaling.type "keda") $values.autoscaling.waitingRequests (not $values.autoscaling.keda.prometheusAddress) }}
{{- fail "autoscaling.keda.prometheusAddress: where KEDA asks for the waiting requests, as http://prometheus.monitoring:9090" }}
{{- end }}
{{- if and $values.ingress.enabled (not $values.ingress.hosts) }}
{{- fail "ingress.hosts: name one host at least" }}
{{- end }}
{{- if and $values.gateway.enabled (not $values.gateway.parentRefs) }}
{{- fail "gateway.parentRefs: name the Gateway that the route belongs to" }}
{{- end }}
{{- if $values.inferencePool.enabled }}
{{- if not (or $values.inferencePool.existing $values.inferencePool.endpointPicker.name) }}
{{- fail "inferencePool.endpointPicker.name: name the Service of the endpoint picker, or a pool that exists as inferencePool.existing" }}
{{- end }}
{{- if gt (int $values.metricsPort) 0 }}
{{- fail "metricsPort: endpoint pickers read metrics from the port of the pool; set it to 0 with inferencePool.enabled" }}
{{- end }}
{{- end }}
{{- end }}
