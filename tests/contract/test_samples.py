"""Best of n through the official client: which sample is given, who is asked next, what is on the bill."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest
from openai import APIConnectionError, APITimeoutError, OpenAI

from tests.contract.background import Background
from tests.contract.chat import user
from tests.contract.folder import TestModel, write_folder
from tests.contract.gateway import Gateway, running_gateway
from tests.contract.scripted import Scripted, scripted_upstream
from tests.contract.test_verify import completion, declared, id_of, told
from tests.contract.until import until

CHEAP = 10 * 100_000 + 5 * 200_000
"""Pico-dollars of one answer of the cheap model: 10 tokens in, 5 out."""
DEAR = 10 * 2_000_000 + 5 * 10_000_000
QUESTION = "What is the sum of the first hundred primes, modulo seven?"
CHECKED = {"mode": "before_reply", "time_limit": 60}


def rule(name: str, **changes: Any) -> dict[str, Any]:
    base = {"name": name, "match": {"workload": [name]}, "objective": "best_of_n", "samples": 3,
            "verify": CHECKED, "max_attempts": 5}  # fmt: skip
    return {**base, **changes}


RULES = [
    rule("poor", max_cost_usd="0.000051"),
    rule("hasty", verify={**CHECKED, "escalate_within": 0.000001}),
    rule("few", max_attempts=3),
    rule("blind", verify={**CHECKED, "verifiers": ["reference"]}),
    rule("rare", verify={**CHECKED, "share": 1e-9}),
    rule("held", verify={**CHECKED, "buffer_streams": True}),
    {**rule("default"), "match": {}},
]


@dataclass(frozen=True, slots=True)
class Bench:
    """A gateway whose cheap model is asked for three samples, and a dear one behind it."""

    gateway: Gateway
    client: OpenAI
    cheap: Scripted
    dear: Scripted

    def ask(
        self, *samples: str, dear: str = "The answer is 9.", workload: str = "any", **options: Any
    ) -> Any:
        """One request; the cheap model's calls are answered in turn."""
        self.cheap.answers_in_turn(*map(completion, samples))
        self.dear.answers(completion(dear))
        body = {"metadata": {"tiergate_workload": workload, "tiergate_task": "math"}}
        body |= options.pop("extra_body", {})
        raw = self.client.chat.completions.with_raw_response.create(
            model="auto", messages=user(QUESTION), extra_body=body, **options
        )
        parsed: Any = raw.parse()
        parsed.headers = dict(raw.headers)
        return parsed

    def bill(self, answer: Any) -> tuple[list[str], list[int], int]:
        """Models and costs of the attempts, in order, and the request's cost."""
        rows = self.gateway.attempt_rows(id_of(answer))
        assert [row["n"] for row in rows] == list(range(1, len(rows) + 1))
        request = self.gateway.request_row(id_of(answer))
        assert request["attempts"] == len(rows)
        assert request["gateway_us"] >= 0
        return [row["model"] for row in rows], [row["cost_pico"] for row in rows], request["cost_pico"]


@pytest.fixture(scope="module")
def bench(background: Background, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder: Path = tmp_path_factory.mktemp("samples")
    cheap, dear = background.enter(scripted_upstream()), background.enter(scripted_upstream())
    models = [
        TestModel("cheap", "small", cheap.url, "cheap", (0.1, 0.2)),
        TestModel("dear", "frontier", dear.url, "dear", (2.0, 10.0)),
    ]
    policy = write_folder(folder / "policies", models, RULES)
    with running_gateway(folder, policy) as gateway, gateway.client(timeout=90.0) as client:
        yield Bench(gateway, client, cheap, dear)


def reference(value: str) -> dict[str, Any]:
    return {"extra_body": declared(reference={"kind": "exact", "value": value})["extra_body"]}


def test_the_sample_that_passes_is_given_and_all_are_paid_for(bench: Bench) -> None:
    """Three attempts on the bill, exactly; the answer is the right one; nobody dearer is asked."""
    asked = len(bench.dear.bodies)
    answer = bench.ask("Lyon", "Paris", "Nice", **reference("Paris"))
    assert answer.choices[0].message.content == "Paris"
    assert told(answer) == ("cheap", "3", "passed")
    assert bench.bill(answer) == (["cheap"] * 3, [CHEAP] * 3, 3 * CHEAP)
    verdicts = sorted(row["verdict"] for row in bench.gateway.attempt_rows(id_of(answer)))
    assert verdicts == ["failed", "failed", "passed"]
    assert bench.gateway.request_row(id_of(answer))["outcome"] == "accepted"
    assert len(bench.dear.bodies) == asked


def test_if_none_passes_the_next_candidate_is_asked_once(bench: Bench) -> None:
    """Samples are of the first candidate alone; all four attempts are on the bill."""
    answer = bench.ask("Lyon", "Nice", "Lille", dear="Paris", **reference("Paris"))
    assert told(answer) == ("dear", "4", "passed")
    assert bench.bill(answer) == (["cheap"] * 3 + ["dear"], [CHEAP] * 3 + [DEAR], 3 * CHEAP + DEAR)
    assert bench.gateway.request_row(id_of(answer))["outcome"] == "escalated"


def test_without_a_reference_most_samples_decide_and_that_is_no_verdict(bench: Bench) -> None:
    """Two of three say 3: one of those is given, unverified; the ledger says what was compared."""
    answer = bench.ask("So \\boxed{3}.", "It is \\boxed{5}.", "Thus \\boxed{3}.")
    assert "3" in answer.choices[0].message.content
    assert told(answer) == ("cheap", "3", "unverified")
    sql = "SELECT * FROM verdicts WHERE request_id = :id AND verifier = 'consistency' ORDER BY n"
    rows = until(lambda: bench.gateway.query(sql, id=id_of(answer)))
    assert {row["verdict"] for row in rows} == {"unverified"} and len(rows) == 3
    assert sorted(row["evidence"].split(" the answer")[0] for row in rows) == ["is", "is", "is not"]
    assert bench.gateway.request_row(id_of(answer))["outcome"] == "unverified"


def test_samples_that_do_not_agree_go_to_the_next_candidate(bench: Bench) -> None:
    """No answer has more than half; a rule that leaves the comparison out takes the first."""
    answer = bench.ask("\\boxed{3}", "\\boxed{5}", "\\boxed{6}")
    assert told(answer) == ("dear", "4", "unverified")
    answer = bench.ask("\\boxed{3}", "\\boxed{5}", "\\boxed{6}", workload="blind")
    assert told(answer)[:2] == ("cheap", "3")


def test_attempts_bound_what_is_bought(bench: Bench) -> None:
    """Three are used up by the samples: a failed one is given with its verdict."""
    answer = bench.ask("Lyon", "Nice", "Lille", workload="few", **_in("few", "Paris"))
    assert told(answer) == ("cheap", "3", "failed")
    assert bench.gateway.request_row(id_of(answer))["outcome"] == "exhausted"


def test_money_bounds_samples_and_escalation(bench: Bench) -> None:
    """The limit suffices for two samples of about 100 tokens, not for the dear model after them."""
    answer = bench.ask("Lyon", "Nice", "unused", workload="poor", **_in("poor", "Paris"))
    assert told(answer)[0] == "cheap" and told(answer)[2] == "failed"
    assert bench.bill(answer)[0] == ["cheap"] * 2
    bench.cheap.turns.clear()


def test_time_bounds_escalation(bench: Bench) -> None:
    """After that long nobody else is tried, and the reply says so."""
    answer = bench.ask("Lyon", "Nice", "Lille", workload="hasty", **_in("hasty", "Paris"))
    assert told(answer) == ("cheap", "3", "failed")
    assert "nobody else is tried" in answer.headers["x-tiergate-adjusted"]


def _in(workload: str, value: str) -> dict[str, Any]:
    extra = reference(value)["extra_body"]
    return {"extra_body": {**extra, "metadata": {"tiergate_workload": workload}}}


@pytest.mark.parametrize("options", [{"temperature": 0}, {"seed": 7}])
def test_samples_that_would_be_alike_are_not_bought(bench: Bench, options: dict[str, Any]) -> None:
    """Greedy or seeded, n answers are one answer n times."""
    answer = bench.ask("It is 3.", "unused", **options)
    assert told(answer)[:2] == ("cheap", "1")
    bench.cheap.turns.clear()


def test_a_stream_gets_one_answer(bench: Bench) -> None:
    """It cannot be held back, so there is nothing to choose."""
    bench.cheap.streams(chunk("3"), b"[DONE]")
    asked = len(bench.cheap.bodies)
    stream = bench.client.chat.completions.create(model="auto", messages=user(QUESTION), stream=True)
    assert "".join(part.choices[0].delta.content or "" for part in stream if part.choices) == "3"
    assert len(bench.cheap.bodies) == asked + 1


def test_a_stream_that_the_rule_holds_back_is_chosen_from(bench: Bench) -> None:
    """Its samples are checked like any other, and the one that passes is streamed."""
    bench.cheap.turns = [streamed(bench.cheap, text) for text in ("Lyon", "Nice", "Paris")]
    with bench.client.chat.completions.with_streaming_response.create(
        model="auto", messages=user(QUESTION), stream=True, **_in("held", "Paris")
    ) as raw:
        request_id = raw.headers["x-tiergate-request-id"]
        text = "".join(raw.iter_text())
    assert "Paris" in text and "Lyon" not in text
    assert bench.gateway.request_row(request_id)["verdict"] == "passed"
    assert len(bench.gateway.attempt_rows(request_id)) == 3


def streamed(upstream: Scripted, text: str) -> bytes:
    """A whole streamed reply."""
    upstream.streams(chunk(text), b"[DONE]")
    return upstream.reply


def chunk(text: str) -> bytes:
    """An answer in one event."""
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": "stop"}
    head = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    return orjson.dumps({**head, "choices": [choice]})


def test_what_is_not_checked_is_not_bought_several_times(bench: Bench) -> None:
    """Outside the share that the rule checks there is nothing to choose by."""
    answer = bench.ask("Lyon", "unused", workload="rare", **_in("rare", "Paris"))
    assert told(answer)[:2] == ("cheap", "1")
    bench.cheap.turns.clear()


def test_samples_are_asked_for_at_once_and_time_counts_once(bench: Bench) -> None:
    """All three are on their way before one is answered; their spans overlap in the books."""
    asked = len(bench.cheap.bodies)
    bench.cheap.holds(completion("It is \\boxed{3}."))

    def release() -> None:
        until(lambda: len(bench.cheap.bodies) == asked + 3)
        bench.cheap.release()

    helper = threading.Thread(target=release)
    helper.start()
    answer = bench.ask()
    helper.join()
    rows = bench.gateway.attempt_rows(id_of(answer))
    request = bench.gateway.request_row(id_of(answer))
    assert request["upstream_us"] < sum(row["duration_us"] for row in rows)
    assert request["upstream_us"] <= request["duration_us"]


def test_a_caller_that_leaves_has_bought_every_sample(bench: Bench) -> None:
    """Each is on the bill as cancelled, at a cost that nobody knows: never as nothing."""
    bench.cheap.holds(completion("never"))
    with pytest.raises(APITimeoutError):
        bench.client.with_options(timeout=0.7).chat.completions.create(
            model="auto", messages=user(QUESTION), extra_headers={"x-request-id": "left"}
        )
    row = bench.gateway.named_row("left")
    assert (row["outcome"], row["attempts"], row["cost_state"]) == ("cancelled", 3, "usage_missing")
    attempts = bench.gateway.attempt_rows(row["id"])
    assert [(one["n"], one["status"]) for one in attempts] == [(n, "cancelled") for n in (1, 2, 3)]
    bench.cheap.release()


def test_a_gateway_that_dies_has_written_every_sample_down(background: Background, tmp_path: Path) -> None:
    """Each was in the journal before it was sent: after the restart all are booked as interrupted."""
    cheap = background.enter(scripted_upstream())
    cheap.holds(completion("never"))
    models = [TestModel("cheap", "small", cheap.url, "cheap")]
    policy = write_folder(tmp_path / "policies", models, [{**rule("default"), "match": {}}])
    with running_gateway(tmp_path, policy) as gateway:
        client = gateway.client()

        def ask() -> None:
            with pytest.raises(APIConnectionError), client:
                client.chat.completions.create(
                    model="auto", messages=user(QUESTION), extra_headers={"x-request-id": "killed"}
                )

        asking = threading.Thread(target=ask)
        asking.start()
        until(lambda: len(cheap.bodies) == 3)
        gateway.kill()
        asking.join()
        gateway.start()
        row = gateway.named_row("killed")
        assert (row["outcome"], row["attempts"], row["cost_pico"]) == ("interrupted", 3, None)
        statuses = [(one["n"], one["status"]) for one in gateway.attempt_rows(row["id"])]
        assert statuses == [(n, "interrupted") for n in (1, 2, 3)]
    cheap.release()
