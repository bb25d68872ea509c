"""The figures of the Overview's cards. Pure; money in pico-USD."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard import quality_tables, text
from dashboard.queries.charges import Sums
from dashboard.queries.rolled import Fresh
from dashboard.spend_tables import NOT_ALLOCATED
from dashboard.spend_words import Figure
from router.books.outlook.odd import Odd
from router.domain.forecast import METHOD, NEEDED_DAYS, Forecast
from router.domain.outcomes import Accepted
from router.domain.savings import Savings
from router.domain.teams import TeamNames

ODD_DAYS = 30
"""Whole days that are searched for odd ones."""
LEAST_ODD = 10**12
"""A deviation of less than a dollar is nobody's concern; `tiergate anomalies` starts there too. Pico-USD."""
_STALE_US = 3_600_000_000
"""Sums that miss requests of more than an hour are worth a look."""


def spend(sums: Sums, before: Sums | None) -> Figure:
    """What was spent, against the span before it; costs that are not known are said."""
    known = f"; {text.attempts(sums.unknown)} unknown" if sums.unknown else ""
    against = "nothing before" if before is None or not before.spend else (
        f"{text.change(sums.spend, before.spend)} on {text.money(before.spend)} before".replace("$", r"\$")
    )  # fmt: skip
    return Figure(
        "Spend",
        text.money(sums.known),
        f"{against}{known}",
        "US dollars, as booked with corrections; retries, rejected answers and judging included. Before: as "
        "many days just before these. Attempts of unknown cost are in no sum.",
        alarm=sums.known is None,
    )


def saving(whole: Savings | None) -> Figure:
    """The net saving in the middle of its band."""
    if whole is None or not whole.requests:
        meaning = "US dollars: baseline minus all that was paid. No request has both a cost and a baseline."
        return Figure("Saving, net", text.NONE, "nothing to compare", meaning)
    net, places = whole.net, text.places_for([whole.baseline.high])
    low, middle, high = (text.money(end, places) for end in (net.low, net.middle, net.high))
    share = text.share(net.middle, whole.baseline.middle)
    return Figure(
        "Saving, net",
        middle,
        f"{low} to {high}; {share} of the baseline".replace("$", r"\$"),
        f"US dollars, estimated, over {text.requests(whole.requests)}. {whole.method}",
        alarm=net.low < 0,
    )


def quality(found: Accepted) -> Figure:
    """The share of checked answers that passed, with its interval."""
    return Figure(
        "Verified quality",
        quality_tables.share(found),
        f"n = {text.count(found.looked_at)}, {quality_tables.interval(found)}" if found.share else "n = 0",
        "Of the returned answers that outcome checks passed, of those that a check could decide; with its "
        "95 % interval (Wilson). Opinions of judges and people are not in it.",
    )


def outlook(month: str, found: Forecast | None) -> Figure:
    """What the month will have cost."""
    label = f"Forecast, {month}"
    if found is None:
        return Figure(
            label,
            text.NONE,
            "too little history",
            f"US dollars. It takes {NEEDED_DAYS} whole days, and some spend in the last two weeks.",
        )
    total = found.total
    places = text.places_for([total.high])
    low, middle, high = (text.money(end, places) for end in (total.low, total.middle, total.high))
    return Figure(
        label,
        middle,
        f"{low} to {high}; {text.money(found.spent, places)} spent".replace("$", r"\$"),
        f"US dollars, whole month (UTC). {METHOD}",
    )


def odd_days(found: Sequence[Odd], teams: TeamNames) -> Figure:
    """How many days were unlike their weekdays, and the one furthest from the usual."""
    meaning = "Whole days (UTC) on which a team spent unlike on the same weekdays before, a dollar or more."
    if not found:
        return Figure("Odd days", "0", f"in {ODD_DAYS} days of every team", meaning)
    most = max(found, key=lambda odd: abs(odd.anomaly.beyond))
    beyond = text.signed(most.anomaly.beyond, 2)
    note = f"{most.called(teams) or NOT_ALLOCATED}, {most.anomaly.day:%-d %b}: {beyond} on the usual"
    return Figure("Odd days", text.count(len(found)), text.verbatim(note), meaning, alarm=True)


def freshness(newest_us: int, fresh: Fresh, now_us: int) -> Figure:
    """How old the newest request is, and whether the sums have it."""
    hours = "hour" if fresh.waiting == 1 else "hours"
    late = f"{text.count(fresh.waiting)} {hours} not in the sums"
    return Figure(
        "Newest request",
        text.ago(now_us - newest_us),
        late if fresh.waiting else "all hours are in the sums",
        f"It started at {text.instant(newest_us)}; sums were made at {text.instant(fresh.rolled_us)}. "
        "`tiergate books roll` makes them; `--every 60` keeps them made.",
        alarm=bool(fresh.waiting) and now_us - fresh.rolled_us > _STALE_US,
    )
