"""Tool calls against the right ones: every good form passes, every mutation fails."""

from __future__ import annotations

import json
from typing import Any

import pytest

from router.domain.kinds import Verdict
from router.verify.reference_calls import check_reference_calls, read_calls

BOOK = {
    "name": "book",
    "arguments": {"city": ["New York", "NYC"], "nights": [2], "spa": [True], "tags": [["sea", "quiet"]]},
    "optional": ["spa"],
}
PAY = {"name": "pay", "arguments": {"amount": [10.0]}, "optional": []}
GOOD: dict[str, Any] = {"city": "new york", "nights": 2, "spa": True, "tags": ["sea", "quiet"]}


def message(*calls: tuple[str, object]) -> dict[str, Any]:
    made = [
        {"function": {"name": name, "arguments": a if isinstance(a, str) else json.dumps(a)}}
        for name, a in calls
    ]
    return {"role": "assistant", "tool_calls": made}


def verdict(given: dict[str, Any], *wanted: dict[str, Any]) -> Verdict:
    return check_reference_calls(given, read_calls([json.dumps(one) for one in wanted])).verdict


@pytest.mark.parametrize(
    "arguments",
    [
        GOOD,
        {**GOOD, "city": "N.Y.C"},
        {key: value for key, value in GOOD.items() if key != "spa"},
        {**GOOD, "nights": 2.0},
        {**GOOD, "tags": ["Sea", "quiet"]},
    ],
)
def test_accepted(arguments: dict[str, Any]) -> None:
    """Case, blanks and marks do not count, nor does a float that is whole."""
    assert verdict(message(("book", arguments)), BOOK) is Verdict.PASSED


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("Book", GOOD),
        ("book", {**GOOD, "city": "Boston"}),
        ("book", {**GOOD, "nights": "2"}),
        ("book", {**GOOD, "spa": 1}),
        ("book", {**GOOD, "tags": ["quiet", "sea"]}),
        ("book", {**GOOD, "pets": 1}),
        ("book", {"city": "NYC"}),
        ("book", "{"),
        ("book", [1]),
    ],
)
def test_refused(name: str, arguments: object) -> None:
    """Another function, value, type or order; an argument too many or too few; no JSON."""
    assert verdict(message((name, arguments)), BOOK) is Verdict.FAILED


def test_several_calls_in_any_order_but_all_of_them() -> None:
    """As many as there should be."""
    both = message(("pay", {"amount": 10}), ("book", GOOD))
    assert verdict(both, BOOK, PAY) is Verdict.PASSED
    assert verdict(both, BOOK) is Verdict.FAILED
    assert verdict(message(("book", GOOD)), BOOK, PAY) is Verdict.FAILED
    assert verdict(message(("book", GOOD), ("book", GOOD)), BOOK, PAY) is Verdict.FAILED
    assert verdict({"role": "assistant", "content": "Booked."}, BOOK) is Verdict.FAILED
    assert verdict({"role": "assistant", "content": "No tool fits."}) is Verdict.PASSED


@pytest.mark.parametrize("text", ["f(1)", "[]", '{"name": "f"}', '{"name": "f", "arguments": {"x": 1}}'])
def test_what_is_no_right_call_is_refused(text: str) -> None:
    """With what would be right."""
    with pytest.raises(ValueError, match=r"wanted|list of accepted"):
        read_calls([text])
