"""The Helm chart: it lints, renders what Kubernetes accepts, and refuses values that make no sense."""

from __future__ import annotations

import json
import re
from typing import Any

import jsonschema_rs
import pytest
import yaml

from tests.deploy.chart_values import EVERYTHING, NONSENSE
from tests.deploy.conftest import CHART, ROOT, documents, one, rendered, run

KUBERNETES = ("1.29", "1.34")
CUSTOM = ("ServiceMonitor", "PodMonitor", "PrometheusRule", "ScaledObject")
"""Kinds of other projects; their schemas are not at hand."""


def everything() -> list[dict[str, Any]]:
    made = rendered(values=EVERYTHING)
    assert made.returncode == 0, made.stderr
    return documents(made.stdout)


def schema() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((CHART / "values.schema.json").read_text())
    return found


def pods(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [r["spec"]["template"]["spec"] for r in found if r["kind"] in ("StatefulSet", "Deployment")]


def test_values_follow_the_schema() -> None:
    """The values that ship are valid, and every one of them is described."""
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    jsonschema_rs.validate(schema(), values)

    def described(part: dict[str, Any], given: dict[str, Any], path: str) -> None:
        for name, value in given.items():
            field = part["properties"][name]
            assert field.get("description"), f"{path}.{name}"
            if isinstance(value, dict) and "properties" in field:
                described(field, value, f"{path}.{name}")

    described(schema(), values, "")


@pytest.mark.parametrize("values", NONSENSE.values(), ids=NONSENSE.keys())
def test_nonsense_is_refused(values: str) -> None:
    """What makes no sense is refused before anything is installed."""
    made = rendered(values=values)
    assert made.returncode != 0 and made.stdout == ""


def test_lint() -> None:
    """helm finds nothing to say, strictly."""
    ended = run("helm", "lint", "--strict", CHART)
    assert ended.returncode == 0, ended.stdout


@pytest.mark.parametrize("version", KUBERNETES)
@pytest.mark.parametrize(
    "values", ["", EVERYTHING, "dashboard: {enabled: false}\nnetworkPolicy: {enabled: false}"]
)
def test_kubernetes_accepts_it(version: str, values: str, tmp_path: Any) -> None:
    """Every resource has exactly the fields that this version of Kubernetes knows."""
    made = rendered(values=values)
    assert made.returncode == 0, made.stderr
    found = documents(made.stdout)
    (tmp_path / "all.yaml").write_text(yaml.safe_dump_all([r for r in found if r["kind"] not in CUSTOM]))
    ended = run("kubernetes-validate", "--strict", "-k", version, tmp_path / "all.yaml")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stdout.count(" passed for resource ") == len([r for r in found if r["kind"] not in CUSTOM])


def test_pods_may_do_nothing_they_need_not() -> None:
    """Pods meet Kubernetes' restricted standard, write only to their mounts, and get no API token."""
    for pod in pods(everything()):
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in pod["containers"]:
            allowed = container["securityContext"]
            assert allowed["readOnlyRootFilesystem"] is True
            assert allowed["allowPrivilegeEscalation"] is False
            assert allowed["capabilities"] == {"drop": ["ALL"]}
            assert container["resources"]["limits"]["memory"]
            assert container["readinessProbe"] and container["livenessProbe"]


def test_the_journal_survives_its_pod() -> None:
    """Each gateway has a volume of its own that nothing deletes, where TIERGATE_DATA_DIR is in the image."""
    gateway = one(everything(), "StatefulSet", "shop-tiergate-gateway")["spec"]
    assert gateway["persistentVolumeClaimRetentionPolicy"] == {
        "whenDeleted": "Retain",
        "whenScaled": "Retain",
    }
    [claim] = gateway["volumeClaimTemplates"]
    mounts = {m["name"]: m for m in gateway["template"]["spec"]["containers"][0]["volumeMounts"]}
    place = mounts[claim["metadata"]["name"]]["mountPath"]
    assert f"TIERGATE_DATA_DIR={place}" in (ROOT / "deploy" / "Dockerfile").read_text()


def test_the_grace_covers_the_drain() -> None:
    """Kubernetes waits longer than delay, drain and the shipping of the journal can take together."""
    for values in ("", "gateway: {drainDelay: 40, drainTimeout: 900}"):
        gateway = one(documents(rendered(values=values).stdout), "StatefulSet", "shop-tiergate-gateway")
        pod = gateway["spec"]["template"]["spec"]
        env = {e["name"]: e.get("value") for e in pod["containers"][0]["env"]}
        delay, drain = int(env["TIERGATE_DRAIN_DELAY"]), int(env["TIERGATE_DRAIN_TIMEOUT"])
        assert pod["terminationGracePeriodSeconds"] > delay + 2 * drain


def test_no_secret_is_written_down() -> None:
    """The chart makes no Secret; every one is named."""
    found = everything()
    assert not [r for r in found if r["kind"] == "Secret"]
    container = pods(found)[-1]["containers"][0]
    held = {e["name"]: e["valueFrom"]["secretKeyRef"] for e in container["env"] if "valueFrom" in e}
    assert held == {
        "TIERGATE_DATABASE_URL": {"name": "tiergate-database", "key": "url"},
        "TIERGATE_ADMIN_TOKEN": {"name": "tiergate-admin", "key": "token"},
    }
    assert container["envFrom"] == [{"secretRef": {"name": "tiergate-providers"}}]


def test_there_is_no_dashboard_that_nobody_can_sign_in_to() -> None:
    """Without a DashboardAccess document there is none; with one, all it needs is where it is read."""
    assert not [r for r in documents(rendered().stdout) if r["kind"] == "Deployment"]
    found = everything()
    container = one(found, "Deployment", "shop-tiergate-dashboard")["spec"]["template"]["spec"]["containers"][
        0
    ]
    env = {e["name"]: e.get("value") or e["valueFrom"]["secretKeyRef"]["name"] for e in container["env"]}
    assert env["TIERGATE_DATABASE_URL"] == "tiergate-reader"
    assert env["TIERGATE_ADMIN_DATABASE_URL"] == "tiergate-policy"
    mounted = {m["mountPath"] for m in container["volumeMounts"]}
    assert {env["TIERGATE_DASHBOARD_ACCESS"], env["TIERGATE_POLICY_DIR"]} <= mounted
    assert container["envFrom"] == [{"secretRef": {"name": "tiergate-dashboard"}}]
    document = one(found, "ConfigMap", "shop-tiergate-access")["data"]["access.yaml"]
    assert document.strip() == "kind: DashboardAccess"


def test_nobody_gets_in_or_out_unnamed() -> None:
    """With nothing named the policies let in Prometheus alone, and out to name service and public APIs."""
    found = documents(rendered().stdout)
    gateway = one(found, "NetworkPolicy", "shop-tiergate-gateway")["spec"]
    assert len(gateway["ingress"]) == 1
    assert [rule["ports"][0]["port"] for rule in gateway["egress"]] == [53, 443]
    blocks = [to["ipBlock"] for to in gateway["egress"][1]["to"]]
    assert "169.254.0.0/16" in blocks[0]["except"] and "10.0.0.0/8" in blocks[0]["except"]
    dashboard = one(found, "NetworkPolicy", "shop-tiergate-dashboard")["spec"]
    assert "ingress" not in dashboard and [r["ports"][0]["port"] for r in dashboard["egress"]] == [53]


def test_the_admin_api_is_off_unless_asked_for() -> None:
    """Then it has a port and a Service of its own, which only those named for it reach."""
    off = documents(rendered().stdout)
    assert not [r for r in off if r["kind"] == "Service" and r["metadata"]["name"] == "shop-tiergate-admin"]
    assert "TIERGATE_ADMIN_PORT" not in environment(off)
    found = everything()
    container = one(found, "StatefulSet", "shop-tiergate-gateway")["spec"]["template"]["spec"]["containers"][
        0
    ]
    ports = {port["name"]: str(port["containerPort"]) for port in container["ports"]}
    env = environment(found)
    assert (env["TIERGATE_ADMIN_PORT"], env["TIERGATE_ADMIN_HOST"]) == (ports["admin"], "0.0.0.0")
    service = one(found, "Service", "shop-tiergate-admin")["spec"]
    assert service["type"] == "ClusterIP"
    assert service["ports"] == [{"name": "admin", "port": 80, "targetPort": "admin"}]
    apps = one(found, "Service", "shop-tiergate-gateway")["spec"]
    assert service["selector"] == apps["selector"] and [p["name"] for p in apps["ports"]] == ["http"]
    rules = one(found, "NetworkPolicy", "shop-tiergate-gateway")["spec"]["ingress"]
    admin = [rule for rule in rules if rule["ports"] == [{"port": "admin", "protocol": "TCP"}]]
    assert [rule["from"] for rule in admin] == [[{"podSelector": {"matchLabels": {"app": "console"}}}]]
    nobody = documents(rendered(values="adminApi: {enabled: true}").stdout)
    rules = one(nobody, "NetworkPolicy", "shop-tiergate-gateway")["spec"]["ingress"]
    assert all(rule["ports"][0]["port"] == "http" for rule in rules)


def test_gateway_and_dashboard_read_the_policy_from_one_place() -> None:
    """The folder, or with one value the database, both."""
    for values, source in (
        ("dashboard: {access: 'kind: DashboardAccess'}", "directory"),
        (EVERYTHING, "database"),
    ):
        found = documents(rendered(values=values).stdout)
        assert environment(found)["TIERGATE_POLICY_SOURCE"] == source
        assert environment(found, "Deployment", "dashboard")["TIERGATE_POLICY_SOURCE"] == source


def environment(
    found: list[dict[str, Any]], kind: str = "StatefulSet", part: str = "gateway"
) -> dict[str, str | None]:
    pod = one(found, kind, f"shop-tiergate-{part}")["spec"]["template"]["spec"]
    return {e["name"]: e.get("value") for e in pod["containers"][0]["env"]}


def test_monitoring_is_the_files() -> None:
    """Rules and dashboard arrive unchanged; scrapes show the operator's token and are job `tiergate`."""
    found = everything()
    rules = yaml.safe_load((CHART / "files" / "rules.yaml").read_text())
    assert one(found, "PrometheusRule", "shop-tiergate")["spec"] == rules
    grafana = one(found, "ConfigMap", "shop-tiergate-grafana")["data"]["tiergate.json"]
    assert json.loads(grafana) == json.loads((CHART / "files" / "dashboard.json").read_text())
    monitor = one(found, "ServiceMonitor", "shop-tiergate-gateway")
    assert monitor["metadata"]["labels"]["release"] == "prometheus"
    service = one(found, "Service", "shop-tiergate-gateway")["metadata"]["labels"]
    assert service[monitor["spec"]["jobLabel"]] == "tiergate"
    assert monitor["spec"]["selector"]["matchLabels"].items() <= service.items()
    assert monitor["spec"]["endpoints"][0]["authorization"] == {
        "credentials": {"name": "tiergate-admin", "key": "token"}
    }


def test_only_one_service_is_scraped() -> None:
    """The headless Service beside it would make each gateway count twice."""
    found = everything()
    wanted = one(found, "ServiceMonitor", "shop-tiergate-gateway")["spec"]["selector"]["matchLabels"]
    services = [r["metadata"] for r in found if r["kind"] == "Service"]
    assert [s["name"] for s in services if wanted.items() <= s["labels"].items()] == ["shop-tiergate-gateway"]


def test_engines_scale_on_waiting_requests() -> None:
    """KEDA is told which metric, whose, and to leave things alone while it has no figures."""
    scaled = one(everything(), "ScaledObject", "shop-tiergate-vllm")
    assert scaled["metadata"]["namespace"] == "inference"
    assert scaled["spec"]["scaleTargetRef"] == {"kind": "Deployment", "name": "vllm"}
    [trigger] = scaled["spec"]["triggers"]
    assert trigger["metadata"] == {
        "serverAddress": "http://prometheus:9090",
        "query": "sum(vllm:num_requests_waiting)",
        "threshold": "5",
    }
    assert scaled["spec"]["fallback"]["behavior"] == "currentReplicas"


def test_a_configmap_is_a_policy_folder() -> None:
    """The shipped policies fit into the ConfigMap, under the names and with the content they have."""
    shipped = sorted((ROOT / "policies").glob("*.yaml"))
    files = [f"policy.files.{path.stem}\\.yaml={path}" for path in shipped]
    made = rendered(*(argument for file in files for argument in ("--set-file", file)))
    data = one(documents(made.stdout), "ConfigMap", "shop-tiergate-policy")["data"]
    assert data == {path.name: path.read_text() for path in shipped}


def test_the_runbooks_values_render() -> None:
    """The values that the runbook shows are accepted, and do what it says."""
    readme = (ROOT / "deploy" / "README.md").read_text()
    [values] = re.findall(r"```yaml\n(# my-values.yaml\n.*?)```", readme, re.S)
    found = documents(rendered(values=values).stdout)
    policy = one(found, "NetworkPolicy", "shop-tiergate-gateway")["spec"]
    assert len(policy["ingress"]) == 2 and len(policy["egress"]) == 4
    assert {"ServiceMonitor", "PrometheusRule"} <= {resource["kind"] for resource in found}
