"""Best of n: several answers of one candidate at once, and which of them is given.

Every sample is an attempt of its own, opened in the book and on the bill like any other, and all are waited
for: an upstream bills what it was asked for, and an answer cut off has no usage to book. Must not check.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from router.dispatch.job import Answer, Job
from router.dispatch.turned_down import refused
from router.domain.decision import Candidate
from router.domain.finding import overall
from router.domain.kinds import OnError, Verdict
from router.errors import TiergateError
from router.meter.bill import Bill

_OK = 200


def wanted(job: Job, candidate: Candidate) -> int:
    """How many samples of the first candidate: as many as the rule says and its money suffices for."""
    rule = job.decision.rule
    if job.samples < 2 or rule.max_cost_pico is None or not candidate.expected_cost:
        return job.samples
    return max(1, min(job.samples, rule.max_cost_pico // candidate.expected_cost))


async def several(count: int, ask: Callable[[], Awaitable[Answer | None]]) -> list[Answer]:
    """The answers of `count` calls of `ask` at once, in the order in which they came; an upstream's complaint
    of the request only where none of them answered. Raises TiergateError, and CancelledError, once every
    call has ended."""
    answers: list[Answer] = []
    errors: list[TiergateError] = []

    async def one() -> None:
        try:
            answer = await ask()
        except TiergateError as error:
            errors.append(error)
        else:
            if answer is not None:
                answers.append(answer)

    async with asyncio.TaskGroup() as group:
        for _ in range(count):
            group.create_task(one())
    if errors:
        raise errors[0]
    return [one for one in answers if one.status == _OK] or answers[:1]


def chosen(job: Job, answers: list[Answer], bill: Bill, *, held: bool) -> Answer | None:
    """The answer to give: the first that passed, else one that nothing speaks against; of those, where
    nothing could be checked and the job can compare final answers, one that more than half of the samples
    give. None: none of them."""
    for one in answers:
        if one.finding is not None and one.finding.verdict is Verdict.PASSED:
            return one
    if len(answers) == 1:
        return answers[0] if refused(job, answers[0], held=held) is OnError.ALLOW else None
    left = [one for one in answers if refused(job, one, held=held) is OnError.ALLOW]
    if job.agree is None or not left:
        return left[0] if left else None
    return _agreed(job, answers, left, bill)


def _agreed(job: Job, answers: list[Answer], left: list[Answer], bill: Bill) -> Answer | None:
    """Leaves on the bill what was said of each sample."""
    assert job.agree is not None
    compared = [one for one in answers if one.completion is not None]
    most, findings = job.agree([one.completion for one in compared if one.completion is not None])
    for one, said in zip(compared, findings, strict=True):
        one.finding = overall((*(one.finding.parts if one.finding is not None else ()), said))
        bill.findings[one.n] = one.finding
    return next((one for at, one in enumerate(compared) if at in most and one in left), None)
