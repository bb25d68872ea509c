"""Alert rules and Grafana dashboard: names that exist, alerts that fire, runbook sections that are there."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from prometheus_client import Metric

from router.errors import TiergateError
from router.telemetry import Metrics
from tests.deploy.conftest import CHART, DEPLOY, RULES, run

DASHBOARD = CHART / "files" / "dashboard.json"
ALERTS = Path(__file__).with_name("alerts.yaml")
VLLM = {
    "vllm:num_requests_running",
    "vllm:num_requests_waiting",
    "vllm:kv_cache_usage_perc",
    "vllm:prefix_cache_hits_total",
    "vllm:prefix_cache_queries_total",
}
"""Read from the /metrics of vLLM 0.32."""
PROMETHEUS = {"up"}
_NAME = re.compile(r"\b(?:tiergate_|vllm:)[a-z_]+|\bup\b")
_MATCHER = re.compile(r"([a-z_:]+)\{([^}]*)\}")
_SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}


def families() -> Iterator[tuple[Metric, tuple[str, ...]]]:
    """Every metric of the gateway with its labels."""
    for instrument in vars(Metrics()).values():
        if hasattr(instrument, "describe"):
            labels = getattr(instrument, "label_names", getattr(instrument, "_labelnames", ()))
            yield next(iter(instrument.describe())), tuple(labels)


def series() -> dict[str, set[str]]:
    """Names as Prometheus knows them, with the labels each may have."""
    return {
        f"{metric.name}{suffix}": {*labels, *({"le"} if suffix == "_bucket" else ()), "job", "instance"}
        for metric, labels in families()
        for suffix in _SUFFIXES[metric.type]
    }


def rules() -> list[dict[str, object]]:
    groups = yaml.safe_load(RULES.read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def panels() -> list[dict[str, object]]:
    return [panel for panel in json.loads(DASHBOARD.read_text())["panels"] if panel["type"] != "row"]


def expressions() -> list[tuple[str, str]]:
    """Every PromQL expression with where it stands."""
    found = [(str(rule["alert"]), str(rule["expr"])) for rule in rules()]
    for panel in panels():
        found += [(str(panel["title"]), target["expr"]) for target in panel["targets"]]  # type: ignore[index, attr-defined]
    return found


@pytest.mark.parametrize(("where", "expression"), expressions())
def test_every_metric_and_label_exists(where: str, expression: str) -> None:
    """What rules and panels ask for is what the code exports, with the labels it has."""
    known = series()
    names = set(_NAME.findall(expression))
    assert names, where
    assert names <= known.keys() | VLLM | PROMETHEUS
    for name, matchers in _MATCHER.findall(expression):
        labels = set(re.findall(r"([a-z_]+)\s*(?:=~|!~|!=|=)", matchers))
        if name in known:
            assert labels <= known[name], where


def test_every_metric_is_shown_or_watched() -> None:
    """A metric that no panel and no alert reads would be exported for nobody."""
    read = " ".join(expression for _, expression in expressions())
    for metric, _ in families():
        assert metric.name in read, metric.name


def test_refusal_codes_exist() -> None:
    """The error codes that alerts select are codes the gateway gives."""
    sources = "\n".join(path.read_text() for path in (DEPLOY.parent / "router").rglob("*.py"))
    for _, expression in expressions():
        for codes in re.findall(r'reason=~"([^"]+)"', expression):
            for code in codes.split("|"):
                assert f'"{code}"' in sources, code
    assert TiergateError.code == "internal_error"


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_every_alert_has_its_runbook(rule: dict[str, dict[str, str]]) -> None:
    """Each alert names a section of the runbook that is there and says something."""
    file, _, anchor = rule["annotations"]["runbook"].partition("#")
    assert (DEPLOY.parent / file) == DEPLOY / "README.md"
    sections = re.split(r"^#+ ", (DEPLOY / "README.md").read_text(), flags=re.M)
    [section] = [text for text in sections if text.split("\n", 1)[0].strip("`").lower() == anchor]
    assert len(section.split()) > 15
    assert rule["labels"]["severity"] in ("critical", "warning")


def test_every_alert_fires(tmp_path: Path) -> None:
    """Each alert is played in alerts.yaml, and promtool agrees with what is expected there."""
    played = ALERTS.read_text()
    for rule in rules():
        assert f"alertname: {rule['alert']}\n" in played, rule["alert"]
    shutil.copy(RULES, tmp_path / "rules.yaml")
    shutil.copy(ALERTS, tmp_path / "alerts.yaml")
    ended = run("promtool", "test", "rules", tmp_path / "alerts.yaml")
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_counters_without_labels_are_there_from_the_start() -> None:
    """Prometheus sees no increase in a series that begins at 1: those that alerts watch begin at 0."""
    metrics = Metrics()
    for counter in (metrics.journal_failures, metrics.unchecked):
        [family] = counter.collect()
        assert [sample.value for sample in family.samples] == [0]


def test_panels_do_not_overlap() -> None:
    """Each cell of the grid belongs to one panel, and each panel has a title and an id of its own."""
    taken: dict[tuple[int, int], str] = {}
    everything = json.loads(DASHBOARD.read_text())["panels"]
    for panel in everything:
        at = panel["gridPos"]
        for x in range(at["x"], at["x"] + at["w"]):
            for y in range(at["y"], at["y"] + at["h"]):
                assert x < 24 and taken.setdefault((x, y), panel["title"]) == panel["title"]
    assert len({panel["id"] for panel in everything}) == len(everything)
