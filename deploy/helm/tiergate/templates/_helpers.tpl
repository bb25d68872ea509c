{{- define "tiergate.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 50 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "tiergate.selector" -}}
app.kubernetes.io/name: tiergate
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "tiergate.labels" -}}
{{ include "tiergate.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end }}

{{- define "tiergate.image" -}}
{{- $image := index .root.Values.image .component -}}
{{- if $image.digest }}{{ printf "%s@%s" $image.repository $image.digest }}{{ else }}{{ printf "%s:%s" $image.repository (default .root.Chart.AppVersion $image.tag) }}{{ end }}
{{- end }}

{{/* The ConfigMap with the policy; empty: the image's own. */}}
{{- define "tiergate.policy" -}}
{{- if .Values.policy.existingConfigMap }}{{ .Values.policy.existingConfigMap }}{{ else if .Values.policy.files }}{{ include "tiergate.name" . }}-policy{{ end }}
{{- end }}

{{/* The ConfigMap that says who may open the dashboard; empty: nobody could. */}}
{{- define "tiergate.access" -}}
{{- if .Values.dashboard.accessConfigMap }}{{ .Values.dashboard.accessConfigMap }}{{ else if .Values.dashboard.access }}{{ include "tiergate.name" . }}-access{{ end }}
{{- end }}

{{/* Of both pods: no root, no rights, no writing outside the mounts. */}}
{{- define "tiergate.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "tiergate.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}
