"""What came of a month's requests, by workload: quality, each kind apart, and the saving as a band."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from router.books.months import name
from router.books.periods.calendar import Closing
from router.books.periods.lengths import ByModelAndTask, lengths_of_month
from router.books.periods.lines import is_adjustment, lines
from router.books.rollups.facts import OUTCOMES
from router.domain.kinds import Outcome, Verdict
from router.domain.savings import Band, Compared

_ANSWERED = (Outcome.ACCEPTED.value, Outcome.UNVERIFIED.value, Outcome.ESCALATED.value)
_SAID = ("reported", "reported_good", "judged", "judged_good")
_COMPARED = ("compared", "compared_cost_pico", "baseline_pico")
_BASELINE = ("compared", "baseline_pico", "baseline_output_pico", "baseline_output")
"""In the order of the fields of `Compared`."""
_PAID = {"answers_pico": "answers_pico", **dict.fromkeys(
    ("retries_pico", "escalations_pico", "unanswered_pico", "judges_pico"), "overhead_pico")}  # fmt: skip
_NOTHING = Band(0, 0, 0)
_Who = tuple[str, str, str, str, str | None]
_Part = tuple[str | None, str | None]


@dataclass(slots=True)
class Quality:
    """What came of a workload's requests. Verified (by checks), judged (by models) and reported (by people)
    are three figures and never added.

    The saving is over the `compared` requests, which have a baseline and a known cost and were not held out.
    `baseline_pico` is as booked, `baseline` the band of what it may have been (`domain/savings.py`);
    `answers_pico` was paid for the answers, `overhead_pico` for retries, escalations, requests without a
    baseline and judging. Idle GPU time is in neither: it is a line of its own.
    """

    organisation: str
    team: str
    usage_month: str
    project: str
    workload: str | None
    requests: int = 0
    answered: int = 0
    passed: int = 0
    failed: int = 0
    reported: int = 0
    reported_good: int = 0
    judged: int = 0
    judged_good: int = 0
    compared: int = 0
    compared_cost_pico: int = 0
    baseline_pico: int = 0
    answers_pico: int = 0
    overhead_pico: int = 0
    baseline: Band = _NOTHING

    @property
    def gross(self) -> Band:
        """Baseline minus what the answers cost."""
        return self.baseline.minus(self.answers_pico)

    @property
    def net(self) -> Band:
        """Gross minus the overhead."""
        return self.gross.minus(self.overhead_pico)


def quality_of(connection: Connection, month: date, closing: Closing | None) -> list[Quality]:
    """Of every workload with requests in the month's lines."""
    found: dict[_Who, Quality] = {}
    parts: defaultdict[_Who, defaultdict[_Part, list[int]]] = defaultdict(
        lambda: defaultdict(lambda: [0] * 4)
    )
    names = ("day", *OUTCOMES.keys)
    for key, measures in lines(connection, OUTCOMES, month).items():
        k = dict(zip(names, key, strict=True))
        m = {name: amount or 0 for name, amount in zip(OUTCOMES.measures, measures, strict=True)}
        used = k["day"][:7] if is_adjustment(k["day"], month) else name(month)
        who = (k["organisation"], k["team"], used, k["project"], k["workload"])
        one = found.setdefault(who, Quality(*who))
        answered = m["requests"] if k["outcome"] in _ANSWERED else 0
        one.requests += m["requests"]
        one.answered += answered
        one.passed += answered if k["verdict"] == Verdict.PASSED else 0
        one.failed += answered if k["verdict"] == Verdict.FAILED else 0
        routed = not k["holdout"]
        _add(one, {measure: m[measure] for measure in _SAID})
        _add(one, {measure: m[measure] for measure in _COMPARED if routed})
        for measure, place in _PAID.items():
            _add(one, {place: m[measure] if routed or measure == "judges_pico" else 0})
        if routed:
            part = parts[who].setdefault((k["baseline_model"], k["task"]), [0] * len(_BASELINE))
            for n, measure in enumerate(_BASELINE):
                part[n] += m[measure]
    lengths = lengths_of_month(connection, month, closing)
    for who, one in found.items():
        one.baseline = _band(parts[who], lengths)
    return list(found.values())


def _add(one: Quality, amounts: dict[str, int]) -> None:
    for measure, amount in amounts.items():
        setattr(one, measure, getattr(one, measure) + amount)


def _band(parts: dict[_Part, list[int]], lengths: ByModelAndTask) -> Band:
    """Added end by end. What an adjustment takes away has no lengths of its own: it is as it was booked."""
    bands = []
    for (model, task), (count, baseline, part, expected) in parts.items():
        if count > 0 and expected > 0 and model is not None:
            bands.append(Compared(count, baseline, part, expected, lengths.get((model, task))).band())
        else:
            bands.append(Band(baseline, baseline, baseline))
    return Band(*(sum(getattr(band, end) for band in bands) for end in ("low", "middle", "high")))
