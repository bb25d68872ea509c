"""Which budgets a plan says are crossed, when and by how much: exact, and the same as adding up by hand."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import orjson

from router.domain.budget import Budget, Budgets, Enforcement, Scope
from router.domain.budget_period import PeriodKind, period_of
from router.domain.caller import Caller
from router.domain.kinds import Objective, Task, Tier
from router.domain.money import PicoUSD
from router.domain.teams import Team, TeamNames
from router.lifecycle.compare import compare
from router.lifecycle.crossed import Crossed, Crossing, Spend, crossed
from router.lifecycle.crossed_text import budget_lines
from router.lifecycle.measured import Measured
from router.lifecycle.past import Past, Window
from router.lifecycle.plan import Plan, plan
from router.lifecycle.plan_file import plan_document
from router.lifecycle.plan_text import plan_text
from router.lifecycle.replay.collect import Seen, columns_of
from router.policy.documents import Bundle
from tests.policy import build

UTC_ZONE = ZoneInfo("UTC")
EVERYBODY = Scope()
WINDOW = Window(0, 10**16)
SMALL, BIG = 1_000 * 10 + 500 * 20, 1_000 * 1_000 + 500 * 8_000
CHEAP, BEST = build.policy(build.rule()), build.policy(build.rule(objective=Objective.BEST))
NOTHING = Measured({}, {}, {})


def budget(name: str, limit: int, scope: Scope = EVERYBODY, **given: object) -> Budget:
    """A soft one by the day, told of at half and at its limit, unless given otherwise."""
    said = {
        "period": PeriodKind.DAY, "zone": UTC_ZONE, "enforcement": Enforcement.SOFT, "thresholds": (50, 100)
    } | given  # fmt: skip
    return Budget(name, scope, limit=PicoUSD(limit), **said)  # type: ignore[arg-type]


def requests(moments: list[datetime], teams: list[str], tasks: list[Task] | None = None) -> Past:
    """One request of 1,000 tokens at each moment, of that team."""
    seen = [
        Seen(
            replace(
                build.facts(task=tasks[n] if tasks else Task.CODE, now=moment),
                caller=Caller("k", "o", team, "p"),
            ),
            frozenset(),
            None,
            None,
        )
        for n, (moment, team) in enumerate(zip(moments, teams, strict=True))
    ]
    none = np.full(len(seen), -1, np.int64)
    return Past(
        columns_of(seen), (), (), none, none, none, none, none, none, np.zeros(len(seen), np.bool_), 0
    )


def hourly(count: int, team: str = "search") -> Past:
    """One an hour, the first at BUILD's noon."""
    return requests([build.NOW + timedelta(hours=n) for n in range(count)], [team] * count)


def bundle(name: str, policy: object, *budgets: Budget, by_the_hour: frozenset[str] = frozenset()) -> Bundle:
    return Bundle(
        build.THREE,
        build.PRICES,
        policy,
        name,
        build.NOW,
        (),
        Budgets(budgets, by_the_hour),  # type: ignore[arg-type]
    )


def found(
    past: Past,
    before: Bundle,
    after: Bundle,
    window: Window = WINDOW,
    ledger: Measured = NOTHING,
    teams: tuple[Team, ...] = (),
) -> Crossed:
    chosen = compare(past, before, after, lambda _: None).chosen
    return crossed(past, chosen, (before, after), window, teams, ledger)


def whole(past: Past, before: Bundle, after: Bundle) -> Plan:
    compared = compare(past, before, after, lambda _: None)
    budgets = crossed(past, compared.chosen, (before, after), WINDOW, (), NOTHING)
    return plan((before.digest, after.digest), WINDOW, TeamNames([]), past, compared, NOTHING, budgets)


def at(past: Past, index: int) -> int:
    return int(past.columns.now_us[index])


def test_which_periods_cross_when_and_by_how_much() -> None:
    """Ten dear answers in a day, a limit of eight: half is reached by the fourth, the limit by the eighth;
    the cheap ones of the policy in force reach nothing."""
    past = hourly(10)
    limit = budget("each-day", 8 * BIG)
    (one,) = found(past, bundle("old", CHEAP, limit), bundle("new", BEST, limit)).periods
    assert one.before is not None and one.after is not None
    assert (one.before.spent_pico, one.before.crossings) == (10 * SMALL, ())
    assert one.after.spent_pico == 10 * BIG and one.after.limit_pico == 8 * BIG
    assert one.after.crossings == (Crossing(50, at(past, 3)), Crossing(100, at(past, 7)))
    assert one.differs and one.whole
    text = "\n".join(budget_lines(found(past, bundle("o", CHEAP, limit), bundle("n", BEST, limit))))
    assert f"each-day, {one.period}" in text and "(125%)" in text and "over; 50%" in text
    assert "below its thresholds" in text and "hard" not in text


def test_a_new_budget_document_is_planned_too() -> None:
    """Nothing is decided otherwise, but a limit is halved, one is new and one is gone: that is a change."""
    past = hourly(10)
    before = bundle("old", BEST, budget("kept", 11 * BIG), budget("gone", BIG))
    after = bundle("new", BEST, budget("kept", 5 * BIG), budget("added", 2 * BIG))
    made = whole(past, before, after)
    assert not made.decides_otherwise and made.changes_something
    by_name = {one.budget: one for one in made.budgets.periods}
    assert by_name["gone"].after is None and by_name["added"].before is None
    kept = by_name["kept"]
    assert kept.before is not None and kept.after is not None
    assert [c.percent for c in kept.before.crossings] == [50]
    assert [c.percent for c in kept.after.crossings] == [50, 100]
    text = plan_text(made, "idea")
    assert "Decisions: no recorded request would be decided otherwise." in text and "no such budget" in text
    same = whole(past, before, before)
    assert not same.changes_something and "No changes: no recorded" in plan_text(same, "idea")


def test_scopes_and_tiers_count_as_in_the_gateway() -> None:
    """A team's, a tier's, and one that leaves out what is paid by the hour."""
    past = requests([build.NOW + timedelta(minutes=n) for n in range(9)], ["legal", "search", "search"] * 3)
    big = next(m for m in build.THREE.models.values() if m.name == "big")
    budgets = (
        budget("legal", BIG, Scope(team=("leg*",))),
        budget("dear", BIG, Scope(tier=frozenset({big.tier}))),
        budget("other", BIG, Scope(tier=frozenset(set(Tier) - {big.tier}))),
        budget("free", BIG, self_hosted=False),
    )
    hours = frozenset({big.endpoints[0].id})
    made = found(past, bundle("a", BEST, *budgets, by_the_hour=hours), bundle("b", BEST, *budgets))
    spent = {one.budget: (one.before, one.after) for one in made.periods}
    assert {name: side[1] and side[1].spent_pico for name, side in spent.items()} == {
        "legal": 3 * BIG, "dear": 9 * BIG, "free": 9 * BIG
    }  # fmt: skip
    assert spent["free"][0] is not None and spent["free"][0].spent_pico == 0


def test_one_teams_plan_speaks_only_of_that_teams_budgets() -> None:
    """It sees no other spend, and says which budgets it therefore leaves out: those that count another
    organisation's team of that name too, as long as it has requests."""
    past, ours = hourly(3, "legal"), Team("o", "legal")
    scopes = {
        "legal": Scope(team=("legal",)), "ours": Scope(("o",), ("legal",)), "all": EVERYBODY,
        "theirs": Scope(("globex",), ("legal",)),
    }  # fmt: skip
    every = [budget(name, BIG, scope) for name, scope in scopes.items()]
    alone = Team("o", "ads"), ours
    for teams, judged, partly in (
        (alone, ["legal", "ours"], ("all", "theirs")),
        ((*alone, Team("globex", "legal")), ["ours"], ("legal", "all", "theirs")),
    ):
        window = replace(WINDOW, team=ours)
        made = found(past, bundle("a", BEST, *every), bundle("b", BEST, *every), window, teams=teams)
        assert ([one.budget for one in made.periods], made.partly) == (judged, partly)
        assert f"Not judged by one team's requests: {', '.join(partly)}." in list(budget_lines(made))


def test_periods_follow_their_zone_and_say_what_the_window_cuts() -> None:
    """Berlin's day ends an hour before UTC's; the last one is only begun."""
    zone = ZoneInfo("Europe/Berlin")
    start = datetime(2026, 11, 27, 12, tzinfo=UTC)
    past = requests([start + timedelta(hours=n) for n in range(14)], ["t"] * 14)
    end = int((start + timedelta(hours=14)).timestamp() * 1_000_000)
    limit = budget("each-day", BIG, zone=zone)
    same = bundle("a", BEST, limit), bundle("b", BEST, limit)
    made = found(past, *same, Window(int(start.timestamp()) * 1_000_000 - 12 * 3600 * 10**6, end))
    assert [(one.period, one.whole) for one in made.periods] == [("2026-11-27", False), ("2026-11-28", False)]
    assert [one.after and one.after.spent_pico for one in made.periods] == [11 * BIG, 3 * BIG]


def test_same_as_adding_up_one_by_one() -> None:
    """Random moments, teams, tasks, limits and corrections against a plain loop, to the pico-dollar."""
    for seed in range(25):
        draw = random.Random(seed)
        moments = [build.NOW + timedelta(seconds=draw.randrange(5 * 86_400)) for _ in range(60)]
        teams = [draw.choice(["legal", "search"]) for _ in moments]
        tasks = [draw.choice([Task.MATH, Task.CODE]) for _ in moments]
        past = requests(moments, teams, tasks)
        ratio = draw.randrange(1, 10**6), draw.randrange(1, 10**6)
        ledger = Measured({}, {}, {("big", "math"): ratio})
        limit = budget(
            "b", draw.randrange(1, 40 * BIG), draw.choice([Scope(), Scope(team=("legal",))]),
            period=draw.choice(list(PeriodKind)), thresholds=tuple(sorted(draw.sample(range(1, 120), 3))),
        )  # fmt: skip
        made = found(past, bundle("a", CHEAP), bundle("b", BEST, limit), ledger=ledger)
        told = {one.period: one.after for one in made.periods}
        assert told == _by_hand(moments, teams, tasks, limit, ratio) and all(
            one.before is None for one in made.periods
        )


def _by_hand(
    moments: list[datetime], teams: list[str], tasks: list[Task], limit: Budget, ratio: tuple[int, int]
) -> dict[str, Spend]:
    sums: dict[str, dict[Task, int]] = {}
    crossings: dict[str, list[Crossing]] = {}
    totals: dict[str, int] = {}
    for n in sorted(range(len(moments)), key=lambda n: moments[n]):
        if limit.scope.team and teams[n] not in limit.scope.team:
            continue
        moment = int(moments[n].timestamp()) * 1_000_000
        key = period_of(limit.period, limit.zone, moment).key
        by_task = sums.setdefault(key, {})
        by_task[tasks[n]] = by_task.get(tasks[n], 0) + BIG
        math = by_task.get(Task.MATH, 0) * ratio[0] // ratio[1]
        totals[key] = math + by_task.get(Task.CODE, 0)
        for percent in sorted({*limit.thresholds, 100}):
            known = crossings.setdefault(key, [])
            if totals[key] * 100 >= percent * limit.limit and percent not in [c.percent for c in known]:
                known.append(Crossing(percent, moment))
    return {
        key: Spend(limit.limit, False, totals[key], tuple(found)) for key, found in crossings.items() if found
    }


def test_sums_beyond_64_bits_stay_exact() -> None:
    """Costs whose sum would not fit are added as Python adds."""
    past = hourly(4)
    limit = budget("all", 10**15)
    same = bundle("a", BEST, limit), bundle("b", BEST, limit)
    chosen = compare(past, *same, lambda _: None).chosen
    for side in chosen:
        side.cost[:] = 2**61 + 1
    (one,) = crossed(past, chosen, same, WINDOW, (), NOTHING).periods
    assert one.after is not None and one.after.spent_pico == 4 * (2**61 + 1)


def test_the_file_has_them() -> None:
    """A reader of JSON finds the crossings; a hard budget says what the figures do not follow."""
    past = hourly(10)
    limit = budget("each-day", 5 * BIG, enforcement=Enforcement.HARD, thresholds=())
    made = whole(past, bundle("old", CHEAP, limit), bundle("new", BEST, limit))
    document = orjson.loads(orjson.dumps(plan_document(made, "idea", "2026-11-28T00:00:00+00:00")))
    (period,) = document["budgets"]["periods"]
    assert period["before"]["crossings"] == []
    assert period["after"]["crossings"] == [{"percent": 100, "at_us": at(past, 4)}]
    assert document["budgets"]["judged"] == ["each-day"]
    assert "A spent hard budget refuses paid answers from then on" in plan_text(made, "idea")


def test_no_threshold_is_said() -> None:
    past = hourly(2)
    limit = budget("roomy", 10**6 * BIG)
    assert "Budgets: none of roomy would reach a threshold." in plan_text(
        whole(past, bundle("old", CHEAP, limit), bundle("new", BEST, limit)), "idea"
    )
    assert "Budgets" not in plan_text(whole(past, bundle("old", CHEAP), bundle("new", BEST)), "idea")
