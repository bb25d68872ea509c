"""Policy folders for tests: a catalog over local upstreams, prices, rules."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ALL = ("tools", "parallel_tools", "json_object", "json_schema", "vision", "audio", "logprobs", "n")
QWQ: dict[str, Any] = {
    "sampling_defaults": {"temperature": 0.6, "top_p": 0.95, "top_k": 30, "min_p": 0},
    "forbid_greedy": True,
    "repetition_guard": {},
}
PROFILES = {
    "qwq": {**QWQ, "thinking": {"format": "field"}},
    "qwq-tags": {**QWQ, "thinking": {"format": "tags"}},
}


@dataclass(frozen=True, slots=True)
class TestModel:
    """A model with one endpoint, `<name>-endpoint`. `price` is input and output in US dollars per million."""

    __test__ = False

    name: str
    tier: str
    url: str
    upstream: str
    price: tuple[float, float] = (1.0, 2.0)
    residency: str = "on-premises"
    capabilities: Sequence[str] = ALL
    ability: float = 0.95
    context: int = 100_000
    profile: str | None = None
    endpoint: Mapping[str, Any] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)

    def endpoint_document(self) -> dict[str, Any]:
        """Its endpoint's entry in the catalog."""
        return {
            "id": f"{self.name}-endpoint",
            "wire": "openai",
            "simulated": True,
            "base_url": self.url,
            "upstream_model": self.upstream,
            "residency": self.residency,
            "context": self.context,
            "max_retries": 0,
            **self.endpoint,
        }

    def document(self) -> dict[str, Any]:
        """Its entry in the catalog."""
        return {
            "name": self.name,
            "tier": self.tier,
            "licence": "Apache-2.0",
            "capabilities": list(self.capabilities),
            "ability": {"default": self.ability},
            "expected_output": {"default": 100},
            "endpoints": [self.endpoint_document()],
            **({"serving_profile": self.profile} if self.profile else {}),
            **self.more,
        }


def write_folder(
    folder: Path, models: Sequence[TestModel], rules: Sequence[Mapping[str, Any]], version: str = "1"
) -> Path:
    """Writes the three documents; the folder is made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    catalog = {"serving_profiles": PROFILES, "models": [model.document() for model in models]}
    _write(folder / "catalog.yaml", "ModelCatalog", catalog)
    prices = [
        {
            "model": model.name,
            "input": model.price[0],
            "output": model.price[1],
            "valid_from": "2020-01-01",
            "source": "made up for a test",
        }
        for model in models
    ]
    _write(folder / "prices.yaml", "PriceBook", {"version": version, "currency": "USD", "prices": prices})
    write_policy(folder, models[0].name, rules)
    return folder


def write_policy(
    folder: Path, baseline: str, rules: Sequence[Mapping[str, Any]], holdout: float = 0.0
) -> None:
    """Writes policy.yaml alone. Restricted data stays on the premises in all of them."""
    spec = {
        "data_classes": {"restricted": {"residency": ["on-premises"]}},
        "baseline": {"model": baseline, "owner": "tests", "declared": "2025-01-01", "holdout": holdout},
        "rules": list(rules),
    }
    _write(folder / "policy.yaml", "RoutingPolicy", spec)


def write_budgets(folder: Path, budgets: Sequence[Mapping[str, Any]]) -> None:
    """Writes budgets.yaml alone."""
    _write(folder / "budgets.yaml", "BudgetSet", {"budgets": list(budgets)})


def _write(path: Path, kind: str, spec: Mapping[str, Any]) -> None:
    document = {
        "apiVersion": "tiergate.dev/v1",
        "kind": kind,
        "metadata": {"name": kind.lower(), "owner": "tests"},
        "spec": spec,
    }
    # JSON is YAML, and has no aliases.
    path.write_text(json.dumps(document, indent=2), encoding="utf-8")
