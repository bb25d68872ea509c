"""What a policy says of its judges must exist; what will keep them from judging well, or at all, is noted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from router.domain.catalog import Catalog, Model
from router.domain.judgement import CompareWith, family
from router.domain.kinds import DataClass
from router.domain.policy import Policy, Rule
from router.domain.prices import PriceBook
from router.policy.check_policy import admits
from router.policy.document import Parsed
from router.policy.policy_document import PolicyDocument
from router.policy.problems import Findings, choose
from router.policy.yamldoc import Path


def check_judges(
    document: Parsed[PolicyDocument],
    catalog: Catalog,
    prices: PriceBook | None,
    policy: Policy,
    now: datetime,
    findings: Findings,
) -> None:
    """An unknown judge is a problem; everything else is a note."""
    for index, rule in enumerate(policy.rules):
        if rule.judge is None:
            continue
        path: Path = ("spec", "rules", index, "judge", "model")
        judge = catalog.models.get(rule.judge.model)
        if judge is None:
            message = f"model '{rule.judge.model}': the catalog lacks it; "
            message += choose(rule.judge.model, list(catalog.models))
            findings.problems.append(document.problem(path, message))
            continue
        for message in _doubts(catalog, prices, policy, rule, judge, now):
            findings.notes.append(document.problem(path, f"rule '{rule.name}': {message}"))


def _doubts(
    catalog: Catalog, prices: PriceBook | None, policy: Policy, rule: Rule, judge: Model, now: datetime
) -> Iterable[str]:
    if prices is not None and not any(
        prices.find(judge.name, endpoint.id, now) is not None for endpoint in judge.endpoints
    ):
        yield f"judge {judge.name} has no active endpoint with a price in force; it judges nothing"
    yield from _unseen(policy, rule, judge)
    served = [model for model in catalog.models.values() if _serves(policy, rule, model)]
    kin = sorted(model.name for model in served if family(model.name) == family(judge.name))
    if kin:
        yield f"judge {judge.name} judges its own family ({', '.join(kin)}); models prefer their own answers"
    if rule.judge is not None and rule.judge.compare_with is CompareWith.BASELINE:
        yield from _compared(policy, judge)


def _unseen(policy: Policy, rule: Rule, judge: Model) -> Iterable[str]:
    """The data classes whose answers it may not judge."""
    classes = [c for c in DataClass if not rule.match.data_class or c in rule.match.data_class]
    barred = [c for c in classes if not _may_see(policy, rule, judge, c)]
    if len(barred) == len(classes):
        yield f"judge {judge.name} may see none of its requests; it judges nothing"
    elif barred:
        yield f"judge {judge.name} may not see {', '.join(barred)} data; such answers go unjudged"


def _may_see(policy: Policy, rule: Rule, judge: Model, data_class: DataClass) -> bool:
    cleared = policy.clearance(data_class, rule)
    if rule.licence and judge.licence not in rule.licence:
        return False
    return any(cleared.admits(endpoint.residency) for endpoint in judge.endpoints)


def _serves(policy: Policy, rule: Rule, model: Model) -> bool:
    return any(admits(policy, rule, model, endpoint.residency) for endpoint in model.endpoints)


def _compared(policy: Policy, judge: Model) -> Iterable[str]:
    declared = [policy.baseline, *policy.baseline_by_workload.values()]
    own = sorted({one.model for one in declared if family(one.model) == family(judge.name)})
    if own:
        yield f"judge {judge.name} compares with its own family ({', '.join(own)}), the baseline"
