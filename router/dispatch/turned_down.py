"""What the attempt loop makes of checked answers: given, turned down, and when to stop trying others. Pure.

Going on after a failed check is bounded by the rule's attempts (the loop counts them), by its time and by its
money. Must not run a check.
"""

from __future__ import annotations

from router.dispatch.job import Answer, Job
from router.domain.decision import Decision
from router.domain.kinds import OnError, Verdict, VerifyMode
from router.meter.bill import Bill


class TurnedDown:
    """The answers of one request that a check turned down. `best`: what is given if nothing better comes."""

    def __init__(self) -> None:
        self.count = 0
        self._best: Answer | None = None

    def add(self, answer: Answer, how: OnError) -> None:
        """One more, which is never given where `how` is DENY. Best is one that nothing speaks against, else
        that of the most promising candidate, the likeliest to have been turned down wrongly. Among equals
        the last."""
        self.count += 1
        if how is not OnError.DENY and (self._best is None or _worth(answer) >= _worth(self._best)):
            self._best = answer

    def best(self, note: str | None) -> Answer | None:
        """`note` says why the search ended early."""
        if self._best is not None and note is not None:
            self._best.notes.append(note)
        return self._best


def refused(job: Job, answer: Answer, *, held: bool) -> OnError:
    """What to do with an answer: give it (ALLOW), try to find a better one, or never give it (DENY)."""
    rule, finding = job.decision.rule, answer.finding
    if not held or finding is None or rule.verify is not VerifyMode.BEFORE_REPLY:
        return OnError.ALLOW
    if failed(answer):
        return OnError.ESCALATE
    return rule.checks.on_error if finding.broken else OnError.ALLOW


def failed(answer: Answer) -> bool:
    """Whether a check speaks against it."""
    return answer.finding is not None and answer.finding.verdict is Verdict.FAILED


def beyond(decision: Decision, bill: Bill, at: int, seconds: float) -> str | None:
    """Why candidate `at` is not tried after a failed check, `seconds` after the first call; None: it is.

    An unknown cost may be any cost, so a rule with a limit goes no further on one."""
    rule, following = decision.rule, decision.candidates[at]
    if decision.cascade is not None and at >= decision.cascade.planned:
        return "a check failed, and trying another is expected to cost more than it is worth"
    limit = rule.checks.escalate_within
    if limit is not None and seconds >= limit:
        return f"a check failed, and after {limit:g} s nobody else is tried"
    if rule.max_cost_pico is None:
        return None
    spent = bill.spent()
    if spent is None or spent + following.expected_cost > rule.max_cost_pico:
        return "a check failed, and trying another would cost more than the rule allows"
    return None


def _worth(answer: Answer) -> tuple[bool, float]:
    p_success = answer.candidate.p_success
    return not failed(answer), -1.0 if p_success is None else p_success
