{{/* The options of `serve`, as --config reads them: those of the values, and those that follow from the chart's. */}}
{{- define "lanewise.config" -}}
{{- $options := deepCopy .Values.config }}
{{- $model := .Values.model }}
{{- if eq $model.source "claim" }}
{{- $_ := set $options "model" (printf "/models/%s" $model.claim.file) }}
{{- else if eq $model.source "image" }}
{{- $_ := set $options "model" (printf "/models/%s" $model.image.file) }}
{{- else if eq $model.source "download" }}
{{- $_ := set $options "model" (printf "/data/models/%s" (include "lanewise.downloadName" (first $model.download.files))) }}
{{- end }}
{{- $_ := set $options "pack-cache" "/data/packed" }}
{{- if gt (int .Values.metricsPort) 0 }}
{{- $_ := set $options "metrics-port" (int .Values.metricsPort) }}
{{- end }}
{{- if include "lanewise.keysSecret" . }}
{{- $_ := set $options "api-key-file" "/etc/lanewise/keys/keys" }}
{{- end }}
{{- if .Values.tls.existingSecret }}
{{- $_ := set $options "tls-cert" "/etc/lanewise/tls/tls.crt" }}
{{- $_ := set $options "tls-key" "/etc/lanewise/tls/tls.key" }}
{{- end }}
{{- toYaml $options }}
{{- end }}
