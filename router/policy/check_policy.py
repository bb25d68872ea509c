"""What a policy names must exist, and every rule must be able to do something."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from router.domain.ability import logit, sigmoid
from router.domain.catalog import Catalog, Model
from router.domain.kinds import Confidence, DataClass, Task
from router.domain.policy import Match, Policy, Rule
from router.domain.prices import PriceBook
from router.domain.success import curve_without_reading
from router.policy.catalog_document import CatalogDocument, ModelPart
from router.policy.compile_catalog import endpoint_paths
from router.policy.document import Parsed
from router.policy.policy_document import PolicyDocument
from router.policy.problems import Findings, choose
from router.policy.reach import covers
from router.policy.yamldoc import Path


def check_order(document: Parsed[PolicyDocument], policy: Policy, findings: Findings) -> None:
    """Rule names are unique, the last rule is the default, and no rule hides behind an earlier one."""
    seen: dict[str, int] = {}
    for index, rule in enumerate(policy.rules):
        path: Path = ("spec", "rules", index)
        if rule.name in seen:
            message = f"rule '{rule.name}' is already defined on line {seen[rule.name]}; rename one"
            findings.problems.append(document.problem((*path, "name"), message))
        seen.setdefault(rule.name, rule.line)
        hiding = next((r for r in policy.rules[:index] if r.plain and covers(r.match, rule.match)), None)
        if hiding is not None:
            message = f"rule '{rule.name}' is never reached: rule '{hiding.name}' on line "
            message += f"{hiding.line} matches everything it matches; move it up or remove it"
            findings.problems.append(document.problem(path, message))
    if not any(rule.match == Match() and rule.plain for rule in policy.rules):
        message = "there is no default rule; add one without `match` at the end, such as "
        message += "`- {name: default, objective: cheapest}`"
        findings.problems.append(document.problem(("spec", "rules", len(policy.rules) - 1), message))


def check_names(
    document: Parsed[PolicyDocument],
    catalog_document: Parsed[CatalogDocument],
    prices: PriceBook | None,
    now: datetime,
    findings: Findings,
) -> None:
    """Tiers, models, residency labels and licences exist, and baselines have a price of their own."""
    models = catalog_document.content.spec.models
    known = {
        "tier": sorted({str(model.tier) for model in models}),
        "residency": sorted({e.residency for _, _, e in endpoint_paths(catalog_document)}),
        "licence": sorted({model.licence for model in models}),
        "model": [model.name for model in models],
    }
    owners = {"tier": "model", "residency": "endpoint", "licence": "model"}
    for path, kind, name in _named(document.content):
        if name not in known[kind]:
            lacking = f"no {owners[kind]} has it" if kind in owners else "the catalog lacks it"
            message = f"{kind} '{name}': {lacking}; {choose(name, known[kind])}"
            findings.problems.append(document.problem(path, message))
        elif kind == "model" and prices is not None and prices.find(name, "", now) is None:
            message = f"baseline model {name} has no price in force; add one without `endpoint`"
            findings.problems.append(document.problem(path, message))


def _named(content: PolicyDocument) -> Iterator[tuple[Path, str, str]]:
    """Everything the policy names: its path, what kind of thing it is, and the name."""
    spec = content.spec
    for data_class, limits in spec.data_classes:
        path: Path = ("spec", "data_classes", data_class, "residency")
        yield from _listed(path, "residency", (limits and limits.residency) or ())
    baseline: Path = ("spec", "baseline")
    yield (*baseline, "model"), "model", spec.baseline.model
    for workload, part in spec.baseline.workloads.items():
        yield (*baseline, "workloads", workload, "model"), "model", part.model
    for index, rule in enumerate(spec.rules):
        here: Path = ("spec", "rules", index)
        yield from _listed((*here, "tiers"), "tier", rule.tiers)
        yield from _listed((*here, "require", "residency"), "residency", rule.require.residency)
        yield from _listed((*here, "require", "licence"), "licence", rule.require.licence)


def _listed(path: Path, kind: str, names: Iterable[str]) -> Iterator[tuple[Path, str, str]]:
    for index, name in enumerate(names):
        yield (*path, index), kind, str(name)


def check_supply(
    document: Parsed[PolicyDocument],
    catalog_document: Parsed[CatalogDocument],
    catalog: Catalog,
    policy: Policy,
    findings: Findings,
) -> None:
    """Every rule has an endpoint it may use; notes where none is active or none is good enough."""
    declared = [(model, e.residency) for _, model, e in endpoint_paths(catalog_document)]
    active = [(model, e.residency) for model in catalog.models.values() for e in model.endpoints]
    for index, rule in enumerate(policy.rules):
        path: Path = ("spec", "rules", index)
        if rule.deny is not None:
            continue
        if not any(admits(policy, rule, model, place) for model, place in declared):
            message = f"rule '{rule.name}': no endpoint has its tier, residency and licence together"
            findings.problems.append(
                document.problem(path, f"{message}; widen `require`, `tiers` or `data_classes`")
            )
            continue
        usable = [model for model, place in active if admits(policy, rule, model, place)]
        if not usable:
            message = f"rule '{rule.name}': none of the endpoints it may use is active"
            findings.notes.append(document.problem(path, message))
        elif not _reachable(rule, usable):
            message = f"rule '{rule.name}': no active model is expected to reach {rule.quality_target}"
            findings.notes.append(document.problem(path, message))


def admits(policy: Policy, rule: Rule, model: Model | ModelPart, residency: str) -> bool:
    """Whether the rule may send some request to `model` at `residency`."""
    classes = rule.match.data_class or DataClass
    return (
        (not rule.tiers or model.tier in rule.tiers)
        and (not rule.licence or model.licence in rule.licence)
        and any(policy.clearance(one, rule).admits(residency) for one in classes)
    )


def _reachable(rule: Rule, models: Iterable[Model]) -> bool:
    """Whether some model may reach the rule's quality target on the easiest request it matches."""
    if rule.quality_target is None:
        return True
    span = rule.match.difficulty
    easiest = (span.at_least if span else None) or 0.0
    tasks: Iterable[Task | None] = rule.match.task or (None, *Task)
    return any(
        _promise(rule, model, task, easiest) >= rule.quality_target for model in models for task in tasks
    )


def _promise(rule: Rule, model: Model, task: Task | None, difficulty: float) -> float:
    """P(success) that the rule's target would be held against."""
    ability = model.ability_for(task)
    if rule.confidence is Confidence.LOWER:
        return sigmoid(curve_without_reading(task, difficulty).at(logit(ability.low)))
    return sigmoid(curve_without_reading(task, difficulty).at(ability.mean))
