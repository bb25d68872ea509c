"""How one sandbox is run."""

from __future__ import annotations

from dataclasses import dataclass, replace

from router.sandbox.profiles import PROFILES, Profile, ProfileName, ThinkingFormat


@dataclass(frozen=True, slots=True)
class Options:
    """`speed` divides all simulated times; `fault_rate` is a probability; `seed` makes runs repeatable.

    `models`: names served, the first one is reported by metrics. `event_gap_s`: stream events come at least
    this far apart, in real seconds, several tokens in one if need be. `thinking_scale` multiplies the length
    of the thinking. `api_key` None: none is asked for. `judge_bias`: asked to judge pairs, the share of them
    in which it takes whatever is shown first.
    """

    profile: Profile
    models: tuple[str, ...]
    speed: float = 1.0
    fault_rate: float = 0.0
    seed: int = 7
    api_key: str | None = None
    event_gap_s: float = 0.02
    thinking_scale: float = 1.0
    judge_bias: float = 0.0

    @classmethod
    def of(
        cls,
        name: ProfileName,
        *,
        models: tuple[str, ...] = (),
        thinking: ThinkingFormat | None = None,
        context: int | None = None,
        max_running: int | None = None,
        speed: float = 1.0,
        fault_rate: float = 0.0,
        seed: int = 7,
        api_key: str | None = None,
        event_gap_s: float = 0.02,
        thinking_scale: float = 1.0,
        judge_bias: float = 0.0,
    ) -> Options:
        """Options of a named profile, with what is given changed."""
        profile = PROFILES[name]
        shape = replace(profile.thinking, format=thinking or profile.thinking.format)
        profile = replace(
            profile,
            thinking=shape,
            context=context or profile.context,
            max_running=max_running or profile.max_running,
        )
        names = models or (profile.model,)
        return cls(profile, names, speed, fault_rate, seed, api_key, event_gap_s, thinking_scale, judge_bias)
