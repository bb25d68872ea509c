"""What an hour of a self-hosted endpoint costs, and how much work fits into it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from router.domain.money import PicoUSD

HOUR_US = 3_600_000_000


@dataclass(frozen=True, slots=True)
class GpuRate:
    """The price of an endpoint's GPUs in [valid_from, valid_to).

    `full_input` and `full_output` are the tokens it processes in an hour at full load. `output_weight` is the
    work of an output token in thousandths of an uncached input token's. `also`: other endpoints of the same
    server, such as LoRA adapters, whose work is done in the same hours.
    """

    id: str
    endpoint: str
    per_gpu_hour: PicoUSD
    gpus: int
    full_input: int
    full_output: int
    output_weight: int
    valid_from: datetime
    valid_to: datetime | None
    source: str
    also: tuple[str, ...] = ()

    @property
    def endpoints(self) -> tuple[str, ...]:
        """Whose work the hour's bill is for."""
        return (self.endpoint, *self.also)

    @property
    def per_hour(self) -> PicoUSD:
        """The bill of one hour, busy or not."""
        return PicoUSD(self.per_gpu_hour * self.gpus)

    @property
    def capacity(self) -> int:
        """The work of an hour at full load."""
        return self.work(self.full_input, self.full_output)

    def work(self, uncached_input: int, output: int) -> int:
        """Work of tokens, in thousandths of an input token. What comes from a prefix cache is no work."""
        return uncached_input * 1000 + output * self.output_weight


@dataclass(frozen=True, slots=True)
class GpuRates:
    """All rates, by endpoint, newest first; no two overlap."""

    rows: Mapping[str, tuple[GpuRate, ...]] = field(default_factory=dict)

    def find(self, endpoint: str, at: datetime) -> GpuRate | None:
        """The rate in force; None: nobody declared one."""
        for rate in self.rows.get(endpoint, ()):
            if rate.valid_from <= at and (rate.valid_to is None or at < rate.valid_to):
                return rate
        return None
