"""Declared and detected checks through the official client: what passes, what goes to the next candidate."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest
from openai import BadRequestError, OpenAI
from openai.types.chat import ChatCompletion

from router.verify.code import find_isolation
from tests.contract.background import Background
from tests.contract.chat import user
from tests.contract.folder import TestModel, write_folder
from tests.contract.gateway import Gateway, Row, running_gateway
from tests.contract.scripted import Scripted, scripted_upstream
from tests.contract.until import until

BEFORE = {"mode": "before_reply", "time_limit": 60}
RULES: list[dict[str, Any]] = [
    {"name": "late", "match": {"workload": ["late"]}, "objective": "cheapest",
     "verify": {"mode": "after_reply", "time_limit": 60}},
    {"name": "blind", "match": {"workload": ["blind"]}, "objective": "cheapest"},
    {"name": "never", "match": {"workload": ["never"]}, "objective": "cheapest",
     "verify": {"mode": "before_reply", "share": 0}},
    {"name": "shape", "match": {"workload": ["shape"]}, "objective": "cheapest",
     "verify": {"mode": "before_reply", "verifiers": ["structure", "constraints"]}},
    {"name": "brief", "match": {"workload": ["brief"]}, "objective": "cheapest",
     "verify": {"mode": "before_reply", "time_limit": 1}},
    {"name": "strict", "match": {"workload": ["strict"]}, "objective": "cheapest",
     "verify": {"mode": "before_reply", "time_limit": 0.001, "on_error": "deny"}},
    {"name": "default", "objective": "cheapest", "verify": BEFORE},
]  # fmt: skip
LAST = {"name": "default", "match": {}}
RIGHT = "```python\ndef double(n):\n    return 2 * n\n```"
WRONG = "```python\ndef double(n):\n    return n + 2\n```"
TESTS = {"function": "double", "cases": [{"args": [2], "expected": 4}, {"args": [5], "expected": 10}]}
SCRIPT = "CREATE TABLE t(a); INSERT INTO t VALUES (7)"
needs_isolation = pytest.mark.skipif(find_isolation() is None, reason="no isolation on this machine")


@dataclass(frozen=True, slots=True)
class Bench:
    """A gateway in front of a cheap upstream in the house and a dear one outside."""

    gateway: Gateway
    client: OpenAI
    cheap: Scripted
    dear: Scripted

    def ask(self, prompt: str, first: str, second: str = "unused", **options: Any) -> ChatCompletion:
        """One request; the cheap upstream answers `first`, the dear one `second`."""
        self.cheap.answers(completion(first))
        self.dear.answers(completion(second))
        raw = self.client.chat.completions.with_raw_response.create(
            model="auto", messages=user(prompt), **options
        )
        parsed: ChatCompletion = raw.parse()
        parsed.headers = dict(raw.headers)  # type: ignore[attr-defined]
        return parsed

    def verdicts(self, request_id: str, count: int) -> list[Row]:
        """The verdict rows of a request, once there are `count`."""
        sql = "SELECT * FROM verdicts WHERE request_id = :id ORDER BY n, verifier"

        def rows() -> list[Row]:
            found = self.gateway.query(sql, id=request_id)
            return found if len(found) >= count else []

        return until(rows)


@pytest.fixture(scope="module")
def bench(background: Background, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("verify")
    cheap, dear = background.enter(scripted_upstream()), background.enter(scripted_upstream())
    models = [
        TestModel("cheap", "small", cheap.url, "cheap", (0.1, 0.2)),
        TestModel("dear", "frontier", dear.url, "dear", (2.0, 10.0), residency="us"),
    ]
    policy = write_folder(folder / "policies", models, RULES)
    with running_gateway(folder, policy) as gateway, gateway.client(timeout=90.0) as client:
        yield Bench(gateway, client, cheap, dear)


def completion(text: str) -> bytes:
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
    return orjson.dumps(
        {"id": "x", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice],
         "usage": usage}
    )  # fmt: skip


def declared(**parts: Any) -> dict[str, Any]:
    """What goes beside the request in the field `tiergate`."""
    return {"extra_body": {"tiergate": parts}}


def told(answer: ChatCompletion) -> tuple[str, str, str | None]:
    """Who answered, after how many attempts, and the verdict in the reply."""
    headers: dict[str, str] = answer.headers  # type: ignore[attr-defined]
    names = ("model", "attempts", "verdict")
    model, attempts, verdict = (headers.get(f"x-tiergate-{name}") for name in names)
    assert model is not None and attempts is not None
    return model, attempts, verdict


def id_of(answer: ChatCompletion) -> str:
    return str(answer.headers["x-tiergate-request-id"])  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("reference", "right", "wrong"),
    [
        ({"kind": "math", "value": "391"}, "It is \\boxed{391}.", "It is \\boxed{390}."),
        ({"kind": "math", "value": "\\frac{\\sqrt{8}}{4}"}, "$\\boxed{\\frac{1}{\\sqrt{2}}}$", "\\boxed{2}"),
        ({"kind": "number", "value": "3.5", "tolerance": 0.1}, "About 3.6", "About 4"),
        ({"kind": "exact", "value": ["Paris", "Paris, France"]}, "Paris.", "Lyon"),
        ({"kind": "choice", "value": "B"}, "The answer is B.", "The answer is C."),
        ({"kind": "words", "value": "the red fox", "threshold": 0.5}, "A red fox", "Nothing at all"),
        (
            {"kind": "sql", "value": "SELECT a FROM t", "fixture": SCRIPT},
            "```sql\nSELECT a FROM t WHERE a > 1\n```",
            "```sql\nSELECT a + 1 FROM t\n```",
        ),
    ],
    ids=lambda given: given["kind"] if isinstance(given, dict) else "",
)  # fmt: skip
def test_a_declared_reference_decides(
    bench: Bench, reference: dict[str, Any], right: str, wrong: str
) -> None:
    """A right answer passes at once; a wrong one goes to the next candidate, and both are booked."""
    good = bench.ask("Please answer.", right, **declared(reference=reference))
    assert told(good) == ("cheap", "1", "passed")
    better = bench.ask("Please answer.", wrong, right, **declared(reference=reference))
    assert told(better) == ("dear", "2", "passed")
    row = bench.gateway.request_row(id_of(better))
    assert (row["outcome"], row["verdict"], row["attempts"]) == ("escalated", "passed", 2)
    found = [(row["n"], row["verdict"]) for row in bench.verdicts(id_of(better), 2)]
    assert found == [(1, "failed"), (2, "passed")]
    assert b"tiergate" not in bench.cheap.bodies[-1] + bench.dear.bodies[-1]


def test_a_reference_in_headers_decides(bench: Bench) -> None:
    """Any text can be sent, encoded; no upstream sees it."""
    headers = {"x-tiergate-reference": '%"Malm%c3%b6"', "x-tiergate-reference-kind": "exact"}
    answer = bench.ask("Which town?", "Lund", "Malmö", extra_headers=headers)
    assert told(answer) == ("dear", "2", "passed")
    headers["x-tiergate-reference"] = f":{b64encode(b'Lund').decode()}:"
    assert told(bench.ask("Which town?", "Lund", extra_headers=headers)) == ("cheap", "1", "passed")
    del headers["x-tiergate-reference"]
    with pytest.raises(BadRequestError) as caught:
        bench.ask("Which town?", "Lund", extra_headers=headers)
    assert caught.value.param == "x-tiergate-reference-kind"


@needs_isolation
def test_declared_code_tests_decide(bench: Bench) -> None:
    """The tests run before the reply: wrong code is replaced by the next candidate's."""
    assert told(bench.ask("Write double(n).", RIGHT, **declared(tests=TESTS))) == ("cheap", "1", "passed")
    answer = bench.ask("Write double(n).", WRONG, RIGHT, **declared(tests=TESTS))
    assert told(answer) == ("dear", "2", "passed")
    first, second = bench.verdicts(id_of(answer), 2)
    assert (first["verifier"], first["verdict"]) == ("code", "failed")
    assert second["duration_us"] > 1_000


@needs_isolation
def test_the_doctests_of_a_prompt_are_tests(bench: Bench) -> None:
    """They say what is wanted; an answer that does not define their function is not judged by them."""
    prompt = "Write a function:\n\n>>> double(4)\n8\n"
    assert told(bench.ask(prompt, WRONG, RIGHT)) == ("dear", "2", "passed")
    assert told(bench.ask(prompt, "```python\nprint(1)\n```")) == ("cheap", "1", "unverified")


def test_a_broken_constraint_goes_to_the_next_candidate(bench: Bench) -> None:
    """Declared in `metadata` as in the field, or stated in the prompt without doubt."""
    no_comma = [{"id": "punctuation:no_comma", "kwargs": {}}]
    answer = bench.ask("List fruit.", "Apples, pears", "Apples and pears", **declared(constraints=no_comma))
    assert told(answer) == ("dear", "2", "passed")
    metadata = {"tiergate_constraints": json.dumps(no_comma), "app": "shop"}
    answer = bench.ask("List fruit.", "Apples, pears", "Apples and pears", metadata=metadata)
    assert told(answer) == ("dear", "2", "passed")
    assert orjson.loads(bench.dear.bodies[-1])["metadata"] == {"app": "shop"}
    answer = bench.ask("List fruit. Do not use any commas.", "Apples, pears", "Apples and pears")
    assert told(answer) == ("dear", "2", "passed")


def test_plain_arithmetic_is_computed(bench: Bench) -> None:
    """Without any declaration, where the prompt is nothing but the problem."""
    assert told(bench.ask("What is 17 * 23?", "It is 390.", "It is 391.")) == ("dear", "2", "passed")


def test_signs_of_a_bad_answer(bench: Bench) -> None:
    """An endless loop is not given to the caller while another candidate has an answer."""
    answer = bench.ask("Tell me a story.", "Wait, let me check again. " * 60, "Once upon a time.")
    assert told(answer) == ("dear", "2", "unverified")
    assert [row["verifier"] for row in bench.verdicts(id_of(answer), 1)] == ["signs"]


def test_an_answer_in_another_language_than_asked_for(bench: Bench) -> None:
    """The language is declared, or asked for in so many words."""
    pytest.importorskip("py3langid")
    german = "Der Ausschuss fragte, warum die Regel, die 40 Euro im Jahr kostet, nicht mehr gilt."
    english = "The committee asked why the rule that costs forty euros a year is not in force any more."
    answer = bench.ask("Summarise.", english, german, **declared(language="de"))
    assert told(answer) == ("dear", "2", "passed")
    answer = bench.ask(
        "Summarise it. Your entire response should be in German, no other language is allowed.",
        english,
        german,
    )
    assert told(answer)[:2] == ("dear", "2")


def test_after_the_reply(bench: Bench) -> None:
    """The reply goes out unjudged, its row stays as settled, and the verdict is booked beside it."""
    extra = declared(reference={"kind": "exact", "value": "Paris"})["extra_body"]
    extra["metadata"] = {"tiergate_workload": "late"}
    answer = bench.ask("Capital of France?", "Lyon", extra_body=extra)
    assert told(answer) == ("cheap", "1", "unverified")
    [row] = bench.verdicts(id_of(answer), 1)
    assert (row["n"], row["verifier"], row["verdict"]) == (1, "reference", "failed")
    assert "'Lyon' is none of 1 reference" in row["evidence"]
    assert bench.gateway.request_row(id_of(answer))["verdict"] == "unverified"


@pytest.mark.parametrize("workload", ["late", "default"])
def test_streams_are_checked_after_their_end(bench: Bench, workload: str) -> None:
    """A stream is never held back; its verdict comes late, whatever the rule's mode."""
    parts = [{"index": 0, "delta": {"role": "assistant", "content": "It is "}}]
    more = [{"index": 0, "delta": {"content": "390."}, "finish_reason": "stop"}]
    events = [
        orjson.dumps({"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": c})
        for c in (parts, more)
    ]
    bench.cheap.streams(*events, b"[DONE]")
    metadata = {"tiergate_workload": workload, "tiergate_tags": "kind=stream"}
    with bench.client.chat.completions.with_streaming_response.create(
        model="auto", messages=user("What is 17 * 23?"), stream=True, metadata=metadata
    ) as raw:
        request_id = raw.headers["x-tiergate-request-id"]
        text = "".join(raw.iter_text())
    assert "390" in text
    [row] = bench.verdicts(request_id, 1)
    assert (row["verifier"], row["verdict"]) == ("arithmetic", "failed")


@pytest.mark.parametrize("workload", ["blind", "never", "shape"])
def test_a_rule_may_leave_checks_out(bench: Bench, workload: str) -> None:
    """Without verification, outside the share and with other verifiers only, nothing is compared."""
    extra = {**declared(reference={"kind": "exact", "value": "Paris"})["extra_body"]}
    extra["metadata"] = {"tiergate_workload": workload}
    answer = bench.ask("Capital of France?", "Lyon", "Paris", extra_body=extra)
    verdict = "unverified" if workload == "shape" else None
    assert told(answer) == ("cheap", "1", verdict)


def test_restricted_data_is_not_escalated_out_of_the_house(bench: Bench) -> None:
    """A failed check widens nothing: the answer in the house is given with its verdict."""
    asked = len(bench.dear.bodies)
    metadata = {"tiergate_data_class": "restricted", "tiergate_reference": "Paris",
                "tiergate_reference_kind": "exact"}  # fmt: skip
    answer = bench.ask("Capital of France?", "Lyon", "Paris", metadata=metadata)
    assert told(answer) == ("cheap", "1", "failed")
    assert len(bench.dear.bodies) == asked


@needs_isolation
def test_an_answer_that_could_not_be_checked_is_denied_where_the_rule_says_so(bench: Bench) -> None:
    """A check that runs out of time is no verdict; the strict rule then gives no answer at all."""
    extra = {**declared(tests=TESTS)["extra_body"], "metadata": {"tiergate_workload": "strict"}}
    with pytest.raises(Exception, match="could not be checked"):
        bench.ask("Write double(n).", RIGHT, RIGHT, extra_body=extra)


ENDLESS = "```python\ndef double(n):\n    while True:\n        pass\n```"


@needs_isolation
def test_code_that_never_ends_costs_the_time_limit_and_no_more(bench: Bench) -> None:
    """It is killed, and the next candidate's answer is given."""
    extra = {**declared(tests=TESTS)["extra_body"], "metadata": {"tiergate_workload": "brief"}}
    answer = bench.ask("Write double(n).", ENDLESS, "no code", extra_body=extra)
    assert told(answer)[1] in ("1", "2")
    [first, *_] = bench.verdicts(id_of(answer), 1)
    assert (first["verifier"], first["verdict"]) in {("code", "failed"), ("code", "unverified")}
    assert first["duration_us"] < 20_000_000


@needs_isolation
def test_a_gateway_stops_although_a_late_check_runs(
    bench: Bench, background: Background, tmp_path: Path
) -> None:
    """The answer went out and its row is booked; the check is given up, and nothing of it is left."""
    cheap = background.enter(scripted_upstream())
    cheap.answers(completion(ENDLESS))
    policy = write_folder(
        tmp_path / "policies", [TestModel("cheap", "small", cheap.url, "cheap")], [RULES[0], RULES[1] | LAST]
    )
    with running_gateway(tmp_path, policy) as gateway, gateway.client() as client:
        raw = client.chat.completions.with_raw_response.create(
            model="auto",
            messages=user("Write double(n)."),
            metadata={"tiergate_workload": "late"},
            extra_body={"tiergate": {"tests": TESTS}},
        )
        request_id = raw.headers["x-tiergate-request-id"]
        assert gateway.stop(30) == 0
        assert gateway.request_row(request_id)["verdict"] == "unverified"


@pytest.mark.parametrize(
    ("extra", "param"),
    [
        ({"tiergate": {"referense": {}}}, "tiergate.referense"),
        ({"tiergate": {"reference": {"kind": "exact"}}}, "tiergate.reference.value"),
        ({"tiergate": {"reference": {"kind": "guess", "value": "1"}}}, "tiergate.reference.kind"),
        ({"tiergate": {"reference": {"kind": "number", "value": "many"}}}, "tiergate.reference"),
        ({"tiergate": {"reference": {"kind": "sql", "value": "SELECT 1"}}}, "tiergate.reference"),
        ({"tiergate": {"reference": {"kind": "math", "value": "1", "fixture": "x"}}}, "tiergate.reference"),
        ({"tiergate": {"constraints": [{"id": "no:such"}]}}, "tiergate.constraints"),
        ({"tiergate": {"tests": {"shape": 1}}}, "tiergate.tests"),
        ({"tiergate": {"language": "German"}}, "tiergate.language"),
        ({"tiergate": [1]}, "tiergate"),
        ({"metadata": {"tiergate_constraints": "no json"}}, "metadata.tiergate_constraints"),
        ({"metadata": {"tiergate_constraints": "[1]"}}, "metadata.tiergate_constraints"),
        ({"metadata": {"tiergate_tests": "[" * 200}}, "metadata.tiergate_tests"),
        ({"metadata": {"tiergate_reference": "x"}}, "metadata.tiergate_reference"),
        ({"metadata": {"tiergate_reference": "x" * 513}}, "metadata.tiergate_reference"),
        ({"metadata": {"tiergate_language": "de"}, "tiergate": {"language": "de"}},
         "metadata.tiergate_language"),
        ({"metadata": {"tiergate_refrence": "x"}}, "metadata.tiergate_refrence"),
    ],
)  # fmt: skip
def test_a_malformed_declaration_is_refused(bench: Bench, extra: dict[str, Any], param: str) -> None:
    """With 400 and the place in the request, before anything is bought."""
    with pytest.raises(BadRequestError) as caught:
        bench.client.chat.completions.create(model="auto", messages=user(), extra_body=extra)
    assert caught.value.param == param
    assert caught.value.type == "invalid_request_error"
