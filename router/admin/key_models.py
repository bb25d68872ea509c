"""The models that a key may be limited to: those of the catalog in force.

A name that is none of them would be noticed by the app alone, which is refused everything. Names are taken
whole, so a pattern is none either.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Engine

from router.policy.parsed_catalog import catalog_of
from router.policy.problems import PolicyRejected, Problem, choose
from router.policy_store import policy_files
from router.settings import Settings


def models_in_force(settings: Settings, engine: Engine) -> list[str]:
    """By name, also those without an active endpoint here. Raises PolicyRejected, also where there is no
    catalog."""
    source = policy_files(settings, engine)
    catalog = catalog_of(source.read())
    if catalog is None:
        raise PolicyRejected([Problem(str(source.where), 1, "no ModelCatalog can be read")])
    return [model.name for model in catalog.content.spec.models]


def unknown_model(wanted: Iterable[str], known: Sequence[str]) -> str | None:
    """What is wrong with the first of `wanted` that is none of `known`; None: nothing."""
    for name in wanted:
        if name not in known:
            whole = "names are taken whole, without patterns; " if "*" in name else ""
            return f"the catalog in force has no model {name!r}; {whole}{choose(name, known)}"
    return None
