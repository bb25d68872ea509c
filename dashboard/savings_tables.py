"""The figures and tables of the Savings page. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard import palette, text
from dashboard.html_tables import Cell, Column, html_table, tier_cell
from dashboard.spend_words import Figure
from router.domain.savings import Band, Savings
from router.savings.query import Found

NO_GROUP = "none named"
_ENDS = ("Low", "Middle", "High")


def headline(whole: Savings) -> list[Figure]:
    """The KPI row, left to right; every amount with its band."""
    spent, requests, places = whole.spent, text.requests(whole.requests), _places(whole)
    return [
        _figure(
            "Baseline",
            whole.baseline,
            places,
            f"What {requests} would have cost at the declared baseline model.",
        ),
        _figure(
            "Saving, gross", whole.gross, places, "Baseline minus what the answers that callers got did cost."
        ),
        Figure(
            "Overhead",
            text.money(spent.overhead, places),
            f"{text.share(spent.overhead, whole.gross.middle)} of the gross saving",
            "US dollars, booked: retries, rejected answers, requests without a baseline, judges and idle GPU "
            "time.",
        ),
        _figure("Saving, net", whole.net, places, "Gross minus overhead: what is left of the saving."),
        Figure(
            "Net of baseline",
            text.share(whole.net.middle, whole.baseline.middle),
            f"{text.count(whole.requests)} compared",
            "Net saving over baseline, both in the middle of their bands.",
        ),
    ]


def _places(whole: Savings) -> int:
    """Decimals that all amounts of the page share."""
    return text.places_for([whole.baseline.high])


def _figure(label: str, band: Band, places: int, meaning: str) -> Figure:
    low, middle, high = (text.money(end, places) for end in (band.low, band.middle, band.high))
    # A dollar sign opens a formula in Markdown.
    between = f"{low} to {high}".replace("$", r"\$")
    return Figure(label, middle, between, f"US dollars, estimated. {meaning}", alarm=band.low < 0)


def bridge(whole: Savings) -> str:
    """From the baseline to the net saving: what is taken off in each line."""
    spent = whole.spent
    places = _places(whole)
    taken = (
        ("less the answers that callers got", spent.answers),
        ("less retries: attempts that gave no answer", spent.retries),
        ("less answers bought and not given: rejected, or another was chosen", spent.escalations),
        ("less requests without a baseline: unanswered, or none was declared", spent.unanswered),
        ("less judging", spent.judges),
        ("less idle GPU time, beyond the marginal cost of self-hosted answers", spent.idle_gpu),
    )
    off: list[list[Cell | str]] = [
        [Cell(name, quiet=not amount), *(Cell(text.money(-amount, places), quiet=not amount) for _ in _ENDS)]
        for name, amount in taken
    ]
    lines: list[list[Cell | str]] = [
        ["Baseline", *_ends(whole.baseline, places)],
        off[0],
        ["Gross saving", *_ends(whole.gross, places)],
        *off[1:],
    ]
    columns = [Column("US dollars", figure=False, wrap=True), *(Column(end) for end in _ENDS)]
    return html_table(columns, lines, ["Net saving", *_ends(whole.net, places)], sums=(0, 2))


def groups(title: str, found: Sequence[Found], whole: Savings) -> str:
    """One line per group, the largest net saving first, all of them last."""
    places = _places(whole)
    names = ("Net", "Net, low to high", "Net of baseline", "Baseline", "Gross", "Overhead", "Compared")
    columns = [Column(title.capitalize(), figure=False), *(Column(name) for name in names)]
    lines: list[list[Cell | str]] = [
        [_name(title, row.group), *_figures(row.savings, places)] for row in found
    ]
    return html_table(columns, lines, ["All", *_figures(whole, places)])


def _figures(one: Savings, places: int) -> list[Cell | str]:
    low, middle, high = _ends(one.net, places)
    return [
        middle,
        f"{low.text} to {high.text}",
        text.share(one.net.middle, one.baseline.middle),
        text.money(one.baseline.middle, places),
        text.money(one.gross.middle, places),
        text.money(one.spent.overhead, places),
        text.count(one.requests),
    ]


def _ends(band: Band, places: int) -> list[Cell]:
    return [Cell(text.money(end, places), alarm=end < 0) for end in (band.low, band.middle, band.high)]


def _name(title: str, group: str | None) -> Cell | str:
    if title == "tier":
        return tier_cell(palette.tier_name(group))
    return Cell(NO_GROUP, quiet=True) if group is None else group


def measured(whole: Savings) -> str | None:
    """What the holdout measured, beside the estimate; None where none ran, or an arm is too small."""
    holdout = whole.holdout
    if holdout is None:
        return None
    places = text.places_for([whole.gross.high, holdout.saving.high])
    columns = [
        Column("Saving before judges and idle GPU time", figure=False, wrap=True),
        *(Column(end) for end in ("Low", "Middle", "High", "n")),
    ]
    lines: list[list[Cell | str]] = [
        [
            "Measured: mean cost held out minus routed, times the requests routed; 95% interval (Welch)",
            *_ends(holdout.saving, places),
            f"{text.count(holdout.held_out)} held out, {text.count(holdout.routed)} routed",
        ],
        [
            "Estimated: gross minus retries, rejected and unanswered, from the declared baseline",
            *_ends(_comparable(whole), places),
            text.count(whole.requests),
        ],
    ]
    return html_table(columns, lines)


def _comparable(whole: Savings) -> Band:
    """The estimate of what a holdout measures: the cost of whole requests, without what is in none."""
    spent = whole.spent
    return whole.gross.minus(spent.retries + spent.escalations + spent.unanswered)
