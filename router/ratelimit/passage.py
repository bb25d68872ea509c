"""What one request has taken of its limits, and what its caller is told of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from router.domain.limits import Resource, Window
from router.ratelimit.windows import Standing
from router.telemetry import OUT_RATE_LIMIT, OUT_RATE_REMAINING, OUT_RATE_RESET


@dataclass(slots=True)
class Passage:
    """`taken`: by window what was set aside, in its resource's unit; `places`: buckets in which the request
    is one of those at once. `estimate`: tokens that it may need."""

    estimate: int
    taken: dict[Window, int] = field(default_factory=dict)
    places: list[str] = field(default_factory=list)
    standings: dict[Resource, Standing] = field(default_factory=dict)

    def note(self, resource: Resource, standing: Standing) -> None:
        """Keeps the tightest of several."""
        known = self.standings.get(resource)
        if known is None or standing.remaining * known.amount <= known.remaining * standing.amount:
            self.standings[resource] = standing

    def headers(self) -> Mapping[str, str]:
        """As OpenAI's, of the tightest limits."""
        told: dict[str, str] = {}
        for resource, standing in self.standings.items():
            told[OUT_RATE_LIMIT[resource]] = str(standing.amount)
            told[OUT_RATE_REMAINING[resource]] = str(standing.remaining)
            told[OUT_RATE_RESET[resource]] = duration(standing.reset)
        return told


def duration(seconds: float) -> str:
    """`120ms`, `7.66s`, `1m30s`, as OpenAI writes it."""
    if seconds < 1:
        return f"{round(seconds * 1000)}ms"
    if seconds < 60:
        return f"{round(seconds, 2):g}s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}m{rest}s"
