"""What a plan says of two policies on the same past, to the pico-dollar, and what it does not know."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from router.domain.caller import Caller
from router.domain.kinds import DataClass, Objective, Task
from router.domain.policy import Match, Policy
from router.domain.teams import Team, TeamNames
from router.lifecycle.compare import compare
from router.lifecycle.crossed import Crossed
from router.lifecycle.measured import Acceptance, Measured
from router.lifecycle.past import Past, Window
from router.lifecycle.plan import Plan, plan
from router.lifecycle.plan_text import plan_text
from router.lifecycle.replay.collect import Seen, columns_of, narrowed
from router.policy.documents import Bundle
from tests.policy import build

WINDOW = Window(0, 10**15)
NOTHING = Measured({}, {}, {})
LEGAL, SEARCH = Team("o", "legal"), Team("org", "search")


def past(count: int = 6, other: Team = LEGAL) -> Past:
    """That many requests of 1,000 tokens, every third of the other team and confidential, one in
    mathematics and one in code by turns."""
    seen = []
    for n in range(count):
        restricted = DataClass.CONFIDENTIAL if n % 3 == 0 else DataClass.INTERNAL
        facts = build.facts(
            task=(Task.MATH, Task.CODE)[n % 2], data_class=restricted, now=build.NOW + timedelta(seconds=n)
        )
        if n % 3 == 0:
            facts = replace(facts, caller=Caller("k", other.organisation, other.name, "p"))
        seen.append(Seen(facts, frozenset(), restricted, None))
    none = np.full(count, -1, np.int64)
    return Past(
        columns_of(seen), (), ("old",), none, none, np.zeros(count, np.int64), none, none, none,
        np.zeros(count, np.bool_), 0,
    )  # fmt: skip


def planned(
    before: Policy,
    after: Policy,
    ledger: Measured = NOTHING,
    other: Team = LEGAL,
    window: Window = WINDOW,
) -> Plan:
    """Both policies over the three models of `build`, on requests of the team `search` and of `other`."""
    old, new = (
        Bundle(build.THREE, build.PRICES, one, name, build.NOW, ())
        for name, one in (("old", before), ("new", after))
    )
    requests, names = past(other=other), TeamNames([other, SEARCH])
    found = compare(requests, old, new, lambda _: None)
    return plan(("old", "new"), window, names, requests, found, ledger, Crossed())


CHEAP, BEST = build.policy(build.rule()), build.policy(build.rule(objective=Objective.BEST))
SMALL_COST, BIG_COST = 1_000 * 10 + 500 * 20, 1_000 * 1_000 + 500 * 8_000


def test_spend_and_changes_are_exact() -> None:
    """Six requests go from the small model to the big one, at the prices of both, by team and in all."""
    made = planned(CHEAP, BEST)
    whole = made.total
    assert (whole.requests, whole.changed, made.otherwise) == (6, 6, 6)
    assert (whole.before.cost_pico, whole.after.cost_pico) == (6 * SMALL_COST, 6 * BIG_COST)
    assert [(team.name, team.requests, team.after.cost_pico) for team in made.teams] == [
        ("legal", 2, 2 * BIG_COST),
        ("search", 4, 4 * BIG_COST),
    ]
    assert {(c.task, c.before.model, c.after.model, c.requests) for c in made.changes} == {
        ("math", "small", "big", 3),
        ("code", "small", "big", 3),
    }


def test_teams_of_two_organisations_are_two() -> None:
    """Each has its own figures, under both names; the header says whose one team's plan is."""
    made = planned(CHEAP, BEST, other=Team("o", "search"))
    assert [(team.name, team.requests, team.after.cost_pico) for team in made.teams] == [
        ("o/search", 2, 2 * BIG_COST),
        ("org/search", 4, 4 * BIG_COST),
    ]
    lines = plan_text(made, "idea").splitlines()
    assert [line.split()[:2] for line in lines if "/search" in line] == [
        ["o/search", "2"],
        ["org/search", "4"],
    ]
    one = planned(CHEAP, BEST, other=Team("o", "search"), window=replace(WINDOW, team=SEARCH))
    assert one.team == "org/search" and " UTC of team org/search" in plan_text(one, "idea")
    assert planned(CHEAP, BEST, window=replace(WINDOW, team=SEARCH)).team == "search"


def test_estimates_are_corrected_by_what_was_paid() -> None:
    """Where the ledger saw the model on the task; whole pico-dollars, the other task as estimated."""
    ledger = Measured({}, {}, {("big", "math"): (11, 10), ("small", "code"): (1, 2)})
    whole = planned(CHEAP, BEST, ledger).total
    assert whole.after.cost_pico == 3 * BIG_COST * 11 // 10 + 3 * BIG_COST
    assert whole.before.cost_pico == 3 * SMALL_COST + 3 * SMALL_COST // 2
    assert whole.after.expected_pico == 6 * BIG_COST


def test_no_evidence_is_said_and_never_guessed() -> None:
    """A model that was never checked on a task has no acceptance; neither have 29 answers in the sum."""
    ledger = Measured({("big", "math"): Acceptance(20, 29)}, {}, {})
    made = planned(CHEAP, BEST, ledger)
    assert made.total.after.quality.accepted is None
    text = plan_text(made, "idea")
    assert "0.69 (0.54-0.81, 29 checked)" in text
    assert "Accepted: no evidence for 6 of 6 requests" in text
    assert [line for line in text.splitlines() if "code" in line and "no evidence" in line]
    known = planned(CHEAP, BEST, Measured({("big", "math"): Acceptance(24, 30)}, {}, {}))
    assert known.total.after.quality.accepted == pytest.approx(0.8)
    assert "0.800 (for 50%)" in plan_text(known, "idea")


def test_latency_is_the_ledgers_own() -> None:
    """The quantiles of the mixture: half of the requests on each task."""
    second = 1_000_000
    durations = {("big", "math"): np.array([second] * 10), ("big", "code"): np.array([3 * second] * 1_000)}
    latency = planned(CHEAP, BEST, Measured({}, durations, {})).total.after.latency
    assert (latency.seen, latency.p50, latency.p95) == (6, 1.0, 3.0)


def test_data_that_could_leave_is_loud() -> None:
    """A new policy that lets confidential data out, and one that keeps what goes out now, stand on top."""
    strict = build.policy(build.rule(), residency={DataClass.CONFIDENTIAL: frozenset({"on-premises"})})
    opened = plan_text(planned(strict, CHEAP), "idea")
    assert "RESIDENCY\n  2 requests could go where the rules in force forbid it" in opened
    closed = plan_text(planned(CHEAP, strict), "idea")
    assert "RESIDENCY\n  2 requests may go now where the new rules forbid it" in closed
    other = build.policy(build.rule(objective=Objective.BEST), residency=strict.residency)
    assert "Residency: no past decision breaks the new rules" in plan_text(planned(strict, other), "idea")


def test_refusals_are_counted_both_ways() -> None:
    """A new `deny` refuses; the way back serves again."""
    deny = build.policy(build.rule("no", Match(team=("legal",)), deny="not here"), build.rule())
    made, back = planned(CHEAP, deny), planned(deny, CHEAP)
    assert (made.total.newly_refused, made.total.newly_served, made.total.after.refused) == (2, 0, 2)
    assert (back.total.newly_refused, back.total.newly_served, back.total.after.refused) == (0, 2, 0)
    assert "refused that was served: 2; served that was refused: 0" in plan_text(made, "idea")
    assert "No changes: no recorded request would be decided otherwise." in plan_text(
        planned(deny, deny), "x"
    )


def test_tags_that_nobody_reads_make_no_difference() -> None:
    """A ticket number on every request leaves one profile; a rule's own tag, or an expression, keeps them."""
    seen = [
        Seen(build.facts(tags={"ticket": str(n), "cost": "x"[: n % 2]}), frozenset(), None, None)
        for n in range(9)
    ]
    columns = columns_of(seen)
    sizes = [len(narrowed(columns, tags).profiles) for tags in (frozenset(), frozenset({"cost"}), None)]
    assert sizes == [1, 2, 9]
    assert narrowed(columns, frozenset({"cost"})).facts(3, DataClass.INTERNAL).tags == {"cost": "x"}


def test_nothing_recorded_is_a_plan_too() -> None:
    """A window without requests changes nothing and divides by nothing."""
    nobody = past(0)
    old, new = (Bundle(build.THREE, build.PRICES, one, "d", build.NOW, ()) for one in (CHEAP, BEST))
    found = compare(nobody, old, new, lambda _: None)
    made = plan(("old", "new"), WINDOW, TeamNames([]), nobody, found, NOTHING, Crossed())
    assert not made.changes_something
    assert "0 recorded requests" in plan_text(made, "idea")
