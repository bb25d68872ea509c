"""The budgets of a plan for people: each that is crossed under either policy, when, and by how much."""

from __future__ import annotations

from collections.abc import Iterator

from router.clock import utc
from router.domain.money import PicoUSD, format_usd
from router.lifecycle.crossed import LIMIT, BudgetPeriod, Crossed, Spend

_SHOWN = 20
_CENT = 10**10


def budget_lines(found: Crossed) -> Iterator[str]:
    """Nothing where there are no budgets."""
    if not (found.judged or found.partly):
        return
    yield ""
    if found.judged and not found.periods:
        yield f"Budgets: none of {', '.join(found.judged)} would reach a threshold."
    if found.periods:
        yield "Budgets crossed, by the expected spend of these requests:"
        periods = sorted(found.periods, key=_loudest_first)
        for one in periods[:_SHOWN]:
            yield from _period(one)
        if periods[_SHOWN:]:
            yield f"  and {len(periods) - _SHOWN:,} more (--json has all)"
        if any(_spent(side) and side.hard for one in periods for side in (one.before, one.after) if side):
            yield "A spent hard budget refuses paid answers from then on; these figures do not follow that."
    if found.partly:
        yield f"Not judged by one team's requests: {', '.join(found.partly)}."


def money(pico: int, *, signed: bool = False) -> str:
    """Cents from a dollar on and where they say it all, else more digits."""
    text = format_usd(PicoUSD(pico), 2 if abs(pico) >= _CENT * 100 or pico % _CENT == 0 else 6)
    return f"+{text}" if signed and pico > 0 else text


def _loudest_first(one: BudgetPeriod) -> tuple[bool, bool, str, str]:
    """Limits newly reached, then what differs at all."""
    newly = _spent(one.after) and not _spent(one.before)
    return not newly, not one.differs, one.budget, one.period


def _spent(side: Spend | None) -> bool:
    return side is not None and any(crossing.percent == LIMIT for crossing in side.crossings)


def _period(one: BudgetPeriod) -> Iterator[str]:
    part = "" if one.whole else ", as far as the plan's window has it"
    yield f"  {one.budget}, {one.period}{part}"
    yield f"    in force: {_side(one.before)}"
    yield f"    new:      {_side(one.after)}"


def _side(side: Spend | None) -> str:
    if side is None:
        return "no such budget"
    kind = "hard" if side.hard else "soft"
    limit, over = side.limit_pico, side.spent_pico - side.limit_pico
    told = f"{money(side.spent_pico)} of {money(limit)} {kind} ({side.spent_pico / limit:.0%})"
    if over > 0:
        told += f", {money(over)} over"
    marks = [f"{_mark(c.percent)} {utc(c.at_us):%m-%d %H:%M}" for c in side.crossings]
    return f"{told}; {', '.join(marks)}" if marks else f"{told}; below its thresholds"


def _mark(percent: int) -> str:
    return "limit" if percent == LIMIT else f"{percent}%"
