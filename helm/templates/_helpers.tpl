{{- define "lanewise.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* Names of other objects have a suffix after this one, so it leaves room for that. */}}
{{- define "lanewise.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" }}
{{- else if contains (include "lanewise.name" .) .Release.Name }}
{{- .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "lanewise.name" .) | trunc 50 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{/* What selectors use; it must never change, since selectors cannot. */}}
{{- define "lanewise.selectorLabels" -}}
app.kubernetes.io/name: {{ include "lanewise.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: server
{{- end }}

{{/* Labels of everything that is not selected as a server. */}}
{{- define "lanewise.labels" -}}
app.kubernetes.io/name: {{ include "lanewise.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{ include "lanewise.commonLabels" . }}
{{- end }}

{{- define "lanewise.serverLabels" -}}
{{ include "lanewise.selectorLabels" . }}
{{ include "lanewise.commonLabels" . }}
{{- end }}

{{- define "lanewise.commonLabels" -}}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "lanewise.testLabels" -}}
app.kubernetes.io/name: {{ include "lanewise.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: test
{{- end }}

{{- define "lanewise.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}
{{- end }}

{{- define "lanewise.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{ .Values.serviceAccount.name | default (include "lanewise.fullname" .) }}
{{- else -}}
{{ .Values.serviceAccount.name | default "default" }}
{{- end }}
{{- end }}

{{/* Each replica has its own claim in a StatefulSet only. */}}
{{- define "lanewise.workloadKind" -}}
{{ ternary "StatefulSet" "Deployment" .Values.data.persistent }}
{{- end }}

{{- define "lanewise.keysSecret" -}}
{{- if .Values.apiKeys.existingSecret -}}
{{ .Values.apiKeys.existingSecret }}
{{- else if .Values.apiKeys.keys -}}
{{ include "lanewise.fullname" . }}-keys
{{- end }}
{{- end }}

{{/* Port and scheme for probes and metrics: a port of their own where there is one. */}}
{{- define "lanewise.monitoringPort" -}}
{{ ternary "metrics" "http" (gt (int .Values.metricsPort) 0) }}
{{- end }}

{{- define "lanewise.monitoringScheme" -}}
{{ ternary "https" "http" (and (ne .Values.tls.existingSecret "") (eq (int .Values.metricsPort) 0)) }}
{{- end }}

{{- define "lanewise.downloadName" -}}
{{ .name | default (base (urlParse .url).path) }}
{{- end }}

{{- define "lanewise.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{- define "lanewise.podSecurity" -}}
runAsNonRoot: true
{{- with .Values.securityContext.runAsUser }}
runAsUser: {{ int64 . }}
{{- end }}
{{- with .Values.securityContext.runAsGroup }}
runAsGroup: {{ int64 . }}
{{- end }}
{{- with .Values.securityContext.fsGroup }}
fsGroup: {{ int64 . }}
fsGroupChangePolicy: OnRootMismatch
{{- end }}
seccompProfile:
  type: RuntimeDefault
{{- end }}
