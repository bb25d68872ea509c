"""One gateway and its upstreams for most of this folder; tests that break things have their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from openai import OpenAI

from router.sandbox.testing import RunningSandbox, running_sandbox
from tests.contract.background import Background
from tests.contract.folder import TestModel, write_folder
from tests.contract.gateway import Gateway, free_port, running_gateway
from tests.contract.scripted import Scripted, scripted_upstream

JSON_ONLY = ("json_object", "json_schema")
RULES: list[dict[str, Any]] = [
    {
        "name": "restricted",
        "match": {"data_class": ["restricted"]},
        "objective": "cheapest",
        "require": {"residency": ["on-premises"]},
        "verify": "after_reply",
        "on_error": "deny",
    },
    {"name": "forbidden", "match": {"workload": ["forbidden"]}, "deny": "not here"},
    {"name": "default", "objective": "cheapest", "quality_target": 0.7, "verify": "after_reply"},
]


@dataclass(frozen=True, slots=True)
class Desk:
    """The gateway and what stands behind it. `abroad` is the only upstream outside the premises, `slow`
    takes its time."""

    gateway: Gateway
    abroad: RunningSandbox
    home: RunningSandbox
    thinking: RunningSandbox
    tagging: RunningSandbox
    slow: RunningSandbox
    scripted: Scripted


@pytest.fixture(scope="session")
def background() -> Iterator[Background]:
    """The thread in which upstreams live."""
    with Background() as background:
        yield background


@pytest.fixture(scope="session")
def desk(background: Background, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A gateway with three tiers."""
    folder = tmp_path_factory.mktemp("desk")
    abroad, home, slow = (
        background.enter(running_sandbox("frontier", prompts=[], **options))
        for options in ({}, {}, {"speed": 2.0, "event_gap_s": 0.01})
    )
    thinking = background.enter(running_sandbox("reasoning", prompts=[]))
    tagging = background.enter(running_sandbox("reasoning", prompts=[], thinking="tags"))
    scripted = background.enter(scripted_upstream())
    nowhere = f"http://127.0.0.1:{free_port()}/v1"
    models = [
        TestModel("big", "frontier", abroad.base_url, abroad.model, (2.0, 10.0), residency="us"),
        TestModel(
            "little", "small", home.base_url, home.model, (0.1, 0.2), capabilities=JSON_ONLY, context=4_000,
            ability=0.75, more={"max_output": 1_000},
        ),
        TestModel("thinker", "reasoning", thinking.base_url, thinking.model, (0.5, 1.0), profile="qwq"),
        TestModel("tagger", "reasoning", tagging.base_url, tagging.model, (0.6, 1.2), profile="qwq-tags"),
        TestModel("slowpoke", "frontier", slow.base_url, slow.model, (20.0, 20.0), residency="us"),
        TestModel("dead", "frontier", nowhere, "x", (30.0, 30.0), residency="us"),
        TestModel("odd", "frontier", scripted.url, "odd", (40.0, 40.0), residency="us"),
        TestModel("odd-thinker", "reasoning", scripted.url, "odd", (40.0, 40.0), profile="qwq"),
    ]  # fmt: skip
    policy = write_folder(folder / "policies", models, RULES)
    with running_gateway(folder, policy) as gateway:
        yield Desk(gateway, abroad, home, thinking, tagging, slow, scripted)


@pytest.fixture
def client(desk: Desk) -> Iterator[OpenAI]:
    """The official client with a key that may do everything."""
    with desk.gateway.client() as client:
        yield client
