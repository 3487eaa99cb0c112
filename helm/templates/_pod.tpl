{{/* The pod of a server, in a Deployment or a StatefulSet. */}}
{{- define "lanewise.podTemplate" -}}
metadata:
  labels:
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
    {{- include "lanewise.serverLabels" . | nindent 4 }}
  annotations:
    {{- with .Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
    checksum/config: {{ include "lanewise.config" . | sha256sum }}
    {{- with .Values.apiKeys.keys }}
    checksum/keys: {{ join "\n" . | sha256sum }}
    {{- end }}
spec:
  serviceAccountName: {{ include "lanewise.serviceAccountName" . }}
  automountServiceAccountToken: false
  # Links would set LANEWISE_PORT to an address, for a Service that is named lanewise.
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ int .Values.terminationGracePeriodSeconds }}
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  securityContext:
    {{- include "lanewise.podSecurity" . | nindent 4 }}
  {{- if eq .Values.model.source "download" }}
  initContainers:
    - name: download
      image: {{ .Values.model.download.image }}
      command:
        - sh
        - -c
        - |
          {{- .Files.Get "scripts/download.sh" | trim | nindent 10 }}
        - download
      args:
        {{- range .Values.model.download.files }}
        - {{ .url | quote }}
        - {{ .sha256 | quote }}
        - {{ include "lanewise.downloadName" . | quote }}
        {{- end }}
      env:
        - name: DIR
          value: /data/models
        {{- with .Values.model.download.tokenSecret }}
        {{- if .name }}
        - name: TOKEN
          valueFrom:
            secretKeyRef:
              name: {{ .name }}
              key: {{ .key }}
        {{- end }}
        {{- end }}
      securityContext:
        {{- include "lanewise.containerSecurity" . | nindent 8 }}
      resources:
        {{- toYaml .Values.model.download.resources | nindent 8 }}
      volumeMounts:
        - name: data
          mountPath: /data
  {{- end }}
  containers:
    - name: lanewise
      image: {{ include "lanewise.image" . }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      # The image sets host and port in the environment, which wins over the file.
      args:
        - serve
        - --config=/etc/lanewise/config/lanewise.yaml
        - --host=0.0.0.0
        - --port={{ int .Values.port }}
        {{- with .Values.extraArgs }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- with .Values.extraEnv }}
      env:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      ports:
        - name: http
          containerPort: {{ int .Values.port }}
        {{- if gt (int .Values.metricsPort) 0 }}
        - name: metrics
          containerPort: {{ int .Values.metricsPort }}
        {{- end }}
      # The server listens before the model is loaded, so only readiness tells when the start is over.
      {{- range $probe, $times := .Values.probes }}
      {{ $probe }}Probe:
        httpGet:
          path: {{ ternary "/health/live" "/health/ready" (eq $probe "liveness") }}
          port: {{ include "lanewise.monitoringPort" $ }}
          scheme: {{ include "lanewise.monitoringScheme" $ | upper }}
        {{- toYaml $times | nindent 8 }}
      {{- end }}
      {{- if gt (int .Values.preStopSleepSeconds) 0 }}
      lifecycle:
        # Requests go on arriving until all proxies know that the pod ends.
        preStop:
          sleep:
            seconds: {{ int .Values.preStopSleepSeconds }}
      {{- end }}
      securityContext:
        {{- include "lanewise.containerSecurity" . | nindent 8 }}
      resources:
        {{- toYaml .Values.resources | nindent 8 }}
      volumeMounts:
        - name: config
          mountPath: /etc/lanewise/config
          readOnly: true
        - name: tmp
          mountPath: /tmp
        - name: data
          mountPath: /data
        {{- if has .Values.model.source (list "claim" "image") }}
        - name: model
          mountPath: /models
          readOnly: true
        {{- end }}
        {{- if include "lanewise.keysSecret" . }}
        - name: keys
          mountPath: /etc/lanewise/keys
          readOnly: true
        {{- end }}
        {{- if .Values.tls.existingSecret }}
        - name: tls
          mountPath: /etc/lanewise/tls
          readOnly: true
        {{- end }}
        {{- with .Values.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
  volumes:
    - name: config
      configMap:
        name: {{ include "lanewise.fullname" . }}
    - name: tmp
      emptyDir:
        sizeLimit: {{ .Values.tmp.sizeLimit }}
    {{- if not .Values.data.persistent }}
    # On disk: in memory, packed weights would take the model's size of the container's limit a second time.
    - name: data
      emptyDir:
        sizeLimit: {{ .Values.data.size }}
    {{- end }}
    {{- if eq .Values.model.source "claim" }}
    - name: model
      persistentVolumeClaim:
        claimName: {{ .Values.model.claim.existing | default (printf "%s-model" (include "lanewise.fullname" .)) }}
        readOnly: true
    {{- else if eq .Values.model.source "image" }}
    - name: model
      image:
        reference: {{ .Values.model.image.reference }}
        pullPolicy: {{ .Values.model.image.pullPolicy }}
    {{- end }}
    {{- with include "lanewise.keysSecret" . }}
    - name: keys
      secret:
        secretName: {{ . }}
        defaultMode: 288 # 0440
        items:
          - key: {{ $.Values.apiKeys.key }}
            path: keys
    {{- end }}
    {{- with .Values.tls.existingSecret }}
    - name: tls
      secret:
        secretName: {{ . }}
        defaultMode: 288 # 0440
    {{- end }}
    {{- with .Values.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with .Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  topologySpreadConstraints:
    {{- if .Values.topologySpreadConstraints }}
    {{- toYaml .Values.topologySpreadConstraints | nindent 4 }}
    {{- else }}
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "lanewise.selectorLabels" . | nindent 10 }}
    {{- end }}
{{- end }}
