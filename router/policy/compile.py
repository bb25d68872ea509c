"""The documents together to domain values: each compiled, then checked against the others.

Checks between two documents run as soon as both have the right form, so that one mistake does not hide the
next. Pure: environment and time are passed in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from router.domain.budget import NO_BUDGETS, Budgets
from router.domain.catalog import Catalog
from router.domain.limits import NO_LIMITS, Limits
from router.domain.policy import Policy
from router.domain.prices import PriceBook
from router.policy.ability.document import LearnedDocument
from router.policy.budget_document import BudgetDocument
from router.policy.catalog_document import CatalogDocument
from router.policy.check_judges import check_judges
from router.policy.check_policy import check_names, check_order, check_supply
from router.policy.compile_budgets import compile_budgets
from router.policy.compile_catalog import compile_catalog
from router.policy.compile_gpu import with_adapters
from router.policy.compile_learned import check_benchmarks, compile_learned
from router.policy.compile_limits import compile_limits
from router.policy.compile_policy import compile_policy
from router.policy.compile_prices import check_prices, compile_prices
from router.policy.document import Parsed
from router.policy.limit_document import LimitDocument
from router.policy.policy_document import PolicyDocument
from router.policy.price_document import PriceDocument
from router.policy.problems import Findings


@dataclass(frozen=True, slots=True)
class Documents:
    """The documents of a folder; None where one is missing or lacks its form."""

    catalog: Parsed[CatalogDocument] | None
    prices: Parsed[PriceDocument] | None
    policy: Parsed[PolicyDocument] | None
    learned: Parsed[LearnedDocument] | None = None
    budgets: Parsed[BudgetDocument] | None = None
    limits: Parsed[LimitDocument] | None = None


@dataclass(frozen=True, slots=True)
class Compiled:
    """Domain values that belong together. Not to be used when there are problems."""

    catalog: Catalog
    prices: PriceBook
    policy: Policy
    budgets: Budgets
    limits: Limits


def compile_documents(
    documents: Documents, env: Mapping[str, str], now: datetime, findings: Findings
) -> Compiled | None:
    """The values, or None when a document is missing. What is wrong goes to `findings`."""
    catalog = _catalog(documents.catalog, documents.learned, env, findings) if documents.catalog else None
    prices = compile_prices(documents.prices, findings) if documents.prices else None
    policy = compile_policy(documents.policy, findings) if documents.policy else None
    if documents.catalog and catalog and documents.prices and prices:
        check_prices(documents.prices, documents.catalog, catalog, prices, now, findings)
    if documents.policy and policy:
        check_order(documents.policy, policy, findings)
    if documents.policy and policy and documents.catalog and catalog:
        before = len(findings.problems)
        check_names(documents.policy, documents.catalog, prices, now, findings)
        if len(findings.problems) == before:  # a name that does not exist has no supply either
            check_supply(documents.policy, documents.catalog, catalog, policy, findings)
        check_judges(documents.policy, catalog, prices, policy, now, findings)
    budgets = NO_BUDGETS
    if documents.budgets is not None:
        budgets = compile_budgets(documents.budgets, documents.catalog, prices, findings)
    limits = NO_LIMITS
    if documents.limits is not None and catalog is not None:
        limits = compile_limits(documents.limits, list(catalog.models), findings)
    if not (catalog and prices and policy):
        return None
    costed = replace(prices, gpu=with_adapters(prices.gpu, catalog))
    return Compiled(catalog, costed, policy, budgets, limits)


def _catalog(
    document: Parsed[CatalogDocument],
    learned: Parsed[LearnedDocument] | None,
    env: Mapping[str, str],
    findings: Findings,
) -> Catalog:
    models = [model.name for model in document.content.spec.models]
    known = compile_learned(learned, models, findings)
    check_benchmarks(document, findings)
    return compile_catalog(document, known, env, findings)
