"""What of a caller's own limits reaches a model that answers in this process."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from router.dispatch.shape import shape_payload
from router.domain.kinds import Wire
from tests.dispatch.test_loop import candidates


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({}, 50),
        ({"max_tokens": None}, 50),
        ({"max_tokens": 7}, 7),
        ({"max_tokens": 70}, 50),
        ({"max_tokens": None, "max_completion_tokens": 9}, 9),
        ({"max_completion_tokens": 90}, 50),
        ({"max_completion_tokens": None, "max_tokens": 8}, 8),
    ],
)
def test_no_answer_in_this_process_is_unbounded(given: dict[str, Any], sent: int) -> None:
    """Nobody's silence, spelled out or not, is a place taken for ever."""
    [made] = candidates("a")
    model, endpoint = replace(made.model, max_output=50), replace(made.endpoint, wire=Wire.LLAMA_CPP)
    shaped, _ = shape_payload(
        {"model": "auto", "messages": [], **given},
        replace(made, model=model, endpoint=endpoint),
        stream=False,
    )
    assert shaped["max_tokens"] == sent
