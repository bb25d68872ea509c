"""Values for the chart: everything switched on, and what must be refused."""

EVERYTHING = """
policy: {source: database, files: {catalog.yaml: "kind: ModelCatalog\\n"}}
adminApi: {enabled: true}
secrets: {providers: tiergate-providers}
imagePullSecrets: [{name: registry}]
gateway:
  env: {TIERGATE_LOG_LEVEL: debug}
  journal: {size: 1Gi, storageClass: fast}
  podAnnotations: {a: b}
  nodeSelector: {disk: fast}
  tolerations: [{key: a, operator: Exists}]
  affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: zone}]}}
dashboard:
  databaseSecret: tiergate-reader
  access: "kind: DashboardAccess\\n"
  environmentSecret: tiergate-dashboard
  adminDatabaseSecret: tiergate-policy
vllm:
  baseUrl: http://vllm.inference.svc/v1
  metrics: {namespace: inference, matchLabels: {app: vllm}, port: http}
  scaling: {enabled: true, namespace: inference, targetName: vllm, prometheusUrl: "http://prometheus:9090"}
networkPolicy:
  gatewayFrom: [{namespaceSelector: {matchLabels: {team: search}}}]
  adminFrom: [{podSelector: {matchLabels: {app: console}}}]
  dashboardFrom: [{podSelector: {matchLabels: {app: sso}}}]
  dashboardEgress: [{to: [{ipBlock: {cidr: 10.1.2.4/32}}], ports: [{port: 443, protocol: TCP}]}]
  databaseTo: [{ipBlock: {cidr: 10.1.2.3/32}}]
  extraEgress: [{to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: inference}}}]}]
monitoring:
  serviceMonitor: {enabled: true, labels: {release: prometheus}}
  rules: {enabled: true}
  grafanaDashboard: {enabled: true}
"""
NONSENSE = {
    "an unknown field": "gatway: {replicas: 3}",
    "a password in place of a name": "secrets: {database: 'postgresql://u:p@h/d'}",
    "a secret among variables": "gateway: {env: {OPENAI_API_KEY: sk-1}}",
    "a variable the chart sets": "gateway: {env: {TIERGATE_DRAIN_DELAY: '1'}}",
    "a port of the admin API among variables": "gateway: {env: {TIERGATE_ADMIN_PORT: '8081'}}",
    "a source of policies among variables": "gateway: {env: {TIERGATE_POLICY_SOURCE: database}}",
    "a source of policies that is none": "policy: {source: git}",
    "an admin API for everybody": "adminApi: {service: {type: LoadBalancer}}",
    "a number among variables": "gateway: {env: {TIERGATE_SHIP_INTERVAL: 1}}",
    "no replica": "gateway: {replicas: 0}",
    "a negative delay": "gateway: {drainDelay: -1}",
    "a size in words": "gateway: {journal: {size: large}}",
    "an address without scheme": "vllm: {baseUrl: 'vllm:8000/v1'}",
    "a digest that is none": "image: {gateway: {digest: 'sha256:abc'}}",
    "a password in place of a Secret's name": "dashboard: {environmentSecret: 'hunter 2'}",
    "a policy file with a path": "policy: {files: {'../catalog.yaml': x}}",
    "a port out of range": "networkPolicy: {databasePort: 70000}",
    "CPU over its whole": "gateway: {autoscaling: {targetCpuPercent: 150}}",
    "autoscaling the wrong way round": "gateway: {autoscaling: {minReplicas: 5, maxReplicas: 2}}",
    "two policies": "policy: {existingConfigMap: a, files: {catalog.yaml: x}}",
    "scaling of nothing": "vllm: {scaling: {enabled: true, namespace: a, prometheusUrl: 'http://p'}}",
}
