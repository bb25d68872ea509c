"""A small, complete policy folder that tests break in one place at a time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from router.policy.documents import Bundle, load_documents
from router.policy.problems import PolicyRejected

NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)

CATALOG = """\
apiVersion: tiergate.dev/v1
kind: ModelCatalog
metadata: {name: models, owner: platform}
spec:
  serving_profiles:
    qwq:
      sampling_defaults: {temperature: 0.6, top_k: 30}
      forbid_greedy: true
  models:
    - name: big
      tier: frontier
      licence: proprietary
      ability: {default: 0.9}
      expected_output: {default: 500}
      endpoints:
        - id: big-us
          wire: openai
          base_url: https://api.example.com/v1
          api_key_env: BIG_KEY
          context: 200000
          residency: us
    - name: thinker
      tier: reasoning
      licence: Apache-2.0
      capabilities: [tools]
      serving_profile: qwq
      ability: {default: 0.5, math: 0.8}
      expected_output: {default: 1000, math: 3000}
      endpoints:
        - id: gpu
          wire: openai
          base_url: {env: GPU_URL}
          active: {if_env: GPU_URL}
          context: 32768
          residency: on-premises
        - id: gpu-simulated
          wire: openai
          base_url: http://127.0.0.1:9102/v1
          upstream_model: stand-in
          simulated: true
          active: {unless_env: GPU_URL}
          context: 32768
          residency: on-premises
"""

PRICES = """\
apiVersion: tiergate.dev/v1
kind: PriceBook
metadata: {name: prices, owner: finance}
spec:
  version: v7
  currency: USD
  prices:
    - model: big
      input: 1.25
      output: "10.00"
      cache_read: 0.125
      valid_from: 2025-01-01
      source: price list
    - model: thinker
      input: 0.4
      output: 1
      valid_from: 2025-01-01T06:00:00+01:00
      source: internal
"""

POLICY = """\
apiVersion: tiergate.dev/v1
kind: RoutingPolicy
metadata: {name: standard, owner: platform}
spec:
  data_classes:
    restricted: {residency: [on-premises]}
  baseline: {model: big, owner: procurement, declared: 2025-10-01}
  rules:
    - name: math
      match: {task: [math], difficulty: {at_least: 0.5}}
      tiers: [reasoning, frontier]
    - name: default
      objective: cheapest
      quality_target: 0.7
"""


class Folder:
    """A policy folder on disk."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.env: Mapping[str, str] = {"BIG_KEY": "secret-key"}
        for name, text in (("catalog", CATALOG), ("prices", PRICES), ("policy", POLICY)):
            (path / f"{name}.yaml").write_text(text, "utf-8")

    def edit(self, name: str, old: str, new: str) -> None:
        """Replaces one occurrence of `old`; the test is wrong if there is none."""
        file = self.path / f"{name}.yaml"
        text = file.read_text("utf-8")
        assert old in text
        file.write_text(text.replace(old, new, 1), "utf-8")

    def load(self) -> Bundle:
        return load_documents(self.path, self.env, NOW)

    def problems(self) -> list[str]:
        """What is wrong with the folder, file names without the folder; empty: nothing."""
        try:
            self.load()
        except PolicyRejected as rejected:
            return [str(problem).replace(f"{self.path}/", "") for problem in rejected.problems]
        return []


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    path = tmp_path / "policies"
    path.mkdir()
    return Folder(path)


@pytest.fixture
def now() -> datetime:
    return NOW
