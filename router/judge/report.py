"""The calibration report of judges: figures by judge, as a value for JSON and as text. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from router.domain.money import PicoUSD, format_usd
from router.domain.value import value
from router.judge.agreement import (
    ENOUGH,
    Agreement,
    Figure,
    Judged,
    agreement,
    inconsistent,
    length_and_grade,
    longer_wins,
    position,
    self_preference,
)
from router.judge.evidence import Evidence, Spent

NOBODY = f"No judgements in that time. A rule's `judge` makes them; {ENOUGH} are needed for a figure."


@value
class JudgeReport:
    """One judge. `outcomes` counts its opinions; `verified` and `reported` are agreement with outcome checks
    and with people, apart."""

    judge: str
    simulated: bool
    judgements: int
    outcomes: Mapping[str, int]
    verified: Agreement
    reported: Agreement
    inconsistent: Figure
    position: Figure
    longer_wins: Figure
    length_and_grade: Figure
    self_preference: Figure
    spent: Spent


def reports(evidence: Evidence, *, simulated: bool) -> list[JudgeReport]:
    """One for each judge, by name."""
    return [
        _report(judge, rows, evidence.spent.get(judge, Spent(0, 0, 0)), simulated)
        for judge, rows in sorted(evidence.judged.items())
    ]


def _report(judge: str, rows: Sequence[Judged], spent: Spent, simulated: bool) -> JudgeReport:
    return JudgeReport(
        judge,
        simulated,
        len(rows),
        dict(sorted(Counter(str(row.outcome) for row in rows).items())),
        agreement([(r.good, r.verified) for r in rows if r.good is not None and r.verified is not None]),
        agreement([(r.good, r.reported) for r in rows if r.good is not None and r.reported is not None]),
        inconsistent(rows),
        position(rows),
        longer_wins(rows),
        length_and_grade(rows),
        self_preference(judge, rows),
        spent,
    )


def as_text(report: JudgeReport) -> Iterable[str]:
    """Lines of at most 100 characters."""
    note = " (SIMULATED: it says nothing of a real judge)" if report.simulated else ""
    told = ", ".join(f"{count:,} {outcome}" for outcome, count in report.outcomes.items())
    yield f"judge {report.judge}{note}"
    yield f"  {report.judgements:,} opinions: {told}"
    yield from _agreed("verified outcomes", report.verified)
    yield from _agreed("human feedback", report.reported)
    yield _line("orders contradict", report.inconsistent, "share of pairs; these are no opinion")
    yield _line("first place", report.position, "net share lost to it; 0 is no bias")
    yield _line("longer text wins", report.longer_wins, "of unequal pairs; 0.5 is no bias")
    yield _line("length and grade", report.length_and_grade, "rank correlation; 0 is no bias")
    yield _line("own family", report.self_preference, "overrated more than others; 0 is no bias")
    spent = report.spent
    unknown = f", and {spent.unknown:,} calls at an unknown cost" if spent.unknown else ""
    cost = format_usd(PicoUSD(spent.cost_pico))
    yield f"  {'overhead':<26}{cost} for {spent.calls:,} calls{unknown}"


def _agreed(whom: str, found: Agreement) -> Iterable[str]:
    yield _line(f"with {whom}", found.rate, "share on which they agree")
    cells = f"both good {found.both_good:,}, judge only {found.judge_only:,}, "
    cells += f"{whom} only {found.truth_only:,}, both bad {found.both_bad:,}"
    yield _line("  Cohen's kappa", found.kappa, "0 as by chance, 1 always")
    yield f"    {cells}"


def _line(name: str, figure: Figure, meaning: str) -> str:
    if figure.value is None:
        why = f"fewer than {ENOUGH}" if figure.n < ENOUGH else "all alike"
        return f"  {name:<26}unknown ({why}: n {figure.n:,})"
    interval = f"{figure.value:5.2f} [{figure.low:.2f}, {figure.high:.2f}]"
    return f"  {name:<26}{interval}  n {figure.n:<7,}{meaning}"
