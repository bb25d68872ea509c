"""Match blocks: every field given must hold, an unknown fact holds nowhere."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest

from router.domain.caller import Caller
from router.domain.kinds import Capability, DataClass, Task
from router.domain.match import Match, Span, TimeWindow, compile_match, within
from tests.policy import build

WEEK = frozenset(range(1, 6))


@pytest.mark.parametrize(
    ("match", "changes", "holds"),
    [
        (Match(), {}, True),
        (Match(team=("search",)), {}, True),
        (Match(team=("ads", "sea*")), {}, True),
        (Match(team=("ads",)), {}, False),
        (Match(organisation=("org",), project=("other",)), {}, False),
        (Match(key=("k1",)), {"caller": Caller("k2", "org", "search", "site")}, False),
        (Match(workload=("invoices",)), {}, False),
        (Match(workload=("inv*",)), {"workload": "invoices"}, True),
        (Match(task=frozenset({Task.CODE, Task.MATH})), {}, True),
        (Match(task=frozenset({Task.CODE})), {}, False),
        (Match(task=frozenset({Task.CODE})), {"task": None}, False),
        (Match(data_class=frozenset({DataClass.RESTRICTED})), {"data_class": DataClass.RESTRICTED}, True),
        (Match(language=frozenset({"de"})), {}, False),
        (Match(capabilities=frozenset({Capability.TOOLS})), {}, False),
        (
            Match(capabilities=frozenset({Capability.TOOLS})),
            {"capabilities": frozenset({Capability.TOOLS, Capability.VISION})},
            True,
        ),
        (Match(difficulty=Span(0.5, 0.6)), {}, True),
        (Match(difficulty=Span(None, 0.5)), {}, False),
        (Match(difficulty=Span(0.1, None)), {"difficulty": None}, False),
        (Match(confidence=Span(0.9)), {}, False),
        (Match(input_tokens=Span(1000, 1001)), {}, True),
        (Match(tags={"env": ("prod",)}), {}, False),
        (Match(tags={"env": ("prod",)}), {"tags": {"env": "prod", "x": "y"}}, True),
    ],
)
def test_a_match_block(match: Match, changes: dict[str, object], holds: bool) -> None:
    """One line per field and per way not to hold."""
    assert compile_match(match)(build.facts(**changes)) is holds


@pytest.mark.parametrize(
    ("start", "end", "when", "inside"),
    [
        ("08:00", "18:00", "2026-11-23T08:00", True),
        ("08:00", "18:00", "2026-11-23T18:00", False),
        ("08:00", "18:00", "2026-11-22T12:00", False),
        ("22:00", "06:00", "2026-11-20T23:00", True),
        ("22:00", "06:00", "2026-11-21T05:59", True),
        ("22:00", "06:00", "2026-11-22T05:59", False),
        ("22:00", "06:00", "2026-11-23T05:59", False),
    ],
)
def test_a_window_past_midnight_belongs_to_the_day_it_started_on(
    start: str, end: str, when: str, inside: bool
) -> None:
    """2026-11-20 is a Friday: its night lasts into Saturday, Sunday's night is no working night."""
    window = TimeWindow(WEEK, time.fromisoformat(start), time.fromisoformat(end))
    now = datetime.fromisoformat(when).replace(tzinfo=UTC)
    assert within(window, now) is inside
