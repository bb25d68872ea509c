"""When a self-hosted endpoint is cheaper than an API model, at the volumes the ledger has. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from router.domain.catalog import Model
from router.domain.kinds import Task
from router.domain.rates import Rates
from router.gpu.loaded import Volume


@dataclass(frozen=True, slots=True)
class BreakEven:
    """The endpoint's bill against the API model for the same requests; pico-USD.

    `same_tokens`: had the API model read and written as many tokens. `own_length`: with the output length
    that the catalog expects of it, which is the fairer figure where the endpoint's model thinks aloud.
    """

    attempts: int
    tokens: int
    bill: int
    same_tokens: int
    own_length: int

    def volume_needed(self, api: int) -> Fraction | None:
        """How many times today's volume makes the bill worth it; None: the API would cost nothing.

        The bill does not grow with the volume until the endpoint is full.
        """
        return Fraction(self.bill, api) if api else None


def break_even(volumes: Sequence[Volume], bill: int, api: Model, rates: Rates) -> BreakEven:
    """`bill` for the endpoint over the time of `volumes`, against `api` at `rates` without any cache."""
    sent = sum(volume.input for volume in volumes)
    written = sum(volume.output for volume in volumes)
    expected = sum(volume.attempts * api.output_for(_task(volume.task)) for volume in volumes)
    return BreakEven(
        sum(volume.attempts for volume in volumes),
        sent + written,
        bill,
        sent * rates.input + written * rates.output,
        sent * rates.input + expected * rates.output,
    )


def _task(name: str | None) -> Task | None:
    return None if name is None else Task(name)
