"""One plan from two policies and a window: what is read, decided again and added up, stage by stage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol, TypeVar

from sqlalchemy import Engine

from router.domain.teams import Team, TeamNames
from router.lifecycle.compare import compare
from router.lifecycle.crossed import crossed
from router.lifecycle.in_force import Loaded
from router.lifecycle.measured import measured
from router.lifecycle.past import Past, Window, days_of, teams_of
from router.lifecycle.past_cache import PastCache
from router.lifecycle.plan import Plan, plan
from router.policy.documents import Bundle

CACHE = "plan-cache"
"""In the data folder: past days as arrays."""
T = TypeVar("T")


class Stages(Protocol):
    """Says how far a plan is."""

    def run(self, name: str, total: int, work: Callable[[Callable[[int], None]], T]) -> T:
        """What `work` returns; it is given something to tell its progress to, of `total`."""
        ...


def planned(
    engine: Engine,
    window: Window,
    team: str | None,
    policies: tuple[Loaded, Loaded],
    cache: PastCache,
    stages: Stages,
) -> Plan:
    """`policies` are the one in force and the new one; `team` is what somebody calls the only one whose
    requests count. Raises NotOneTeam, SQLAlchemyError, OSError."""
    before, after = (loaded.bundle for loaded in policies)
    if team is not None:
        names = teams_of(engine, window)
        window = replace(window, team=names.chosen(team))
    total = sum(day.rows for day in days_of(engine, window))
    past = stages.run("reading", total, lambda tell: cache.read(window, tell))
    if team is None:
        names = _teams(past)
    ledger = measured(engine, window, past, _models(before))
    found = stages.run("deciding again", len(past), lambda tell: compare(past, before, after, tell))
    budgets = crossed(past, found.chosen, (before, after), window, names.teams, ledger)
    return plan((before.digest, after.digest), window, names, past, found, ledger, budgets)


def _teams(past: Past) -> TeamNames:
    callers = [profile.facts.caller for profile in past.columns.profiles]
    return TeamNames(Team(caller.organisation, caller.team) for caller in callers)


def _models(bundle: Bundle) -> dict[str, str]:
    """The model of every endpoint."""
    return {
        endpoint.id: model.name for model in bundle.catalog.models.values() for endpoint in model.endpoints
    }
