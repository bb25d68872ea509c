"""BudgetSet document to Budgets: names once each, and nothing that no call could ever match."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from router.domain.budget import Budget, Budgets, Scope, WhenSpent
from router.domain.match import any_matches
from router.domain.prices import PriceBook
from router.policy.budget_document import BudgetDocument, BudgetPart
from router.policy.catalog_document import CatalogDocument
from router.policy.document import Parsed
from router.policy.problems import Findings, choose
from router.policy.yamldoc import Path


def compile_budgets(
    document: Parsed[BudgetDocument],
    catalog: Parsed[CatalogDocument] | None,
    prices: PriceBook | None,
    findings: Findings,
) -> Budgets:
    """The budgets, in the order of the document. Names given twice or unknown go to `findings`."""
    seen: dict[str, int] = {}
    for index, part in enumerate(document.content.spec.budgets):
        path: Path = ("spec", "budgets", index)
        if part.name in seen:
            message = f"budget '{part.name}' is already defined on line {seen[part.name]}; rename one"
            findings.problems.append(document.problem((*path, "name"), message))
        seen.setdefault(part.name, document.source.line(path))
        if catalog is not None:
            for where, message in _unknown(part, catalog):
                findings.problems.append(document.problem((*path, "match", *where), message))
    hours = frozenset(prices.gpu.rows) if prices is not None else frozenset()
    return Budgets(tuple(_budget(part) for part in document.content.spec.budgets), hours)


def _unknown(part: BudgetPart, catalog: Parsed[CatalogDocument]) -> Iterator[tuple[Path, str]]:
    """Models and tiers that the catalog does not have: of callers and workloads there is no list."""
    models = catalog.content.spec.models
    names, tiers = [model.name for model in models], {model.tier for model in models}
    for index, pattern in enumerate(part.match.model):
        if not any(any_matches((pattern,), name) for name in names):
            yield ("model", index), f"model '{pattern}': the catalog lacks it; {choose(pattern, names)}"
    for index, tier in enumerate(part.match.tier):
        if tier not in tiers:
            known = choose(tier, sorted(map(str, tiers)))
            yield ("tier", index), f"tier '{tier}': no model has it; {known}"


def _budget(part: BudgetPart) -> Budget:
    return Budget(
        name=part.name,
        scope=_scope(part),
        period=part.period,
        zone=ZoneInfo(part.time_zone),
        limit=part.limit_usd,
        enforcement=part.enforcement,
        when_spent=part.when_spent or WhenSpent.FREE_CANDIDATES,
        self_hosted=part.self_hosted == "counted",
        thresholds=tuple(part.thresholds),
        email=tuple(part.email),
    )


def _scope(part: BudgetPart) -> Scope:
    match = part.match
    return Scope(
        organisation=tuple(match.organisation),
        team=tuple(match.team),
        project=tuple(match.project),
        key=tuple(match.key),
        workload=tuple(match.workload),
        model=tuple(match.model),
        tier=frozenset(match.tier),
    )
