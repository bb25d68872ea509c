"""Prices for long prompts, service tiers and hours: each prompt has one, and what is wrong is said."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from router.domain.units import Unit

ROW = '      output: "10.00"\n'
LONG = "        - {input_above: 200000, input: 2.50, output: 15}\n"
BATCH = "        - {service_tier: batch, input: 0.625, output: 5}\n"
NIGHT = '        - {hours: {from: "16:30", to: "00:30"}, input: 1, output: 8}\n'


def _variants(folder, *lines: str) -> None:
    folder.edit("prices", ROW, ROW + "      variants:\n" + "".join(lines))


def test_each_condition_has_its_price_and_its_id(folder, now: datetime) -> None:
    """The ledger's price id says which variant was applied; the row's own price is what is left."""
    _variants(folder, LONG, BATCH, NIGHT)
    price = folder.load().prices.find("big", "big-us", now)
    assert price is not None
    day, night = now.replace(hour=12), now.replace(hour=23)
    ids = [
        found.id.partition("#")[2] if (found := price.applied(*asked)) else None
        for asked in (
            (200_000, day),
            (200_001, day),
            (200_001, day, "batch"),
            (1, night),
            (1, day, "flex"),
            (1, day + timedelta(hours=4, minutes=30)),
            (1, day + timedelta(hours=12, minutes=30)),
        )
    ]
    assert ids == ["", ">200000", "batch", "16:30-00:30", None, "16:30-00:30", ""]


def test_a_negotiated_price_stands_beside_the_list(folder, now: datetime) -> None:
    """Both are kept exactly; where nothing was agreed they are one."""
    folder.edit(
        "prices", ROW, ROW + "      list: {input: 2, output: 16, audio_input: 40, source: price list}\n"
    )
    book = folder.load().prices
    price, other = book.find("big", "big-us", now), book.find("thinker", "gpu-simulated", now)
    assert price is not None and other is not None
    assert (price.rates.input, price.listed.input, price.listed.output) == (1_250_000, 2_000_000, 16_000_000)
    assert price.listed.units == {Unit.AUDIO_INPUT: 40_000_000}
    assert other.listed is other.rates


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ((LONG, LONG), "a second price of big@2025-01-01 for >200000; keep one"),
        (
            ("        - {service_tier: batch, input_above: 9, input: 1, output: 1}\n",),
            "says what long prompts cost in service tier batch, but not what others do",
        ),
        (
            (NIGHT, '        - {hours: {from: "00:00", to: "01:00"}, input: 1, output: 8}\n'),
            "hours 16:30-00:30 and 00:00-01:00 of price big@2025-01-01 overlap",
        ),
        (("        - {input: 1, output: 1}\n",), "needs `input_above`, `service_tier` or `hours`"),
        (
            ("        - {service_tier: default, input: 1, output: 1}\n",),
            "leave service_tier out for default",
        ),
        (
            ('        - {hours: {from: "01:00", to: "01:00"}, input: 1, output: 1}\n',),
            "from and to are the same",
        ),
    ],
)
def test_gaps_and_overlaps_are_refused(folder, lines: tuple[str, ...], said: str) -> None:
    """A prompt with two prices or none is an error of the book, found before it is live."""
    _variants(folder, *lines)
    found = folder.problems()
    assert any(said in problem for problem in found), found
