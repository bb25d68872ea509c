"""The stored decision of one request, read defensively: rows outlive the code that wrote them.

Nothing here raises. What has an unexpected shape is left out, and the page shows the raw text anyway.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from router.domain.money import PICO_PER_USD


@dataclass(frozen=True, slots=True)
class Considered:
    """A candidate in its order; None is what the trace does not say. `expected_cost` in pico-USD."""

    model: str
    endpoint: str
    p_success: float | None
    expected_output: int | None
    expected_cost: int | None
    meets_target: bool | None
    healthy: bool | None


@dataclass(frozen=True, slots=True)
class Excluded:
    """A model that a hard constraint removed."""

    model: str
    endpoint: str
    reason: str


@dataclass(frozen=True, slots=True)
class Trace:
    """What the trace says, as far as it can be read. `readable` is false for text that is no JSON object.
    `chain`: what answering, checking and trying the next was expected to bring, in words."""

    readable: bool
    note: str | None
    chain: str | None
    quality_target: float | None
    candidates: tuple[Considered, ...]
    removed: tuple[Excluded, ...]
    signals: Mapping[str, str]
    hints: Mapping[str, str]


def parse(stored: str) -> Trace:
    """The trace in `stored`."""
    try:
        found = json.loads(stored)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        return Trace(False, None, None, None, (), (), {}, {})
    return Trace(
        readable=True,
        note=_text(found.get("note")),
        chain=_chain(found.get("cascade")),
        quality_target=_number(found.get("quality_target")),
        candidates=tuple(_considered(item) for item in _objects(found.get("candidates"))),
        removed=tuple(_excluded(item) for item in _objects(found.get("removed"))),
        signals=_texts(found.get("signals")),
        hints=_texts(found.get("hints")),
    )


def _chain(found: object) -> str | None:
    if not isinstance(found, dict):
        return None
    reason = _text(found.get("reason"))
    if reason is not None:
        return f"not counted on: {reason}"
    stages = _objects(found.get("stages"))
    straight = found.get("straight")
    if not stages or not isinstance(straight, dict):
        return None
    models = " > ".join(_text(stage.get("model")) or "?" for stage in stages)
    return f"{models}: {_expected(found)}; {_text(straight.get('model')) or '?'} alone: {_expected(straight)}"


def _expected(item: Mapping[str, object]) -> str:
    chance, cost = _number(item.get("p_success")), _text(item.get("expected_cost_usd"))
    return f"P(success) {'?' if chance is None else f'{chance:.3f}'} for ${cost or '?'}"


def _considered(item: Mapping[str, object]) -> Considered:
    output = item.get("expected_output")
    return Considered(
        model=_text(item.get("model")) or "?",
        endpoint=_text(item.get("endpoint")) or "?",
        p_success=_number(item.get("p_success")),
        expected_output=output if isinstance(output, int) else None,
        expected_cost=_pico(item.get("expected_cost_usd")),
        meets_target=_flag(item.get("meets_target")),
        healthy=_flag(item.get("healthy")),
    )


def _excluded(item: Mapping[str, object]) -> Excluded:
    return Excluded(
        model=_text(item.get("model")) or "?",
        endpoint=_text(item.get("endpoint")) or "?",
        reason=_text(item.get("reason")) or "no reason stored",
    )


def _objects(found: object) -> list[dict[str, object]]:
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _texts(found: object) -> dict[str, str]:
    if not isinstance(found, dict):
        return {}
    shown = {str(key): _text(value) for key, value in found.items()}
    return {key: value for key, value in shown.items() if value is not None}


def _text(found: object) -> str | None:
    if found is None or found in ("", [], {}):
        return None
    if isinstance(found, float):
        return f"{found:.3g}"
    return found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)


def _flag(found: object) -> bool | None:
    return found if isinstance(found, bool) else None


def _number(found: object) -> float | None:
    return float(found) if isinstance(found, int | float) and not isinstance(found, bool) else None


def _pico(found: object) -> int | None:
    if not isinstance(found, str | int | float) or isinstance(found, bool):
        return None
    try:
        amount = Decimal(str(found))
    except InvalidOperation:
        return None
    return int(amount * PICO_PER_USD) if amount.is_finite() else None
