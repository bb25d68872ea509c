"""What is in force: endpoints with their prices, abilities, rules in order, notes. Plain text."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time
from decimal import Decimal

from router.domain.budget import Budget
from router.domain.kinds import DataClass
from router.domain.limits import Limit
from router.domain.money import PicoUSD, format_usd
from router.domain.policy import Baseline, Match, Policy, Rule, Span, TimeWindow
from router.domain.rollout import RuleMode
from router.policy.ability.summary import ability_rows
from router.policy.documents import Bundle
from router.policy.table import aligned

_ABILITIES = (
    "Right: share of the task's usual requests the model gets right. Outcomes: how many checked answers\n"
    "would say as much as all that is known. Few of them, a wide interval: measure before you rely on it."
)
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def summary(folder: str, bundle: Bundle) -> str:
    """The text of `tiergate policy check` for a folder that can be put in force."""
    policy, prices = bundle.policy, bundle.prices
    lines = [f"{folder}: ok, policy {policy.name}, digest {bundle.digest}, price book {prices.version}"]
    lines += [
        "",
        *aligned(["tier", "model", "endpoint", "residency", "context", "in", "out", ""], _endpoints(bundle)),
    ]
    lines += ["", "Prices are US dollars per million tokens.", ""]
    head = ["model", "task", "right", "90% interval", "outcomes", "known from"]
    lines += [*aligned(head, ability_rows(bundle.catalog)), "", _ABILITIES, ""]
    lines += aligned(["rule", "when", "then"], [rule_row(rule) for rule in policy.rules])
    lines += ["", *_limits(policy)]
    if bundle.budgets.all:
        head = ["budget", "of", "limit", "enforced"]
        lines += ["", *aligned(head, [_budget(budget) for budget in bundle.budgets.all])]
    if bundle.limits.limits:
        head = ["rate limit", "for each", "of", "at most"]
        lines += ["", *aligned(head, [_limit(limit) for limit in bundle.limits.limits])]
        lines += [f"While the Valkey that gateways share is away: {bundle.limits.on_store_error}."]
    if bundle.notes:
        lines += ["", "Notes", *(f"  {note}" for note in bundle.notes)]
    return "\n".join(lines)


def _endpoints(bundle: Bundle) -> Iterator[list[str]]:
    for model in bundle.catalog.models.values():
        if not model.endpoints:
            yield [model.tier, model.name, "none active", "-", "-", "-", "-", ""]
        for endpoint in model.endpoints:
            price = bundle.prices.find(model.name, endpoint.id, bundle.loaded_at)
            yield [
                model.tier,
                model.name,
                endpoint.id,
                endpoint.residency,
                f"{endpoint.context:,}",
                _per_million(price.rates.input) if price else "unknown",
                _per_million(price.rates.output) if price else "unknown",
                "simulated" if endpoint.simulated else "",
            ]


def _per_million(price: PicoUSD) -> str:
    """At least two decimals, as price lists write it: 1.25, 10.00, 0.0375."""
    value = Decimal(price).scaleb(-6)
    return f"{value:.2f}" if value == round(value, 2) else f"{value.normalize():f}"


def rule_row(rule: Rule) -> list[str]:
    """Its name, when it matches, and what it does then, in words."""
    conditions = [*_conditions(rule.match), *([rule.when.text] if rule.when else [])]
    return [rule.name, "; ".join(conditions) or "always", ", ".join((*_mode(rule), *_actions(rule)))]


def _mode(rule: Rule) -> Iterator[str]:
    rollout = rule.rollout
    if rollout.mode is RuleMode.SHADOW:
        yield "in shadow"
    elif rollout.mode is RuleMode.CANARY:
        yield f"canary {rollout.share:g} by {rollout.sticky}"


def _conditions(match: Match) -> Iterator[str]:
    for name in ("organisation", "team", "project", "key", "workload", "task", "data_class", "language"):
        values = getattr(match, name)
        if values:
            yield f"{name} {'|'.join(sorted(values))}"
    if match.capabilities:
        yield f"needs {'+'.join(sorted(match.capabilities))}"
    for name in ("difficulty", "confidence", "input_tokens"):
        span = getattr(match, name)
        if span is not None:
            yield f"{name} {_span(span)}"
    for tag, values in match.tags.items():
        yield f"tag {tag}={'|'.join(values)}"
    if match.time is not None:
        yield _window(match.time)


def _span(span: Span) -> str:
    parts = []
    if span.at_least is not None:
        parts.append(f">= {span.at_least:g}")
    if span.below is not None:
        parts.append(f"< {span.below:g}")
    return " and ".join(parts)


def _window(window: TimeWindow) -> str:
    days = (
        " ".join(_DAYS[day - 1] for day in sorted(window.weekdays)) if len(window.weekdays) < 7 else "daily"
    )
    if (window.start, window.end) == (time.min, time.max):
        return days
    return f"{days} {window.start:%H:%M}-{window.end:%H:%M} UTC"


def _actions(rule: Rule) -> Iterator[str]:
    if rule.deny is not None:
        yield f"deny: {rule.deny}"
        return
    samples = f" of {rule.samples}" if rule.samples > 1 else ""
    yield " > ".join(rule.tiers) or f"{rule.objective}{samples}"
    if rule.quality_target is not None:
        yield f"P >= {rule.quality_target:g}"
    if rule.residency:
        yield f"in {'|'.join(sorted(rule.residency))}"
    if rule.licence:
        yield f"licence {'|'.join(sorted(rule.licence))}"
    if rule.max_cost_pico is not None:
        yield f"up to {format_usd(PicoUSD(rule.max_cost_pico), 2)}"
    if rule.verify != "none":
        yield f"check {rule.verify}"


def _limits(policy: Policy) -> Iterator[str]:
    for data_class in DataClass:
        cleared = policy.clearances[data_class]
        if cleared.places is not None:
            yield f"{data_class} data: only {cleared.told()}"
    yield f"data of unknown class: {policy.default_data_class}"
    yield _declared("baseline", policy.baseline)
    for workload, baseline in policy.baseline_by_workload.items():
        yield _declared(f"baseline of {workload}", baseline)


def _budget(budget: Budget) -> list[str]:
    given = [f"{name} {'|'.join(values)}" for name, values in budget.scope.given().items()]
    limit = f"{format_usd(budget.limit, 2)} a {budget.period} ({budget.zone})"
    then = f"hard, then {budget.when_spent}" if budget.hard else "soft"
    return [budget.name, "; ".join(given) or "all spend", limit, then]


def _limit(limit: Limit) -> list[str]:
    named = ((name, getattr(limit, name)) for name in ("organisation", "team", "project", "key", "model"))
    given = [f"{name} {'|'.join(values)}" for name, values in named if values]
    amounts = (
        (limit.requests, "requests a minute"),
        (limit.tokens, "tokens a minute"),
        (limit.parallel, "at once"),
    )
    most = [f"{amount:,} {unit}" for amount, unit in amounts if amount is not None]
    return [limit.name, " and ".join(limit.per), "; ".join(given) or "all", ", ".join(most)]


def _declared(what: str, baseline: Baseline) -> str:
    said = f"{what}: {baseline.model}, declared {baseline.declared} by {baseline.owner}"
    return f"{said}, holdout {baseline.holdout:.1%}" if baseline.holdout else said
