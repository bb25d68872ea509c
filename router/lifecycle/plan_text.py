"""A plan for people: what changes first, then money, quality, time, teams and what is loud."""

from __future__ import annotations

from collections.abc import Iterator

from router.clock import utc
from router.domain.interval import wilson
from router.lifecycle.compare import Side
from router.lifecycle.crossed_text import budget_lines, money
from router.lifecycle.measured import FEWEST
from router.lifecycle.plan import Change, Group, Outcome, Plan
from router.policy.table import aligned

_SHOWN = 20
_Z90 = 1.645
NO_EVIDENCE = "no evidence"


def plan_text(plan: Plan, folder: str) -> str:
    """Everything a reader needs before applying."""
    return "\n".join(_lines(plan, folder))


def _lines(plan: Plan, folder: str) -> Iterator[str]:
    whole = plan.total
    yield f"in force {plan.in_force}, new {plan.new} ({folder})"
    yield f"{_count(whole.requests, 'recorded request')} {_window(plan)}"
    yield from _remarks(plan)
    yield ""
    if plan.leaves_now or plan.leaves_then:
        yield from _residency(plan)
        yield ""
    if not plan.decides_otherwise:
        said = "Decisions" if plan.changes_something else "No changes"
        yield f"{said}: no recorded request would be decided otherwise."
        yield from budget_lines(plan.budgets)
        return
    yield f"Changed: {whole.changed:,} of {whole.requests:,} decisions ({_share(whole.changed, whole)})"
    refused, served = whole.newly_refused, whole.newly_served
    yield f"  refused that was served: {refused:,}; served that was refused: {served:,}"
    rest = plan.otherwise - whole.changed
    yield f"  same first choice, but another rule, fallback or expected cost: {rest:,}"
    if plan.changes:
        yield ""
        yield from _changes(plan)
    yield ""
    yield from aligned(["", "in force", "new", "change"], _figures(plan))
    yield ""
    yield from _explained(plan)
    yield from budget_lines(plan.budgets)
    if len(plan.teams) > 1:
        yield ""
        head = ["team", "requests", "changed", "refused", "expected spend", "P(success)"]
        yield from aligned(head, (_team(group) for group in plan.teams))
    if not (plan.leaves_now or plan.leaves_then):
        yield ""
        yield "Residency: no past decision breaks the new rules, no new decision breaks those in force."


def _window(plan: Plan) -> str:
    since, until = utc(plan.since_us), utc(plan.until_us)
    of = "" if plan.team is None else f" of team {plan.team}"
    return f"from {since:%Y-%m-%d %H:%M} to {until:%Y-%m-%d %H:%M} UTC{of}"


def _remarks(plan: Plan) -> Iterator[str]:
    if plan.comparable:
        same = plan.as_recorded / plan.comparable
        yield (
            f"of {plan.comparable:,} decided under the policy in force, {same:.1%} begin with the endpoint "
            "they began with then"
        )
        if same < 0.99:
            yield "  fewer than 99%: endpoints active here may not be those of the gateway (`--endpoints`),"
            yield "  or the rows were written by a version that did not record all facts"
    elif plan.total.requests:
        yield "none of them was decided under the policy now in force"
    if plan.undecided:
        yield f"{_count(plan.undecided, 'more request')} came to no decision, or not enough is recorded"
    if plan.simulated:
        yield f"{plan.simulated:,} answered by simulated upstreams: their money, time, verdicts are not real"


def _residency(plan: Plan) -> Iterator[str]:
    yield "RESIDENCY"
    if plan.leaves_now:
        yield (
            f"  {_count(plan.leaves_now, 'request')} may go now where the new rules forbid it: "
            "the policy in force lets data out that the new one keeps"
        )
    if plan.leaves_then:
        yield (
            f"  {_count(plan.leaves_then, 'request')} could go where the rules in force forbid it: "
            "the new policy lets data out; be sure that this is meant"
        )


def _changes(plan: Plan) -> Iterator[str]:
    head = ["requests", "task", "rule", "from", "to", "P(success)", "accepted there", "spend"]
    yield from aligned(head, (_change(change) for change in plan.changes[:_SHOWN]))
    rest = plan.changes[_SHOWN:]
    if rest:
        count = sum(change.requests for change in rest)
        yield f"and {len(rest):,} more kinds with {_count(count, 'request')} (--json has all)"


def _change(change: Change) -> list[str]:
    before, after = change.before, change.after
    rule = before.rule if before.rule == after.rule else f"{before.rule} > {after.rule}"
    return [
        f"{change.requests:,}",
        change.task or "unknown",
        rule,
        _named(before),
        _named(after),
        f"{_fraction(change.p_before)} > {_fraction(change.p_after)}",
        _accepted(change),
        money(change.cost_after_pico - change.cost_before_pico, signed=True),
    ]


def _named(side: Side) -> str:
    return "refused" if side.model is None else f"{side.model} on {side.endpoint}"


def _accepted(change: Change) -> str:
    if change.after.model is None:
        return "-"
    if not change.checked:
        return NO_EVIDENCE
    low, high = wilson(change.passed, change.checked, _Z90)
    return f"{change.passed / change.checked:.2f} ({low:.2f}-{high:.2f}, {change.checked:,} checked)"


def _figures(plan: Plan) -> Iterator[list[str]]:
    before, after = plan.total.before, plan.total.after
    yield ["refused", f"{before.refused:,}", f"{after.refused:,}", f"{after.refused - before.refused:+,}"]
    delta = after.cost_pico - before.cost_pico
    change = f" ({delta / before.cost_pico:+.1%})" if before.cost_pico else ""
    yield [
        "expected spend",
        money(before.cost_pico),
        money(after.cost_pico),
        f"{money(delta, signed=True)}{change}",
    ]
    yield ["P(success)", _p(before), _p(after), _difference(before.quality.p, after.quality.p)]
    accepted = (before.quality.accepted, after.quality.accepted)
    yield ["accepted by checks", *(_evidence(one, plan) for one in (before, after)), _difference(*accepted)]
    for name in ("p50", "p95"):
        seconds = [getattr(one.latency, name) for one in (before, after)]
        yield [f"latency {name}", *map(_seconds, seconds), ""]


def _explained(plan: Plan) -> Iterator[str]:
    yield "Spend: what first choices are expected to cost, corrected by what such requests cost before; the"
    yield f"ledger has {money(plan.paid_pico)} paid for them. P(success): estimate and its 90% interval."
    after = plan.total.after
    served = plan.total.requests - after.refused
    if after.quality.checked < served:
        yield (
            f"Accepted: {NO_EVIDENCE} for {served - after.quality.checked:,} of {served:,} requests: fewer "
            f"than {FEWEST} answers of their new model on their task were checked."
        )
    if after.latency.seen < served:
        yield f"Latency: {NO_EVIDENCE} for {served - after.latency.seen:,} of {served:,} requests."


def _team(group: Group) -> list[str]:
    before, after = group.before, group.after
    return [
        group.name,
        f"{group.requests:,}",
        f"{group.changed:,} ({_share(group.changed, group)})",
        f"{before.refused:,} > {after.refused:,}",
        f"{money(before.cost_pico)} > {money(after.cost_pico)}",
        f"{_fraction(before.quality.p)} > {_fraction(after.quality.p)}",
    ]


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}"


def _share(part: int, group: Group) -> str:
    return f"{part / group.requests:.1%}" if group.requests else "0%"


def _fraction(p: float | None) -> str:
    return "unknown" if p is None else f"{p:.2f}"


def _p(outcome: Outcome) -> str:
    quality = outcome.quality
    if quality.p is None:
        return "unknown"
    return f"{quality.p:.3f} ({quality.low:.3f}-{quality.high:.3f})"


def _evidence(outcome: Outcome, plan: Plan) -> str:
    quality = outcome.quality
    if quality.accepted is None:
        return NO_EVIDENCE
    served = plan.total.requests - outcome.refused
    return f"{quality.accepted:.3f} (for {quality.checked / served:.0%})"


def _difference(before: float | None, after: float | None) -> str:
    return "" if before is None or after is None else f"{after - before:+.3f}"


def _seconds(value: float | None) -> str:
    return NO_EVIDENCE if value is None else f"{value:.2f} s"
