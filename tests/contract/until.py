"""Waiting for what another process does, where no event reaches the test."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(ask: Callable[[], T], seconds: float = 20.0) -> T:
    """The first true thing that `ask` answers; fails the test after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (answer := ask()):
        if time.monotonic() > deadline:
            raise AssertionError(f"did not happen within {seconds:g} s; last answer: {answer!r}")
        time.sleep(0.02)
    return answer
