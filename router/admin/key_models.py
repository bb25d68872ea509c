"""The models that a key may be limited to: those of the catalog in force.

A name that is none of them would be noticed by the app alone, which is refused everything. Names are taken
whole, so a pattern is none either.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import Engine

from router.policy.parsed_catalog import catalog_of
from router.policy.problems import PolicyRejected, Problem, choose
from router.policy_store import policy_files
from router.settings import Settings


def unknown_model(
    wanted: Sequence[str], settings: Settings, engine: Engine, unchecked: Callable[[Problem], None]
) -> str | None:
    """What is wrong with the first of `wanted` that is no model of the catalog in force; None: nothing. Where
    no catalog can be read, as on a new machine, `unchecked` is told why."""
    if not wanted:
        return None
    try:
        known = _models_in_force(settings, engine)
    except PolicyRejected as rejected:
        unchecked(rejected.problems[0])
        return None
    for name in wanted:
        if name not in known:
            whole = "names are taken whole, without patterns; " if "*" in name else ""
            return f"the catalog in force has no model {name!r}; {whole}{choose(name, known)}"
    return None


def _models_in_force(settings: Settings, engine: Engine) -> list[str]:
    """By name, also those without an active endpoint here. Raises PolicyRejected, also where there is no
    catalog."""
    source = policy_files(settings, engine)
    catalog = catalog_of(source.read())
    if catalog is None:
        raise PolicyRejected([Problem(str(source.where), 1, "no ModelCatalog can be read")])
    return [model.name for model in catalog.content.spec.models]
