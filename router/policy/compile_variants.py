"""One price row with its variants to a Price: every hour, service tier and prompt length has one price."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, time
from itertools import pairwise
from operator import itemgetter

from router.domain.prices import Price
from router.domain.rates import Rates
from router.domain.units import Unit
from router.domain.variants import Ladder, Variants, Window
from router.policy.document import Parsed
from router.policy.price_document import HoursPart, ListPart, PriceDocument, PricePart, RatesPart, VariantPart
from router.policy.problems import Findings

_MINUTES = 24 * 60
Key = tuple[str | None, Window | None]
Step = tuple[int, Price | None]


def compile_row(document: Parsed[PriceDocument], index: int, findings: Findings) -> Price:
    """The price of row `index`. Gaps and overlaps among its variants go to `findings`."""
    part = document.content.spec.prices[index]
    owner = part.model if part.endpoint is None else f"{part.model}/{part.endpoint}"
    row_id = f"{owner}@{_moment(part.valid_from)}"
    return _price(part, part, row_id, part.source, _variants(document, index, row_id, findings))


def _price(
    row: PricePart, rates: PricePart | VariantPart, price_id: str, source: str, variants: Variants | None
) -> Price:
    agreed = _rates(rates)
    return Price(
        price_id,
        row.model,
        row.endpoint,
        agreed,
        agreed if rates.listed is None else _rates(rates.listed),
        row.valid_from,
        row.valid_to,
        source,
        variants,
    )


def _rates(part: RatesPart | ListPart) -> Rates:
    units = {unit: price for unit in Unit if (price := getattr(part, unit.value)) is not None}
    return Rates(part.input, part.output, part.cache_read, part.cache_write, units)


def _variants(
    document: Parsed[PriceDocument], index: int, row_id: str, findings: Findings
) -> Variants | None:
    row = document.content.spec.prices[index]
    if not row.variants:
        return None
    steps: defaultdict[Key, list[Step]] = defaultdict(list, {(None, None): [(-1, None)]})
    for n, part in enumerate(row.variants):
        window = None if part.hours is None else _window(part.hours)
        above = -1 if part.input_above is None else part.input_above
        ladder = steps[part.service_tier, window]
        if any(above == known for known, _ in ladder):
            message = f"a second price of {row_id} for {_holds_for(part)}; keep one"
            findings.problems.append(document.problem(("spec", "prices", index, "variants", n), message))
        ladder.append((above, _price(row, part, f"{row_id}#{_holds_for(part)}", row.source, None)))
    where = ("spec", "prices", index, "variants")
    for message in (*_gaps(steps, row_id), *_overlaps(list(steps), row_id)):
        findings.problems.append(document.problem(where, message))
    windows = tuple(dict.fromkeys(window for _, window in steps if window is not None))
    return Variants({key: _ladder(found) for key, found in steps.items()}, windows)


def _ladder(steps: list[Step]) -> Ladder:
    return tuple(sorted(steps, key=lambda step: -step[0]))


def _gaps(steps: dict[Key, list[Step]], row_id: str) -> list[str]:
    """Where long prompts have a price and short ones none: only the row itself covers all lengths."""
    return [
        f"price {row_id} says what long prompts cost {_when(key)}, but not what others do; add a variant "
        "without `input_above`"
        for key, found in steps.items()
        if min(above for above, _ in found) > -1
    ]


def _overlaps(keys: Sequence[Key], row_id: str) -> list[str]:
    found = []
    for tier in dict.fromkeys(tier for tier, _ in keys):
        windows = [window for key, window in keys if key == tier and window is not None]
        spans = [(piece, window) for window in windows for piece in _pieces(window)]
        pieces = sorted(spans, key=itemgetter(0))
        found += [
            f"hours {earlier} and {later} of price {row_id} overlap; end the one where the other starts"
            for ((_, end), earlier), ((start, _), later) in pairwise(pieces)
            if start < end
        ]
    return found


def _pieces(window: Window) -> list[tuple[int, int]]:
    """A window as spans of one day."""
    if window.start < window.end:
        return [(window.start, window.end)]
    return [span for span in ((0, window.end), (window.start, _MINUTES)) if span[0] < span[1]]


def _window(hours: HoursPart) -> Window:
    return Window(_minute(hours.start), _minute(hours.end))


def _minute(clock: time) -> int:
    return clock.hour * 60 + clock.minute


def _holds_for(part: VariantPart) -> str:
    """What a variant holds for, as the ledger's price ids say it: `batch,>200000,16:30-00:30`."""
    said = [part.service_tier] if part.service_tier else []
    if part.input_above is not None:
        said.append(f">{part.input_above}")
    if part.hours is not None:
        said.append(str(_window(part.hours)))
    return ",".join(said)


def _when(key: Key) -> str:
    tier, window = key
    said = [f"in service tier {tier}"] if tier else []
    return " ".join([*said, *([f"from {window}"] if window else [])])


def _moment(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z").replace("T00:00:00Z", "")
