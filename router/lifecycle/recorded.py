"""A row of the ledger back to the facts that its decision was made on. Pure.

`router/decision_trace.py` and `router/ticket.py` write what is read here. Deciding again under the same
bundle gives the same decision. Rows of gateways that did not record everything yet are read as far as they
go.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from router.clock import utc
from router.domain.caller import Caller
from router.domain.decision import Constraint
from router.domain.facts import Facts, Previous
from router.domain.kinds import Capability, DataClass, Task, Tier, VerifierName
from router.domain.load import Load
from router.domain.reading import Reading
from router.domain.value import value
from router.errors import UnknownModel
from router.ingress.openai import parse_pin
from router.lifecycle.replay.collect import Seen


class Row(NamedTuple):
    """The columns of `requests` that a replay needs, by their names there."""

    id: str
    started_us: int
    organisation: str
    team: str
    project: str
    key_id: str
    workload: str | None
    tags: str
    requested_model: str
    stream: bool
    task: str | None
    difficulty: float | None
    confidence: float | None
    language: str
    data_class: str
    rule: str | None
    policy_digest: str
    simulated: bool
    model: str | None
    attempts: int
    cost_pico: int | None
    duration_us: int | None
    holdout: bool | None
    trace: str


@value
class Recorded:
    """A decision of the past. `model` on `endpoint` was to be tried first and was expected to cost
    `expected_pico`; None where nothing was admissible."""

    request: Seen
    model: str | None
    endpoint: str | None
    expected_pico: int | None


def recorded(row: Row) -> Recorded | None:
    """What was decided on. None: the request never came to a decision, or its trace is of another form."""
    if row.rule is None:
        return None
    try:
        return _recorded(row, orjson.loads(row.trace))
    except (KeyError, TypeError, ValueError, UnknownModel):
        return None


def facts_of_row(row: Row) -> Facts | None:
    """The facts alone, as they were decided on; None as in `recorded`."""
    found = recorded(row)
    return None if found is None else found.request.facts


def _recorded(row: Row, trace: Mapping[str, Any]) -> Recorded:
    signals, hints, said = trace["signals"], trace["hints"], trace.get("facts", {})
    first = next(iter(trace["candidates"]), None)
    task = None if row.task is None else Task(row.task)
    quality = hints["quality"]
    facts = Facts(
        caller=_caller(row, said),
        pin=parse_pin(row.requested_model),
        workload=row.workload,
        task=task,
        difficulty=row.difficulty,
        confidence=row.confidence,
        data_class=DataClass(row.data_class),
        language=row.language,
        capabilities=frozenset(map(Capability, said.get("capabilities", ()))),
        input_tokens=said.get("input_tokens", 0) if signals is None else signals["input_tokens"],
        max_output_tokens=said.get("max_output_tokens"),
        min_tier=None if hints["min_tier"] is None else Tier(hints["min_tier"]),
        quality=None if quality is None else float(quality),
        greedy=said.get("greedy", False),
        now=utc(row.started_us),
        tags=orjson.loads(row.tags) if row.tags != "{}" else {},
        classifier_failed=signals is None,
        reading=_reading(signals, hints["task"]),
        previous=Previous(**trace["previous"]) if "previous" in trace else None,
        tool_loop=said.get("tool_loop", False),
        conversation=said.get("conversation"),
    )
    seen = _strictest(signals, trace.get("detected"))
    request = Seen(
        facts,
        frozenset(said.get("unhealthy", ())),
        None if hints["data_class"] is None else DataClass(hints["data_class"]),
        seen,
        row.stream,
        frozenset(map(VerifierName, said["checks"])) if "checks" in said else None,
        frozenset(
            [one["endpoint"] for one in trace.get("removed", ()) if one["constraint"] == Constraint.BUDGET]
        ),
        tuple((name, Load(**load)) for name, load in said.get("loads", {}).items()),
    )
    return Recorded(
        request,
        None if first is None else first["model"],
        None if first is None else first["endpoint"],
        None if first is None else _pico(first["expected_cost_usd"]),
    )


def _caller(row: Row, said: Mapping[str, Any]) -> Caller:
    tiers = frozenset(map(Tier, said.get("allowed_tiers", ())))
    return Caller(
        row.key_id, row.organisation, row.team, row.project, tiers, frozenset(said.get("allowed_models", ()))
    )


def _reading(signals: Mapping[str, Any] | None, hinted: str | None) -> Reading | None:
    """With the app's word on the task in its shares, as `gather_facts` puts it there."""
    found = None if signals is None else signals.get("reading")
    if found is None:
        return None
    shares = {hinted: 1.0} if hinted is not None else found["shares"]
    return Reading(
        {Task(task): share for task, share in shares.items()},
        found["low"],
        found["high"],
        found["low_usual"],
        found["high_usual"],
        found["output_factor"],
        found["heads"],
        found["query_model"],
        found.get("beyond", 1.0),
    )


def _pico(usd: str) -> int:
    """Exact US dollars as the trace writes them."""
    whole, _, fraction = usd.partition(".")
    return int(whole + fraction.ljust(12, "0"))


def _strictest(*found: Mapping[str, Any] | None) -> DataClass | None:
    """What markers and detectors saw in the texts."""
    classes = [DataClass(one["data_class"]) for one in found if one is not None and one["data_class"]]
    return max(classes, key=lambda one: one.rank, default=None)
