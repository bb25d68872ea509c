"""Stored decisions are read for what they hold, and never raise."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from dashboard.decision_trace import Considered, Excluded, parse

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["candidates", "removed", "signals", "hints", "note", "model", "p_success",
                         "expected_cost_usd", "expected_output", "meets_target", "cascade", "stages",
                         "straight", "reason"]), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


def test_a_full_trace() -> None:
    """Candidates keep their order and their exact expected cost; removed models keep their reason."""
    stored = {
        "rule": "r",
        "note": None,
        "quality_target": 0.8,
        "candidates": [
            {"model": "m", "endpoint": "e", "p_success": 0.5, "expected_output": 400,
             "expected_cost_usd": "0.000600000001", "meets_target": False, "healthy": True}
        ],
        "removed": [{"model": "n", "endpoint": "f", "constraint": "context", "reason": "too long"}],
        "signals": {"difficulty": 0.123456, "markers": []},
        "hints": {"task": None, "tags": {"a": "b"}},
    }  # fmt: skip
    found = parse(json.dumps(stored))
    assert found.candidates == (Considered("m", "e", 0.5, 400, 600_000_001, False, True),)
    assert found.removed == (Excluded("n", "f", "too long"),)
    assert (found.quality_target, found.note) == (0.8, None)
    assert found.signals == {"difficulty": "0.123"}
    assert found.hints == {"tags": '{"a": "b"}'}


@given(_JSON)
def test_any_json_is_survived(stored: object) -> None:
    """Whatever JSON a row holds, reading it gives a trace."""
    assert parse(json.dumps(stored)).readable is isinstance(stored, dict)


@given(st.text(max_size=40))
def test_any_text_is_survived(stored: str) -> None:
    """Whatever text a row holds, reading it gives a trace."""
    parse(stored)


def test_the_chain_is_told_beside_the_straight_choice() -> None:
    """Or why no check was counted on; a trace of another form tells nothing and breaks nothing."""
    straight = {"model": "big", "p_success": 0.9, "expected_cost_usd": "0.01"}
    cascade = {
        "stages": [{"model": "small"}, {"model": "big"}],
        "p_success": 0.93,
        "expected_cost_usd": "0.004",
    }
    found = parse(json.dumps({"cascade": {**cascade, "straight": straight}}))
    told = "small > big: P(success) 0.930 for $0.004; big alone: P(success) 0.900 for $0.01"
    assert found.chain == told
    unknown = {"credited": False, "reason": "the task is not known"}
    assert parse(json.dumps({"cascade": unknown})).chain == "not counted on: the task is not known"
    for odd in (
        None,
        3,
        {},
        {"stages": 1},
        {"stages": [1], "straight": {}},
        {"stages": [{}], "straight": {}},
    ):
        parse(json.dumps({"cascade": odd}))
