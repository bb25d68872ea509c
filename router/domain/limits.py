"""Rate limits: who is counted together, and how much of what they may have. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from router.domain.caller import Caller
from router.domain.match import all_or_any
from router.domain.value import value

WINDOW_S = 60
"""Seconds over which requests and tokens are counted."""


class Per(StrEnum):
    """What a limit counts apart."""

    ORGANISATION = "organisation"
    TEAM = "team"
    PROJECT = "project"
    KEY = "key"
    MODEL = "model"


class Resource(StrEnum):
    """What is counted over a window; the names are those of the `x-ratelimit` headers."""

    REQUESTS = "requests"
    TOKENS = "tokens"


class OnStoreError(StrEnum):
    """What becomes of limits while the store that gateways share does not answer."""

    ALONE = "alone"
    ALLOW = "allow"
    DENY = "deny"


@value
class Limit:
    """`team` and the like: patterns, `*` at the end matches any rest; empty: all. `model` empty and not in
    `per`: whichever model answers. `requests` and `tokens` per minute, `parallel` requests at once; None: not
    limited."""

    name: str
    per: tuple[Per, ...]
    organisation: tuple[str, ...] = ()
    team: tuple[str, ...] = ()
    project: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    model: tuple[str, ...] = ()
    requests: int | None = None
    tokens: int | None = None
    parallel: int | None = None

    @property
    def of_models(self) -> bool:
        """Whether it can only be asked once it is known which model comes first."""
        return bool(self.model) or Per.MODEL in self.per

    def binds(self, caller: Caller, model: str | None) -> bool:
        """Whether it counts this caller's requests (to this model, where it is one of models)."""
        return (
            all_or_any(self.organisation, caller.organisation)
            and all_or_any(self.team, caller.team)
            and all_or_any(self.project, caller.project)
            and all_or_any(self.key, caller.key_id)
            and (model is None or all_or_any(self.model, model))
        )

    def bucket(self, caller: Caller, model: str | None) -> str:
        """Names those who are counted together. Teams of two organisations are two teams."""
        told = [self.name, *(_told(per, caller, model) for per in self.per)]
        return "\x1f".join(told)


@value
class Window:
    """One count: of a resource, for one bucket, up to `amount` a minute."""

    limit: str
    resource: Resource
    bucket: str
    amount: int


@dataclass(frozen=True, slots=True)
class Limits:
    """Those of a policy folder, by when they can be asked."""

    limits: tuple[Limit, ...] = ()
    on_store_error: OnStoreError = OnStoreError.ALONE
    of_callers: tuple[Limit, ...] = field(init=False, repr=False, compare=False)
    of_models: tuple[Limit, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "of_callers", tuple(one for one in self.limits if not one.of_models))
        object.__setattr__(self, "of_models", tuple(one for one in self.limits if one.of_models))


NO_LIMITS = Limits()


def windows(limit: Limit, bucket: str) -> Iterator[Window]:
    """What a limit counts over a minute."""
    for resource, amount in ((Resource.REQUESTS, limit.requests), (Resource.TOKENS, limit.tokens)):
        if amount is not None:
            yield Window(limit.name, resource, bucket, amount)


def _told(per: Per, caller: Caller, model: str | None) -> str:
    match per:
        case Per.ORGANISATION:
            return caller.organisation
        case Per.TEAM:
            return f"{caller.organisation}/{caller.team}"
        case Per.PROJECT:
            return f"{caller.organisation}/{caller.team}/{caller.project}"
        case Per.KEY:
            return caller.key_id
        case Per.MODEL:
            return model or ""
