"""Answers judged after their reply by a simulated judge: what is booked, what it costs, what is not done."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from openai import OpenAI
from prometheus_client.parser import text_string_to_metric_families

from router.domain.kinds import Task, Tier
from router.sandbox.prompts import Prompt
from router.sandbox.testing import RunningSandbox, running_sandbox
from tests.contract.background import Background
from tests.contract.chat import user
from tests.contract.folder import TestModel, write_folder
from tests.contract.gateway import Gateway, Row, running_gateway
from tests.contract.scripted import Scripted, scripted_upstream
from tests.contract.until import until

ASKED = "Multiply 17 by 23 for me, please."
KNOWN = Prompt(
    "product", Task.MATH, 0.1, tuple(user(ASKED)), {}, {}, "auto", False,
    {"type": "integer", "value": 391}, "Answer: 391", (), "answer",
)  # fmt: skip
RICH = {"budget_per_day_usd": 5, "budget_per_month_usd": 50}


def rule(name: str, model: str, compare: str, **more: Any) -> dict[str, Any]:
    """A rule for the workload of its name, all of whose answers are judged."""
    judge = {"model": model, "share": 1, "compare_with": compare, **RICH, **more}
    return {"name": name, "match": {"workload": [name]}, "tiers": ["small"], "judge": judge}


RULES = [
    rule("reference", "fair", "reference", rubric="Only the number counts."),
    rule("biased", "partial", "reference"),
    rule("graded", "fair", "nothing"),
    rule("baseline", "fair", "baseline"),
    rule("poor", "fair", "nothing", budget_per_day_usd=0.0001),
    {**rule("verified", "fair", "reference"), "verify": "before_reply"},
    {"name": "default", "tiers": ["small"]},
]


@dataclass(frozen=True, slots=True)
class Court:
    """A gateway whose small model answers as told, two judges, and a baseline that answers as told."""

    gateway: Gateway
    client: OpenAI
    small: Scripted
    big: Scripted
    fair: RunningSandbox
    partial: RunningSandbox

    def ask(self, workload: str, text: str, **options: Any) -> str:
        """The id of a request that was answered with `text`."""
        self.small.answers(completion(text))
        metadata = {"tiergate_workload": workload, **options.pop("metadata", {})}
        raw = self.client.chat.completions.with_raw_response.create(
            model="auto", messages=user(ASKED), metadata=metadata, **options
        )
        return str(raw.headers["x-tiergate-request-id"])

    def judgement(self, request_id: str) -> Row:
        """The opinion on a request's answer, once it is there."""
        sql = "SELECT * FROM judgements WHERE request_id = :id"
        [row] = until(lambda: self.gateway.query(sql, id=request_id))
        return row

    def calls(self, request_id: str) -> list[Row]:
        """What was bought for it."""
        sql = "SELECT * FROM judge_calls WHERE request_id = :id ORDER BY call"
        return self.gateway.query(sql, id=request_id)

    def skipped(self, reason: str) -> float:
        """How many answers stayed unjudged for this reason."""
        page = self.gateway.get("/metrics")[1].decode()
        return sum(
            sample.value
            for family in text_string_to_metric_families(page)
            for sample in family.samples
            if sample.name == "tiergate_judgements_skipped_total" and sample.labels["reason"] == reason
        )


def completion(text: str) -> bytes:
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
    head = {"id": "x", "object": "chat.completion", "created": 1, "model": "m"}
    return orjson.dumps({**head, "choices": [choice], "usage": usage})


def declared(value: str) -> dict[str, Any]:
    return {"extra_body": {"tiergate": {"reference": {"kind": "exact", "value": value}}}}


@pytest.fixture(scope="module")
def policy_models(background: Background) -> tuple[list[TestModel], dict[str, Any]]:
    small, big = background.enter(scripted_upstream()), background.enter(scripted_upstream())
    fair = background.enter(running_sandbox("frontier", prompts=[KNOWN]))
    partial = background.enter(running_sandbox("frontier", prompts=[KNOWN], judge_bias=1.0))
    models = [
        TestModel("big", "frontier", big.url, "big", (2.0, 10.0), residency="us"),
        TestModel("little-3b", "small", small.url, "little", (0.1, 0.2)),
        TestModel("fair", "frontier", fair.base_url, fair.model, (1.0, 4.0), residency="us"),
        TestModel("partial", "frontier", partial.base_url, partial.model, (1.0, 4.0), residency="us"),
    ]
    return models, {"small": small, "big": big, "fair": fair, "partial": partial}


@pytest.fixture(scope="module")
def court(
    policy_models: tuple[list[TestModel], dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Court]:
    folder = tmp_path_factory.mktemp("judge")
    models, upstreams = policy_models
    policy = write_folder(folder / "policies", models, RULES)
    with running_gateway(folder, policy) as gateway, gateway.client() as client:
        yield Court(gateway, client, **upstreams)


@pytest.mark.parametrize(
    ("text", "outcome", "preferred"), [("It is 391.", "tie", "tie"), ("It is 390.", "worse", "other")]
)
def test_against_a_reference(court: Court, text: str, outcome: str, preferred: str) -> None:
    """Both orders are asked, the opinion is booked, and its cost is in no request."""
    request_id = court.ask("reference", text, **declared("391"))
    row = court.judgement(request_id)
    assert (row["outcome"], row["first"], row["second"]) == (outcome, preferred, preferred)
    assert (row["mode"], row["other"], row["other_model"]) == ("pairwise", "reference", None)
    assert (row["judge_model"], row["judged_model"]) == ("fair", "little-3b")
    assert (row["simulated"], row["reason"], row["score"]) == (1, None, None)
    assert (row["answer_chars"], row["other_chars"]) == (len(text), 3)
    calls = court.calls(request_id)
    assert [(call["call"], call["purpose"], call["status"]) for call in calls] == [
        (1, "judge", "ok"), (2, "judge", "ok"),
    ]  # fmt: skip
    for call in calls:
        assert call["cost_state"] == "priced"
        assert call["cost_pico"] == call["uncached_input"] * 10**6 + call["output"] * 4 * 10**6
    booked = court.gateway.request_row(request_id)
    assert (booked["cost_pico"], booked["attempts"], booked["outcome"]) == (2 * 10**6, 1, "unverified")
    assert booked["verdict"] is None
    assert court.gateway.query("SELECT * FROM verdicts WHERE request_id = :id", id=request_id) == []


def test_the_judge_sees_no_names(court: Court) -> None:
    """Neither the model nor its tier; what an answer says of its own name is taken out."""
    request_id = court.ask("reference", "I am Little-3B, and it is 391.", **declared("391"))
    court.judgement(request_id)
    asked = list(court.fair.record.requests)[-2:]
    first, second = (orjson.dumps(seen.json["messages"]).decode() for seen in asked)
    for sent in (first, second):
        assert "Only the number counts." in sent and ASKED in sent
        assert "I am [name]" in sent
        assert not any(word in sent.lower() for word in ("little", "small", "tier", "reference"))
    assert first.index("[name]") < first.index("answer_b") < second.index("[name]")


def test_a_judge_that_prefers_a_place_is_caught(court: Court) -> None:
    """It takes whatever comes first: the swap shows it, and the answer is neither better nor worse."""
    row = court.judgement(court.ask("biased", "It is 390.", **declared("391")))
    assert (row["outcome"], row["first"], row["second"]) == ("inconsistent", "answer", "other")


@pytest.mark.parametrize(("text", "score"), [("It is 391.", 1.0), ("It is 390.", 0.0)])
def test_graded_alone(court: Court, text: str, score: float) -> None:
    """With nothing to compare with, one call grades; so where no reference was declared."""
    for workload in ("graded", "reference"):
        request_id = court.ask(workload, text)
        row = court.judgement(request_id)
        assert (row["mode"], row["outcome"], row["other"]) == ("pointwise", "graded", None)
        assert row["score"] == score
        assert len(court.calls(request_id)) == 1


def test_against_the_baseline(court: Court) -> None:
    """Its answer is bought, booked as what it is, and compared in both orders."""
    court.big.answers(completion("It is 393, says big."))
    request_id = court.ask("baseline", "It is 391.")
    row = court.judgement(request_id)
    assert (row["outcome"], row["other"], row["other_model"]) == ("better", "baseline", "big")
    calls = court.calls(request_id)
    assert [(call["purpose"], call["model"]) for call in calls] == [
        ("baseline", "big"), ("judge", "fair"), ("judge", "fair"),
    ]  # fmt: skip
    assert calls[0]["cost_pico"] == 10 * 2 * 10**6 + 5 * 10 * 10**6
    assert b"tiergate" not in court.big.bodies[-1]


def test_streams_are_judged_too(court: Court) -> None:
    """As soon as they are out."""
    parts = [{"index": 0, "delta": {"role": "assistant", "content": "It is 391."}, "finish_reason": "stop"}]
    head = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    court.small.streams(orjson.dumps({**head, "choices": parts}), b"[DONE]")
    with court.client.chat.completions.with_streaming_response.create(
        model="auto", messages=user(ASKED), stream=True, metadata={"tiergate_workload": "graded"}
    ) as raw:
        request_id = raw.headers["x-tiergate-request-id"]
        assert "391" in "".join(raw.iter_text())
    assert court.judgement(request_id)["score"] == 1.0


def test_a_verdict_stays_what_it_is(court: Court) -> None:
    """A judge that agrees or not changes nothing of what was verified."""
    request_id = court.ask("verified", "391", **declared("391"))
    assert court.judgement(request_id)["outcome"] == "tie"
    row = court.gateway.request_row(request_id)
    assert (row["outcome"], row["verdict"]) == ("accepted", "passed")


def test_no_judgement_beyond_the_budget(court: Court) -> None:
    """What could cost more than is left is not begun, and nothing of it is sent."""
    seen, before = court.fair.record.total, court.skipped("budget")
    request_id = court.ask("poor", "It is 391.")
    until(lambda: court.skipped("budget") == before + 1)
    assert court.fair.record.total == seen
    assert court.calls(request_id) == []
    assert court.gateway.query("SELECT * FROM judge_budgets WHERE rule = 'poor'") == []


def test_restricted_data_is_not_sent_to_a_judge(court: Court) -> None:
    """The judge is no place where such data may go, and neither is the baseline model."""
    for workload in ("graded", "baseline"):
        seen, before = court.fair.record.total, court.skipped("not_allowed")
        asked = len(court.big.bodies)
        court.ask(workload, "It is 391.", metadata={"tiergate_data_class": "restricted"})
        until(lambda before=before: court.skipped("not_allowed") == before + 1)  # type: ignore[misc]
        assert (court.fair.record.total, len(court.big.bodies)) == (seen, asked)


def test_a_key_s_boundary_holds_for_judges(court: Court) -> None:
    """A key that may not use the frontier does not send its requests there to be judged."""
    token, before = court.gateway.new_key(tiers=[Tier.SMALL]), court.skipped("not_allowed")
    court.small.answers(completion("It is 391."))
    with court.gateway.client(token) as client:
        client.chat.completions.create(
            model="auto", messages=user(ASKED), metadata={"tiergate_workload": "graded"}
        )
    until(lambda: court.skipped("not_allowed") == before + 1)


def fault(judge: RunningSandbox, name: str) -> None:
    """The next request to it goes wrong."""
    httpx.post(f"{judge.origin}/sandbox/faults", json={"fault": name, "times": 1}).raise_for_status()


def test_a_judge_that_fails(court: Court) -> None:
    """Its call is booked, its silence is no opinion, and the other order is not asked."""
    fault(court.fair, "500")
    request_id = court.ask("reference", "It is 391.", **declared("391"))
    assert court.judgement(request_id)["outcome"] == "no_answer"
    [call] = court.calls(request_id)
    assert (call["status"], call["cost_state"], call["cost_pico"]) == ("error", "free", 0)


def test_a_killed_gateway_leaves_what_it_was_buying(
    policy_models: tuple[list[TestModel], dict[str, Any]], tmp_path: Path
) -> None:
    """The call in flight is booked as interrupted at an unknown cost, its money stays spent, no opinion is
    made up, and it is booked once."""
    models, upstreams = policy_models
    policy = write_folder(tmp_path / "policies", models, RULES)
    with running_gateway(tmp_path, policy) as gateway, gateway.client() as client:
        court = Court(gateway, client, **upstreams)
        fault(court.fair, "hang")
        seen = court.fair.record.total
        request_id = court.ask("graded", "It is 391.")
        until(lambda: court.fair.record.total == seen + 1)
        gateway.kill()
        gateway.start()
        [call] = until(lambda: court.calls(request_id))
        assert (call["status"], call["cost_state"]) == ("interrupted", "usage_missing")
        assert call["cost_pico"] is None
        second = court.ask("graded", "It is 391.")
        assert court.judgement(second)["outcome"] == "graded"
        assert gateway.query("SELECT * FROM judgements WHERE request_id = :id", id=request_id) == []
        days = "SELECT spent_pico FROM judge_budgets WHERE period LIKE '%-%-%'"
        [ended] = court.calls(second)
        assert sum(row["spent_pico"] for row in gateway.query(days)) > 2 * ended["cost_pico"]
