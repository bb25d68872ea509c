"""Values to words: money, counts, shares, durations, times. Pure; rounds for display only, never sums."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime

from router.domain.money import PICO_PER_USD, PicoUSD, exact_usd, format_usd
from router.domain.shares import shares as divided

UNKNOWN = "unknown"
NONE = "–"


def places_for(amounts: Iterable[int | None]) -> int:
    """Decimals that suit a column of pico-USD: cents from ten dollars up, more for smaller sums.

    One figure decides for the whole column (its largest), so that decimal points line up.
    """
    largest = max((abs(amount) for amount in amounts if amount is not None), default=0)
    if largest == 0 or largest >= 10 * PICO_PER_USD:
        return 2
    if largest >= PICO_PER_USD // 10:
        return 4
    return 6


def money(amount: int | None, places: int | None = None) -> str:
    """Pico-USD as `$1,234.50`; None is `unknown`. An amount that rounds to nothing is `<$0.000001`."""
    if amount is None:
        return UNKNOWN
    decimals = places_for([amount]) if places is None else places
    if 0 < 2 * amount <= 10 ** (12 - decimals):  # half a unit is rounded to even, to nothing
        return f"<{format_usd(PicoUSD(10 ** (12 - decimals)), decimals)}"
    return format_usd(PicoUSD(amount), decimals)


def signed(amount: int, places: int | None = None) -> str:
    """Pico-USD with its sign, `+$1.25` or `-$0.0004`; `$0.00` for nothing."""
    return f"{'+' if amount > 0 else '-' if amount < 0 else ''}{money(abs(amount), places)}"


def change(amount: int, before: int) -> str:
    """`+30.2 %`; what was nothing before is `new`, nothing that stays nothing a dash."""
    if not before:
        return "new" if amount else NONE
    moved = 100 * (amount - before) / before
    if abs(moved) >= 1000:
        return f"{'+' if moved > 0 else '-'}{abs(moved):,.0f} %"
    return f"{moved:+.1f} %" if abs(moved) >= 0.05 else "0.0 %"


def exact(amount: int | None) -> str:
    """Pico-USD with every digit, `$0.00125`; None is `unknown`."""
    if amount is None:
        return UNKNOWN
    return f"{'-' if amount < 0 else ''}${exact_usd(PicoUSD(abs(amount)))}"


def exact_places(amounts: Iterable[int | None]) -> int:
    """The fewest decimals, at least cents, with which `money` shows every one of `amounts` exactly."""
    known = [amount for amount in amounts if amount is not None]
    return next(
        places for places in range(2, 13) if not any(amount % 10 ** (12 - places) for amount in known)
    )


def count(number: int | None) -> str:
    """`12,345`."""
    return UNKNOWN if number is None else f"{number:,}"


def requests(number: int) -> str:
    """`1 request`, `12,345 requests`, `no request`."""
    return "no request" if number == 0 else f"{number:,} request{'' if number == 1 else 's'}"


def attempts(number: int) -> str:
    """`1 attempt`, `3 attempts`, `no attempt`."""
    return "no attempt" if number == 0 else f"{number:,} attempt{'' if number == 1 else 's'}"


def tokens(number: int | None) -> str:
    """`12,345 tokens`."""
    return UNKNOWN if number is None else f"{number:,} token{'' if number == 1 else 's'}"


def share(part: int | None, whole: int | None) -> str:
    """`12.3 %`; a part too small to show is `<0.1 %`, almost all is `>99.9 %`, of nothing is a dash."""
    if part is None or not whole:
        return NONE
    ratio = part / whole
    if 0 < ratio < 0.001:
        return "<0.1 %"
    if 0.999 < ratio < 1:
        return ">99.9 %"
    return f"{ratio:.0%}".replace("%", " %") if ratio in (0, 1) else f"{100 * ratio:.1f} %"


def shares(amounts: Sequence[int]) -> list[str]:
    """The share of each in all of them, in tenths of a percent that add up to 100.0 % as shown; where an
    amount is negative they are shown as they are."""
    whole = sum(amounts)
    if whole <= 0 or any(amount < 0 for amount in amounts):
        return [share(amount, whole) for amount in amounts]
    tenths = divided(1000, amounts)
    return [
        "<0.1 %" if amount and not part else f"{part / 10:.1f} %"
        for part, amount in zip(tenths, amounts, strict=True)
    ]


def duration(microseconds: int | None) -> str:
    """`310 µs`, `842 ms`, `12.4 s`, `3 min 05 s`."""
    if microseconds is None:
        return UNKNOWN
    if microseconds < 1_000:
        return f"{microseconds} µs"
    if microseconds < 10_000:
        return f"{microseconds / 1_000:.1f} ms"
    if microseconds < 1_000_000:
        return f"{microseconds / 1_000:.0f} ms"
    if microseconds < 100_000_000:
        return f"{microseconds / 1_000_000:.1f} s"
    minutes, seconds = divmod(microseconds // 1_000_000, 60)
    return f"{minutes} min {seconds:02d} s"


def instant(unix_us: int | None) -> str:
    """`2026-11-23 18:27:03 UTC`, to the second below."""
    return NONE if unix_us is None else f"{_utc(unix_us):%Y-%m-%d %H:%M:%S} UTC"


def ago(microseconds: int) -> str:
    """`12 s ago`, `5 min ago`, `3 h ago`, `9 days ago`; whole units, rounded down."""
    seconds = max(0, microseconds) // 1_000_000
    for size, name in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= size * (2 if name == "days" else 1):
            return f"{seconds // size} {name} ago"
    return f"{seconds} s ago"


def day_range(first: date | None, last: date | None) -> str:
    """`25 Oct 2026 to 23 Nov 2026`; open ends are said in words."""
    if first is None or last is None:
        return "all days in the ledger"
    if first == last:
        return f"{first:%-d %b %Y}"
    return f"{first:%-d %b %Y} to {last:%-d %b %Y}"


def probability(value: float | None) -> str:
    """`0.83`."""
    return UNKNOWN if value is None else f"{value:.2f}"


def listed(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def verbatim(name: str) -> str:
    """Text that Markdown shows as it is, a line of it."""
    return "".join(
        f"\\{sign}" if sign in r"\`*_{}[]()#+-!|<>~$:" else sign for sign in " ".join(name.split())
    )


def _utc(unix_us: int) -> datetime:
    seconds, micros = divmod(unix_us, 1_000_000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=micros)
