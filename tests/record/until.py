"""Waiting for what another thread or process does, where no event reaches the test."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


async def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    """Returns as soon as `condition` holds; fails the test after `seconds`."""
    deadline = asyncio.get_running_loop().time() + seconds
    for pause in (0.0, *[0.01] * int(seconds * 100)):
        await asyncio.sleep(pause)
        if condition():
            return
        if asyncio.get_running_loop().time() > deadline:
            break
    raise AssertionError(f"did not happen within {seconds} s")
