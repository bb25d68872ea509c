"""After a failed check: who is asked next, what stops it, and which answer is given when all have failed."""

from __future__ import annotations

from dataclasses import replace

from router.dispatch.port import TimedOut
from router.domain.decision import Cascade
from router.domain.finding import Finding
from router.domain.kinds import Verdict, VerifyMode
from router.domain.money import PicoUSD
from router.domain.policy import Checks
from tests.dispatch.test_loop import OK, Reply, Stage

FAILED = Finding(Verdict.FAILED, "scripted")
COST = 30
"""Pico-dollars of each scripted answer."""


def failing(*names: str, **rule: object) -> Stage:
    """Every candidate answers, and every answer fails its check before the reply."""
    stage = Stage({name: [Reply([OK])] for name in names})
    stage.rule = replace(stage.rule, verify=VerifyMode.BEFORE_REPLY, **rule)  # type: ignore[arg-type]
    stage.check = lambda _: FAILED
    return stage


async def test_when_all_have_failed_the_most_promising_answer_is_given() -> None:
    """It is the likeliest to have been turned down wrongly; among equals the last."""
    stage = failing("a", "b", "c")
    a, b, c = stage.candidates
    stage.candidates = (replace(a, p_success=0.5), replace(b, p_success=0.9), replace(c, p_success=0.4))
    assert (await stage.run()).candidate.endpoint.id == "b"
    assert (await failing("a", "b").run()).candidate.endpoint.id == "b"


async def test_money_bounds_what_a_failed_check_may_lead_to() -> None:
    """Two answers fit under the limit, a third would not; the caller is told."""
    stage = failing("a", "b", "c", max_cost_pico=2 * COST)
    stage.candidates = tuple(replace(one, expected_cost=PicoUSD(COST)) for one in stage.candidates)
    answer = await stage.run()
    assert len(stage.bill.attempts) == 2
    assert answer.notes == ["a check failed, and trying another would cost more than the rule allows"]


async def test_an_unknown_cost_may_be_any_cost() -> None:
    """A timed-out call may be billed: under a limit no failed check leads to another one after it."""
    stage = failing("a", "b", "c", max_cost_pico=10**9)
    stage.upstream.script["a"] = [TimedOut("total", 1.0)]
    await stage.run()
    assert [one.endpoint for one in stage.bill.attempts] == ["a", "b"]


async def test_time_bounds_it_too() -> None:
    """After the rule's seconds nobody further is tried."""
    stage = failing("a", "b", checks=Checks(escalate_within=1e-9))
    answer = await stage.run()
    assert len(stage.bill.attempts) == 1
    assert answer.notes == ["a check failed, and after 1e-09 s nobody else is tried"]


async def test_a_chain_ends_where_the_decision_says_but_failover_goes_on() -> None:
    """Planned are two: after their checks failed nobody is asked; after an error somebody is."""
    stage = failing("a", "b", "c")
    stage.cascade = Cascade((), 0.9, PicoUSD(1), None, stage.candidates[0], reordered=False, planned=2)
    await stage.run()
    assert [one.endpoint for one in stage.bill.attempts] == ["a", "b"]
    broken = failing("a", "b", "c")
    broken.cascade = stage.cascade
    broken.upstream.script |= {"a": [TimedOut("total", 1.0)], "b": [TimedOut("total", 1.0)]}
    await broken.run()
    assert [one.endpoint for one in broken.bill.attempts] == ["a", "b", "c"]
