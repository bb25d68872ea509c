"""The attempt loop as a playbook: what the upstreams do in, what the caller and the bill see out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
import pytest

from router.clock import SystemClock
from router.dispatch.job import Answer, Job
from router.dispatch.loop import Dispatcher
from router.dispatch.port import BrokenReply, ConnectFailed, TimedOut, UpstreamCall, UpstreamFailure
from router.domain.decision import Candidate, Cascade, Decision
from router.domain.finding import Finding
from router.domain.kinds import CostState, OnError, Tier, Verdict, VerifyMode, Wire
from router.domain.money import PicoUSD
from router.domain.policy import Checks
from router.errors import Overloaded, Unavailable, UpstreamExhausted, UpstreamTimeout
from router.meter.bill import Bill, RunningAttempt
from tests.policy import build

OK = orjson.dumps(
    {
        "choices": [{"index": 0, "message": {"content": "4"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 2},
    }
)
WORD = b'data: {"choices":[{"index":0,"delta":{"content":"word "}}]}\n\n'
ROLE = b'data: {"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}\n\n'
STOP = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
USAGE = b'data: {"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":2}}\n\n'
DONE = b"data: [DONE]\n\n"

Step = bytes | UpstreamFailure | asyncio.Event


@dataclass
class Reply:
    """A scripted reply: bytes arrive, failures are raised, an Event is waited for."""

    steps: list[Step]
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    closed: bool = False

    async def read(self) -> bytes:
        return b"".join([chunk async for chunk in self.chunks()])

    async def chunks(self) -> AsyncIterator[bytes]:
        for step in self.steps:
            if isinstance(step, UpstreamFailure):
                raise step
            if isinstance(step, asyncio.Event):
                await step.wait()
            else:
                yield step

    async def close(self) -> None:
        self.closed = True


@dataclass
class Playbook:
    """An upstream that plays one scripted reply (or failure) per call, by endpoint."""

    script: dict[str, list[Reply | UpstreamFailure]]
    calls: list[UpstreamCall] = field(default_factory=list)

    async def call(self, call: UpstreamCall) -> Reply:
        self.calls.append(call)
        step = self.script[call.endpoint.id].pop(0)
        if isinstance(step, UpstreamFailure):
            raise step
        return step

    async def aclose(self) -> None:
        raise AssertionError("the loop does not own its upstreams")


@dataclass
class Notebook:
    """The book and the caller's end of the stream, both only remembering."""

    opened: list[int] = field(default_factory=list)
    refuse: bool = False
    began: list[str] = field(default_factory=list)
    sent: bytes = b""
    heard: asyncio.Event = field(default_factory=asyncio.Event)

    async def opening(self, attempt: RunningAttempt) -> None:
        if self.refuse:
            raise Unavailable("no ledger")
        self.opened.append(attempt.n)

    async def begin(self, candidate: Candidate, notes: list[str]) -> None:
        self.began.append(candidate.endpoint.id)

    async def send(self, data: bytes) -> None:
        self.sent += data
        self.heard.set()


PRICE = build.prices(m=(1, 10)).rows[("m", None)][0]


def costs(bill: Bill) -> list[tuple[int | None, CostState]]:
    return [(part.cost, part.state) for part in bill.charges]


def candidates(*names: str, **changes: Any) -> tuple[Candidate, ...]:
    found = []
    for name in names:
        spot = build.endpoint(name, name, **changes)
        model = build.model(name, Tier.SMALL, 0.5, spot)
        found.append(Candidate(model, spot, PRICE, 0.9, 10, PicoUSD(1), None, True))
    return tuple(found)


class Stage:
    """One dispatcher in front of a playbook."""

    def __init__(self, script: dict[str, list[Reply | UpstreamFailure]], **changes: Any) -> None:
        self.upstream = Playbook(script)
        self.slept: list[float] = []
        self.book = Notebook()
        self.clock = SystemClock()
        self.bill = Bill("r1", self.clock)
        self.bill.quotes = True
        self.candidates = candidates(*script, **changes)
        self.rule = build.rule()
        self.check: Any = None
        self.slow_check: Any = None
        self.cascade: Cascade | None = None
        self.dispatcher = Dispatcher(
            {Wire.OPENAI: self.upstream}, self.clock, sleep=self._sleep, jitter=lambda: 1.0
        )

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    async def run(self, stream: bool = False, include_usage: bool = False) -> Answer:
        decision = Decision(self.rule, self.candidates, (), None, cascade=self.cascade)
        payload = {"model": "auto", "messages": [{"role": "user", "content": "2+2?"}]}
        job = Job(payload, decision, include_usage, 7, self.check, {}, build.ANYWHERE, self.slow_check)
        return await self.dispatcher.run(job, self.bill, self.book, self.book if stream else None)

    def statuses(self) -> list[str]:
        return [attempt.status for attempt in self.bill.attempts]


async def test_the_first_candidates_answer_is_passed_on_untouched() -> None:
    """One call, one attempt, priced by the upstream's own report."""
    stage = Stage({"a": [Reply([OK])], "b": []})
    answer = await stage.run()
    assert (answer.body, answer.candidate.endpoint.id) == (OK, "a")
    assert costs(stage.bill) == [(10 * 1 + 2 * 10, CostState.PRICED)]
    assert stage.book.opened == [1]


async def test_passing_trouble_is_retried_with_backoff_then_the_next_candidate_answers() -> None:
    """Every attempt has its own row; those that were refused cost nothing."""
    down = [Reply([b"busy"], 503), ConnectFailed("refused"), Reply([b"busy"], 500)]
    stage = Stage({"a": [*down], "b": [Reply([OK])]}, max_retries=2)
    assert (await stage.run()).candidate.endpoint.id == "b"
    assert stage.slept == [0.1, 0.2]
    assert stage.statuses() == ["error", "error", "error", "ok"]
    assert [attempt.cost_pico for attempt in stage.bill.attempts] == [0, 0, 0, 30]
    assert stage.book.opened == [1, 2, 3, 4]


@pytest.mark.parametrize("streamed", [False, True])
async def test_a_service_tier_that_the_book_does_not_price_is_unpriced(streamed: bool) -> None:
    """The tier that the answer names is booked, and its cost is not guessed from the standard price."""
    whole = {**orjson.loads(OK), "service_tier": "priority"}
    last = USAGE.replace(b'{"choices":[]', b'{"service_tier":"priority","choices":[]')
    steps: list[Step] = [WORD, STOP, last, DONE] if streamed else [orjson.dumps(whole)]
    stage = Stage({"a": [Reply(steps)]})
    await stage.run(stream=streamed)
    assert costs(stage.bill) == [(None, CostState.UNPRICED)]
    assert stage.bill.attempts[0].service_tier == "priority"


async def test_a_timeout_is_not_repeated_on_the_same_endpoint_and_its_cost_is_unknown() -> None:
    """The upstream may bill what nobody saw: unknown, not zero."""
    stage = Stage({"a": [TimedOut("first_byte", 5)], "b": [Reply([OK])]}, max_retries=2)
    await stage.run()
    assert stage.statuses() == ["timeout", "ok"]
    assert costs(stage.bill)[0] == (None, CostState.USAGE_MISSING)


@pytest.mark.parametrize(
    ("script", "error"),
    [
        ([Reply([b"x"], 500)], UpstreamExhausted),
        ([TimedOut("first_byte", 5)], UpstreamTimeout),
        ([Reply([b"x"], 429, {"retry-after": "60"})], Overloaded),
    ],
)
async def test_when_everybody_failed_the_error_says_who_and_why(
    script: list[Reply | UpstreamFailure], error: type[Exception]
) -> None:
    """The message names the endpoint with its reason."""
    with pytest.raises(error, match="a: "):
        await Stage({"a": script}).run()


async def test_the_callers_own_fault_is_told_and_nobody_else_is_asked() -> None:
    """A 400 of the upstream is the answer."""
    fault = orjson.dumps({"error": {"message": "bad tools", "type": "invalid_request_error"}})
    stage = Stage({"a": [Reply([fault], 400)], "b": []})
    answer = await stage.run()
    assert (answer.status, answer.body) == (400, fault)


async def test_the_rules_limit_of_attempts_holds_over_all_candidates() -> None:
    """Retries and failovers count together."""
    stage = Stage({name: [Reply([b"x"], 500) for _ in range(3)] for name in "abc"}, max_retries=2)
    stage.rule = build.rule(max_attempts=4)
    with pytest.raises(UpstreamExhausted):
        await stage.run()
    assert len(stage.bill.attempts) == 4


async def test_nothing_is_sent_that_could_not_be_written_down() -> None:
    """A book that refuses stops the attempt before the upstream hears of it."""
    stage = Stage({"a": [Reply([OK])]})
    stage.book.refuse = True
    with pytest.raises(Unavailable):
        await stage.run()
    assert stage.upstream.calls == []


async def test_a_stream_is_relayed_without_the_usage_the_caller_did_not_ask_for() -> None:
    """Bytes as they came; the upstream was asked for usage all the same."""
    stage = Stage({"a": [Reply([ROLE, WORD, WORD + STOP, USAGE, DONE])]})
    await stage.run(stream=True)
    assert stage.book.sent == ROLE + WORD + WORD + STOP
    assert stage.upstream.calls[0].payload["stream_options"] == {"include_usage": True}
    assert costs(stage.bill) == [(30, CostState.PRICED)]


async def test_before_the_first_word_a_broken_stream_fails_over_unseen() -> None:
    """The role alone is no substance: the caller sees one clean stream of the second candidate."""
    stage = Stage({"a": [Reply([ROLE, BrokenReply("reset")])], "b": [Reply([WORD, STOP, USAGE, DONE])]})
    await stage.run(stream=True)
    assert (stage.book.began, stage.book.sent) == (["b"], WORD + STOP)


async def test_after_the_first_word_a_broken_stream_ends_and_is_never_continued_by_another() -> None:
    """What was written so far is estimated and booked; nobody else is called."""
    stage = Stage({"a": [Reply([WORD, WORD, BrokenReply("reset")])], "b": []})
    answer = await stage.run(stream=True)
    assert answer.broken == "reset"
    assert stage.book.sent == WORD + WORD
    assert costs(stage.bill) == [(7 * 1 + 3 * 10, CostState.ESTIMATED)]


EARLY = b'data: {"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":1}}\n\n'


async def test_a_usage_report_before_the_break_gives_the_input_and_not_the_output() -> None:
    """Servers that report as they go: the input is a fact, the output at least what was received."""
    stage = Stage({"a": [Reply([EARLY, WORD, WORD, BrokenReply("reset")])], "b": []})
    await stage.run(stream=True)
    assert costs(stage.bill) == [(10 * 1 + 3 * 10, CostState.ESTIMATED)]


ERROR = b'data: {"error":{"message":"out of memory"}}\n\n'


async def test_words_in_the_same_read_as_an_error_still_reach_the_caller() -> None:
    """The stream has begun: what came is sent and estimated, then the stream breaks off."""
    stage = Stage({"a": [Reply([WORD, WORD + ERROR])], "b": []})
    answer = await stage.run(stream=True)
    assert answer.broken is not None and "out of memory" in answer.broken
    assert stage.book.sent == WORD + WORD
    assert costs(stage.bill) == [(7 * 1 + 3 * 10, CostState.ESTIMATED)]


async def test_words_in_the_first_read_with_an_error_are_dropped_for_a_whole_answer() -> None:
    """Nothing went out yet: the next candidate gives the caller one clean stream."""
    stage = Stage({"a": [Reply([WORD + ERROR])], "b": [Reply([WORD, STOP, USAGE, DONE])]})
    await stage.run(stream=True)
    assert (stage.book.began, stage.book.sent) == (["b"], WORD + STOP)


async def test_a_stream_that_ends_without_an_end_is_broken() -> None:
    """No [DONE] and no finish reason: the connection was cut politely."""
    stage = Stage({"a": [Reply([WORD])]})
    assert (await stage.run(stream=True)).broken is not None


async def test_a_caller_who_leaves_mid_stream_is_billed_for_what_was_written() -> None:
    """Cancellation closes the upstream and leaves one settled attempt."""
    reply = Reply([WORD, asyncio.Event()])
    stage = Stage({"a": [reply]})
    task = asyncio.create_task(stage.run(stream=True))
    await stage.book.heard.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert reply.closed
    assert stage.statuses() == ["cancelled"]
    assert costs(stage.bill) == [(7 * 1 + 2 * 10, CostState.ESTIMATED)]


async def test_an_answer_that_fails_its_check_before_the_reply_goes_to_the_next_candidate() -> None:
    """Both attempts are on the bill, each with its verdict."""
    stage = Stage({"a": [Reply([OK])], "b": [Reply([OK])]})
    stage.rule = replace(stage.rule, verify=VerifyMode.BEFORE_REPLY)
    verdicts = iter([Verdict.FAILED, Verdict.PASSED])
    stage.check = lambda completion: Finding(next(verdicts), "scripted")
    answer = await stage.run()
    assert (answer.candidate.endpoint.id, answer.rejected) == ("b", 1)
    assert [attempt.verdict for attempt in stage.bill.attempts] == ["failed", "passed"]
    assert [attempt.error for attempt in stage.bill.attempts] == ["check: scripted", None]


async def test_when_every_answer_fails_its_check_the_last_one_is_given_with_its_verdict() -> None:
    """A doubtful answer is better than none, as long as it says so."""
    stage = Stage({"a": [Reply([OK])], "b": [Reply([OK])]})
    stage.rule = replace(stage.rule, verify=VerifyMode.BEFORE_REPLY)
    stage.check = lambda completion: Finding(Verdict.FAILED, "scripted")
    answer = await stage.run()
    assert answer.finding is not None and answer.finding.verdict is Verdict.FAILED


def checked_before(script: dict[str, list[Reply | UpstreamFailure]], on_error: OnError) -> Stage:
    """A stage whose cheap check says nothing, whose rule knows what to do when the slow one cannot."""
    stage = Stage(script)
    stage.rule = replace(stage.rule, verify=VerifyMode.BEFORE_REPLY, checks=Checks(on_error=on_error))
    stage.check = lambda completion: Finding(Verdict.UNVERIFIED, "cheap")
    return stage


async def test_a_slow_check_decides_too_and_its_time_is_the_gateways_own() -> None:
    """Both answers are on the bill with the verdict of all checks; the upstream's time ends before them."""
    stage = checked_before({"a": [Reply([OK])], "b": [Reply([OK])]}, OnError.ALLOW)
    verdicts = iter([Verdict.FAILED, Verdict.PASSED])

    async def slow(completion: Any, known: Finding) -> Finding:
        assert known.evidence == "cheap"
        await asyncio.sleep(0.2)
        return Finding(next(verdicts), "slow")

    stage.slow_check = slow
    answer = await stage.run()
    assert (answer.candidate.endpoint.id, answer.n, answer.rejected) == ("b", 2, 1)
    assert [attempt.verdict for attempt in stage.bill.attempts] == ["failed", "passed"]
    assert [finding.evidence for finding in stage.bill.findings.values()] == ["slow", "slow"]
    assert all((attempt.duration_us or 0) < 200_000 for attempt in stage.bill.attempts)


@pytest.mark.parametrize(
    ("on_error", "asked", "given"),
    [(OnError.ALLOW, 1, "a"), (OnError.ESCALATE, 2, "b"), (OnError.DENY, 2, None)],
)
async def test_an_answer_that_could_not_be_checked(on_error: OnError, asked: int, given: str | None) -> None:
    """Is given, or another one is looked for, or it is never given, as the rule says."""
    stage = checked_before({"a": [Reply([OK])], "b": [Reply([OK])]}, on_error)

    async def slow(completion: Any, known: Finding) -> Finding:
        return Finding(Verdict.UNVERIFIED, "hung", broken=True)

    stage.slow_check = slow
    if given is None:
        with pytest.raises(UpstreamExhausted, match="could not be checked"):
            await stage.run()
    else:
        assert (await stage.run()).candidate.endpoint.id == given
    assert len(stage.bill.attempts) == asked


async def test_a_caller_that_goes_away_during_a_check_has_bought_the_answer_all_the_same() -> None:
    """The attempt is booked as what it was: complete, with its usage."""
    stage = checked_before({"a": [Reply([OK])]}, OnError.ALLOW)
    checking = asyncio.Event()

    async def slow(completion: Any, known: Finding) -> Finding:
        checking.set()
        await asyncio.Event().wait()
        raise AssertionError

    stage.slow_check = slow
    task = asyncio.create_task(stage.run())
    await checking.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert stage.statuses() == ["ok"]
    assert costs(stage.bill) == [(10 * 1 + 2 * 10, CostState.PRICED)]


async def test_an_adapter_that_is_not_loaded_is_no_fault_of_its_server() -> None:
    """Its 404s go to the next candidate each time; the base model, behind the same gate, stays."""
    script = {"tuned": [Reply([b"no such model"], 404)] * 9, "other": [Reply([OK])] * 9}
    stage = Stage(script, server="base")
    stage.candidates = (stage.candidates[0], *candidates("other"))
    for _ in range(9):
        stage.bill = Bill("r", stage.clock)
        assert (await stage.run()).candidate.endpoint.id == "other"
    assert stage.dispatcher.gates.unhealthy() == frozenset()


async def test_a_sick_endpoint_is_skipped_while_its_circuit_is_open() -> None:
    """Five failures in a row open it; then the next candidate is asked at once."""
    stage = Stage({"a": [ConnectFailed("refused") for _ in range(5)], "b": [Reply([OK]) for _ in range(6)]})
    for _ in range(5):
        stage.bill = Bill("r", stage.clock)
        await stage.run()
    assert stage.dispatcher.gates.unhealthy() == {"a"}
    stage.bill = Bill("r", stage.clock)
    await stage.run()
    assert [call.endpoint.id for call in stage.upstream.calls].count("a") == 5
