"""The port as a pipeline uses it: what runs when, what verdicts mean together, and that no reply is hurt."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from router.domain.conversation import Conversation, Turn
from router.domain.declared import Declared, Reference, ReferenceKind
from router.domain.finding import Finding, overall
from router.domain.kinds import Verdict, VerifierName
from router.domain.policy import Checks
from router.verify.inspection import Checker, Inspection, sampled
from router.verify.port import Check, Verifier
from router.verify.subject import Subject, subject_of
from router.verify.threads import Stuck, Threads
from router.verify.verifiers import IN_PROCESS, Simple
from router.verify.walled import Walled
from tests.verify.children import children

PASSED, FAILED, UNVERIFIED = Verdict.PASSED, Verdict.FAILED, Verdict.UNVERIFIED


def subject(prompt: str = "Hello?", **declared: Any) -> Subject:
    payload = {"model": "auto", "messages": [{"role": "user", "content": prompt}]}
    return subject_of(payload, Conversation((Turn("user", prompt),)), Declared(**declared))


def answer(*texts: str, **changes: Any) -> dict[str, Any]:
    choices = [
        {"index": n, "message": {"content": text}, "finish_reason": "stop"} for n, text in enumerate(texts)
    ]
    return {"choices": choices, **changes}


def scripted(name: VerifierName, run: Callable[[], Finding], *, slow: bool = True) -> Verifier:
    return Simple(name, lambda _: Check(lambda _: run(), slow))


def inspection(*verifiers: Verifier, seconds: float = 10.0, early: bool = True) -> Inspection:
    return Checker(verifiers, Threads()).inspection(subject(), Checks(time_limit=seconds), early=early)


async def complete(one: Inspection, text: str = "Hello.") -> Finding:
    return await one.check_rest(answer(text), one.check(answer(text)))


@pytest.mark.parametrize(
    ("verdicts", "together"),
    [
        ([], UNVERIFIED),
        ([UNVERIFIED], UNVERIFIED),
        ([UNVERIFIED, PASSED], PASSED),
        ([PASSED, FAILED, UNVERIFIED], FAILED),
    ],
)
def test_one_failure_fails_and_one_pass_passes(verdicts: list[Verdict], together: Verdict) -> None:
    """In this order; without either it stays unverified."""
    found = overall([Finding(verdict, str(n), "x", 5) for n, verdict in enumerate(verdicts)])
    assert found.verdict is together
    assert found.duration_us == 5 * len(verdicts)


async def test_findings_carry_their_verifier_and_cost() -> None:
    """Both are on every part."""
    code = scripted(VerifierName.CODE, lambda: (time.sleep(0.002), Finding(PASSED, "ok"))[1])
    found = await complete(inspection(*IN_PROCESS, code))
    assert [part.verifier for part in found.parts] == ["structure", "signs", "code"]
    assert found.parts[2].duration_us >= 2_000
    assert (found.verdict, found.evidence) == (PASSED, "ok")


async def test_after_the_reply_only_structure_comes_before_it() -> None:
    """The rest comes when it is asked for."""
    one = inspection(*IN_PROCESS, early=False)
    known = one.check(answer("Wait, let me check again. " * 60))
    assert ([part.verifier for part in known.parts], known.verdict) == (["structure"], UNVERIFIED)
    found = await one.check_rest(answer("Wait, let me check again. " * 60), known)
    assert ([part.verifier for part in found.parts], found.verdict) == (["structure", "signs"], FAILED)


async def test_nothing_dear_is_run_on_an_answer_that_failed_already() -> None:
    """Its verdict cannot change any more."""
    ran: list[int] = []
    code = scripted(VerifierName.CODE, lambda: (ran.append(1), Finding(PASSED, ""))[1])
    assert (await complete(inspection(*IN_PROCESS, code), "")).verdict is FAILED
    assert not ran


async def test_a_verifier_that_hangs_costs_its_time_and_no_more() -> None:
    """The verdict is unverified, and a cheap pass beside it still counts."""
    end = threading.Event()
    hangs = scripted(VerifierName.CODE, lambda: (end.wait(60), Finding(PASSED, "never"))[1])
    passes = scripted(VerifierName.REFERENCE, lambda: Finding(PASSED, "equal"), slow=False)
    began = time.monotonic()
    found = await complete(inspection(hangs, seconds=0.1))
    assert (found.verdict, found.broken) == (UNVERIFIED, True)
    assert found.evidence == "not checked within 0.1 s"
    both = await complete(inspection(passes, hangs, seconds=0.1))
    assert (both.verdict, both.broken) == (PASSED, False)
    assert time.monotonic() - began < 30
    end.set()


async def test_a_verifier_that_raises_is_unverified(caplog: pytest.LogCaptureFixture) -> None:
    """On an answer, or already on the request; what it said is in no log, for it may quote either."""

    def breaks(*_: object) -> Finding:
        raise RuntimeError("secret text")

    found = await complete(inspection(scripted(VerifierName.SQL, breaks)))
    assert (found.verdict, found.evidence, found.broken) == (
        UNVERIFIED,
        "the check failed: RuntimeError",
        True,
    )
    found = await complete(inspection(Simple(VerifierName.SQL, breaks)))  # type: ignore[arg-type]
    assert found.verdict is UNVERIFIED
    assert "RuntimeError at" in caplog.text and "secret text" not in caplog.text


async def test_a_reply_never_waits_behind_late_checks() -> None:
    """They have threads of their own."""
    end = threading.Event()
    hangs = scripted(VerifierName.CODE, lambda: (end.wait(60), Finding(PASSED, "slow"))[1])
    before, after = Threads(size=1), Threads(size=1)
    late = Checker([hangs], before, after).inspection(subject(), Checks(time_limit=60), early=False)
    waiting = [asyncio.create_task(complete(late)) for _ in range(3)]
    await asyncio.sleep(0)
    quick = Checker([scripted(VerifierName.CODE, lambda: Finding(PASSED, "quick"))], before, after)
    found = await complete(quick.inspection(subject(), Checks(time_limit=30), early=True))
    assert found.evidence == "quick"
    end.set()
    assert {(await task).evidence for task in waiting} == {"slow"}


async def test_a_killed_worker_process_is_unverified_and_replaced() -> None:
    """Algebra whose process dies says nothing of the answer; the next question has another process."""
    pytest.importorskip("math_verify")
    walled, others = Walled(), children()
    try:
        reference = Reference(ReferenceKind.MATH, (r"\frac{\sqrt{8}}{4}",))
        one = Checker(walled.verifiers, Threads()).inspection(
            subject(reference=reference), Checks(time_limit=60), early=True
        )
        right = r"$\boxed{\frac{1}{\sqrt{2}}}$"
        assert (await complete(one, right)).verdict is PASSED
        for child in children() - others:
            os.kill(child, signal.SIGKILL)
        found = await complete(one, right)
        assert (found.verdict, found.broken) == (UNVERIFIED, True)
        for _ in range(3):  # the second worker is found dead, then both are new
            found = await complete(one, right)
        assert found.verdict is PASSED
    finally:
        walled.close()
    found = await complete(one, right)
    assert (found.verdict, found.broken) == (UNVERIFIED, True)


async def test_threads_are_bounded_and_left_behind_only_so_often() -> None:
    """Two at once; what never returns gives its place back, until too much never returned."""
    threads, end, running, most = Threads(size=2, most_left_behind=2), threading.Event(), [0], [0]

    def counts() -> None:
        running[0] += 1
        most[0] = max(most[0], running[0])
        time.sleep(0.01)
        running[0] -= 1

    await asyncio.gather(*(threads.run(counts, 10) for _ in range(8)))
    assert most[0] <= 2
    for _ in range(2):
        with pytest.raises(TimeoutError):
            await threads.run(lambda: end.wait(60), 0.02)
    with pytest.raises(Stuck):
        await threads.run(counts, 10)
    end.set()
    async with asyncio.timeout(10):
        while True:
            try:
                await threads.run(counts, 10)
                break
            except Stuck:
                await asyncio.sleep(0)


async def test_an_answer_of_several_choices_is_as_good_as_its_worst() -> None:
    """And choices that call a tool have no text to be judged."""
    exact = Reference(ReferenceKind.EXACT, ("Paris",))
    for texts, verdict in ((("Paris", "Lyon"), FAILED), (("Paris", "paris"), PASSED)):
        one = Checker(IN_PROCESS, Threads()).inspection(subject(reference=exact), Checks(), early=True)
        assert one.check(answer(*texts)).verdict is verdict
    call = {"message": {"content": None, "tool_calls": [{"function": {"name": "f"}}]}}
    names = frozenset({VerifierName.REFERENCE})
    one = Checker(IN_PROCESS, Threads()).inspection(
        subject(reference=exact), Checks(verifiers=names), early=True
    )
    assert one.check({"choices": [call]}).idle


async def test_long_answers_are_looked_at_off_the_event_loop() -> None:
    """Even what is cheap takes milliseconds on them."""
    where: list[str] = []
    cheap = Simple(
        VerifierName.SIGNS,
        lambda _: Check(lambda _: (where.append(threading.current_thread().name), Finding(PASSED, ""))[1]),
    )
    await complete(inspection(cheap), "short")
    await complete(inspection(cheap), "long " * 10_000)
    assert where == ["MainThread", "check"]


@pytest.mark.parametrize(
    ("turns", "applies"),
    [
        ((("user", "What is 17 * 23?"),), True),
        ((("system", "Count modulo seven."), ("user", "What is 17 * 23?")), False),
        ((("user", "Hi"), ("assistant", "Hi"), ("user", "What is 17 * 23?")), False),
        ((("user", "What is love?"),), False),
    ],
)
def test_arithmetic_applies_only_where_the_prompt_is_all_there_is(
    turns: tuple[tuple[str, str], ...], applies: bool
) -> None:
    """An earlier turn can change what a problem means."""
    conversation = Conversation(tuple(Turn(*turn) for turn in turns))
    found = subject_of({}, conversation, Declared())
    [arithmetic] = [one for one in IN_PROCESS if one.name is VerifierName.ARITHMETIC]
    assert (arithmetic.prepare(found) is not None) is applies


def test_the_share_is_kept_and_is_the_same_for_the_same_request() -> None:
    """By the random end of the id."""
    ids = [f"01a20a00-19ab-7f63-a308-9916{n * 429_497:08x}" for n in range(10_000)]
    taken = [one for one in ids if sampled(one, 0.2)]
    assert 0.19 < len(taken) / len(ids) < 0.21
    assert all(sampled(one, 1.0) for one in ids) and not any(sampled(one, 0.0) for one in ids)
    assert all(sampled(one, 0.5) for one in taken)
