"""Rules in words, with how often each decided; for a team lead without the names of other teams. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from dashboard.queries.policies import Decided
from router.domain.match import all_or_any
from router.domain.policy import Rule
from router.domain.teams import Team
from router.policy.summary import rule_row

_HIDDEN = ("…",)


@dataclass(frozen=True, slots=True)
class ShownRule:
    """`place` counts from 1: the first rule that matches wins. `decided` requests of the ones counted."""

    place: int
    name: str
    mode: str
    when: str
    then: str
    decided: int


def shown_rules(
    rules: Sequence[Rule], counted: Iterable[Decided], teams: Sequence[Team] | None
) -> list[ShownRule]:
    """In order. `teams` are the only ones that may be named; None: all may."""
    found = []
    numbers: dict[str, int] = {}
    for one in counted:
        if one.rule is not None:
            numbers[one.rule] = numbers.get(one.rule, 0) + one.requests
    for place, rule in enumerate(rules, 1):
        kept = rule if teams is None else _without_others(rule, teams)
        if kept is None:
            continue
        name, when, then = rule_row(kept)
        mode = str(rule.rollout.mode)
        found.append(ShownRule(place, name, mode, when, then, numbers.get(rule.name, 0)))
    return found


def unknown_rules(rules: Sequence[Rule], counted: Iterable[Decided]) -> int:
    """Requests that were decided by rules which the policy in force no longer has."""
    known = {rule.name for rule in rules}
    return sum(one.requests for one in counted if one.rule is not None and one.rule not in known)


def _without_others(rule: Rule, teams: Sequence[Team]) -> Rule | None:
    """The rule as a lead of `teams` may read it; None: it is about others. A project, a key, a tag or an
    expression may carry a team's name, so what they are is left out; so is the text of a refusal."""
    match = rule.match
    mine = [
        team
        for team in teams
        if all_or_any(match.organisation, team.organisation) and all_or_any(match.team, team.name)
    ]
    if (match.organisation or match.team) and not mine:
        return None
    shown = replace(
        match,
        team=tuple(sorted({team.name for team in mine})) if match.team else (),
        organisation=_hidden(match.organisation),
        project=_hidden(match.project),
        key=_hidden(match.key),
        tags=dict.fromkeys(match.tags, _HIDDEN),
    )
    when = None if rule.when is None else replace(rule.when, text="an expression")
    return replace(rule, match=shown, when=when, deny=None if rule.deny is None else "refused")


def _hidden(names: tuple[str, ...]) -> tuple[str, ...]:
    return _HIDDEN if names else ()
