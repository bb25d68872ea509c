"""The decision knows the cascade: a declared check lets the cheap model go first, and the trace says why."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from router.domain.acceptance import Acceptance
from router.domain.kinds import Task, VerifierName
from router.policy.ability.document import LEARNED_FILE, learned_document
from tests.contract.background import Background
from tests.contract.chat import user
from tests.contract.folder import TestModel, write_folder
from tests.contract.gateway import Gateway, running_gateway
from tests.contract.scripted import Scripted, scripted_upstream
from tests.contract.test_verify import completion, declared, id_of, told

RULES = [
    {"name": "sure", "match": {}, "objective": "cheapest", "quality_target": 0.9,
     "verify": {"mode": "before_reply", "time_limit": 60}}
]  # fmt: skip
PROMPT = "Simplify the square root of eight over four, please."
REFERENCE = declared(reference={"kind": "math", "value": "\\frac{1}{\\sqrt{2}}"})["extra_body"]["tiergate"]


@pytest.fixture(scope="module")
def upstreams(background: Background) -> tuple[Scripted, Scripted]:
    return background.enter(scripted_upstream()), background.enter(scripted_upstream())


@pytest.fixture(scope="module")
def gateway(
    upstreams: tuple[Scripted, Scripted], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gateway]:
    """The cheap model's answers to mathematics have been checked often, the middle one's hardly ever."""
    folder: Path = tmp_path_factory.mktemp("cascade")
    cheap, dear = upstreams
    models = [
        TestModel("cheap", "small", cheap.url, "cheap", (0.1, 0.2), ability=0.55),
        TestModel("middle", "reasoning", dear.url, "middle", (1.0, 2.0), ability=0.6),
        TestModel("dear", "frontier", dear.url, "dear", (2.0, 10.0), ability=0.97),
    ]
    policy = write_folder(folder / "policies", models, RULES)
    key = (Task.MATH, VerifierName.MATHEMATICS)
    seen = {("cheap", *key): Acceptance(60, 40, 0), ("dear", *key): Acceptance(96, 3, 1)}
    seen |= {("middle", *key): Acceptance(9, 1, 0)}
    content = learned_document({}, "2026-11-01T00:00:00Z", "a test", "tests", seen)
    (policy / LEARNED_FILE).write_text(json.dumps(content), "utf-8")
    with running_gateway(folder, policy) as running:
        yield running


def route(gateway: Gateway, **more: Any) -> dict[str, Any]:
    """What `/v1/route` says."""
    body = {"model": "auto", "messages": user(PROMPT), "metadata": {"tiergate_task": "math"}, **more}
    headers = {"authorization": f"Bearer {gateway.token}", "content-type": "application/json"}
    asked = urllib.request.Request(f"{gateway.origin}/v1/route", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(asked, timeout=20) as reply:
        found: dict[str, Any] = json.load(reply)
    return found


def test_a_declared_check_lets_the_cheap_model_go_first(gateway: Gateway) -> None:
    """Together they reach the target for less than the dear model alone, and both stand side by side."""
    found = route(gateway, tiergate={"reference": REFERENCE["reference"]})
    cascade = found["cascade"]
    assert found["candidates"][0]["model"] == "cheap"
    assert cascade["credited"] and cascade["reordered"] and cascade["straight"]["model"] == "dear"
    assert cascade["p_success"] >= 0.9
    assert float(cascade["expected_cost_usd"]) < float(cascade["straight"]["expected_cost_usd"])
    assert [stage["check"] for stage in cascade["stages"][:2]] == ["mathematics"] * 2
    assert cascade["stages"][0]["reached"] == 1 and 0 < cascade["stages"][1]["reached"] < 0.5


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "nobody has measured how often signs or structure is wrong on math"),
        ({"stream": True, "tiergate": REFERENCE}, "this reply is not checked before it goes out"),
        (
            {"tiergate": REFERENCE, "model": "middle"},
            "too few checked math answers of middle, 30 are needed: mathematics 10",
        ),
    ],
)
def test_what_is_not_known_of_a_check_is_said(gateway: Gateway, more: dict[str, Any], said: str) -> None:
    """And the order is the one without it."""
    found = route(gateway, **more)
    assert found["cascade"] == {"credited": False, "reason": said}
    assert found["candidates"][0]["model"] == more.get("model", "dear")


def test_the_ledger_keeps_what_was_expected(gateway: Gateway, upstreams: tuple[Scripted, Scripted]) -> None:
    """A failed check leads to the next of the chain; the row's trace has the chain."""
    cheap, dear = upstreams
    cheap.answers(completion("\\boxed{2}"))
    dear.answers(completion("$\\boxed{\\frac{\\sqrt{2}}{2}}$"))
    with gateway.client(timeout=90) as client:
        raw = client.chat.completions.with_raw_response.create(
            model="auto",
            messages=user(PROMPT),
            metadata={"tiergate_task": "math"},
            extra_body={"tiergate": REFERENCE},
        )
        answer: Any = raw.parse()
        answer.headers = dict(raw.headers)
    assert told(answer) == ("dear", "2", "passed")
    row = gateway.request_row(id_of(answer))
    assert json.loads(row["trace"])["cascade"]["stages"][0]["model"] == "cheap"
    assert [one["verdict"] for one in gateway.attempt_rows(row["id"])] == ["failed", "passed"]
