"""Declared constraints, validated once, and the verdict on an answer under all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from router.domain.finding import Finding
from router.domain.kinds import Verdict
from router.domain.value import value
from router.verify.constraints.outcome import Doubt, Outcome
from router.verify.constraints.table import KINDS, Argument, Kind


@value
class Constraint:
    """One instruction with its arguments, in the order of the table; make it with `constraint`."""

    id: str
    arguments: tuple[tuple[str, Argument], ...]


def constraint(id: str, kwargs: Mapping[str, object]) -> Constraint:  # noqa: A002 - IFEval's own word
    """A validated constraint. Arguments that are None are absent, as in IFEval's data.

    Raises ValueError naming what is known: for an unknown id, a missing or unknown argument or a bad value.
    """
    kind = KINDS.get(id)
    if kind is None:
        raise ValueError(f"unknown constraint {id!r}; known: {', '.join(sorted(KINDS))}")
    given = {name: one for name, one in kwargs.items() if one is not None}
    if given.keys() != kind.arguments.keys():
        raise ValueError(f"{id} takes {_names(kind.arguments)}, not {_names(given)}")
    return Constraint(id, tuple((name, _argument(id, name, given[name], kind)) for name in kind.arguments))


def check_constraint(answer: str, one: Constraint) -> Outcome:
    """What is wrong with `answer` under one constraint: None, the fault, or a doubt."""
    return KINDS[one.id].check(answer, **dict(one.arguments))


def check_constraints(answer: str, declared: Sequence[Constraint]) -> Finding:
    """`passed` when all hold, `failed` with every fault, `unverified` when none fails but one is in doubt."""
    if not declared:
        return Finding(Verdict.UNVERIFIED, "no constraints declared")
    outcomes = [(one.id, check_constraint(answer, one)) for one in declared]
    faults = [f"{name}: {said}" for name, said in outcomes if isinstance(said, str)]
    doubts = [f"{name}: {said.reason}" for name, said in outcomes if isinstance(said, Doubt)]
    if faults:
        return Finding(Verdict.FAILED, "; ".join(faults))
    if doubts:
        return Finding(Verdict.UNVERIFIED, "; ".join(doubts))
    return Finding(Verdict.PASSED, f"{len(declared)} constraint(s) hold: {', '.join(o.id for o in declared)}")


def _argument(id: str, name: str, given: object, kind: Kind) -> Argument:  # noqa: A002
    """The argument in the table's type. A whole float is an integer: IFEval's own data has such."""
    wanted = kind.arguments[name]
    if isinstance(wanted, tuple):
        if given in wanted and isinstance(given, str):
            return given
        raise ValueError(f"{id}: {name} is {given!r}; it must be one of {', '.join(map(repr, wanted))}")
    if wanted is int and isinstance(given, int | float) and not isinstance(given, bool):
        if given == int(given) and given >= 0:
            return int(given)
    elif wanted is str and isinstance(given, str) and given.strip():
        return given
    elif wanted is tuple and isinstance(given, list | tuple) and given and all(map(_is_text, given)):
        return tuple(given)
    described = {int: "a whole number, 0 or more", str: "a text", tuple: "a list of texts"}[wanted]
    raise ValueError(f"{id}: {name} is {given!r}; it must be {described}")


def _is_text(given: object) -> bool:
    return isinstance(given, str) and bool(given.strip())


def _names(arguments: Mapping[str, object]) -> str:
    return ", ".join(sorted(arguments)) or "no arguments"
