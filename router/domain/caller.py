"""Who is calling: what a virtual key stands for."""

from __future__ import annotations

from dataclasses import dataclass

from router.domain.kinds import Tier


@dataclass(frozen=True, slots=True)
class Caller:
    """The identity and the boundary of a virtual key. Neither rules nor fallbacks may cross the boundary.

    `allowed_tiers` and `allowed_models`: empty means all.
    """

    key_id: str
    organisation: str
    team: str
    project: str
    allowed_tiers: frozenset[Tier] = frozenset()
    allowed_models: frozenset[str] = frozenset()

    def may_use(self, tier: Tier, model: str) -> bool:
        """Whether this key may be served by `model` of `tier`."""
        return (not self.allowed_tiers or tier in self.allowed_tiers) and (
            not self.allowed_models or model in self.allowed_models
        )
