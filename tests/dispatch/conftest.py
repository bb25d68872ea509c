"""Runs the transport's tests on both event loops: the gateway serves on uvloop, its tools on asyncio's.

A connection's end, cancellation and TLS are the loops' own code, so one passing says little of the other.
"""

import asyncio
from collections.abc import Callable, Mapping

import pytest
import uvloop

LoopFactory = Callable[[], asyncio.AbstractEventLoop]


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> Mapping[str, LoopFactory]:
    """Both loops for the transport, asyncio's for everything else here."""
    if item.path.name == "test_transport.py":
        return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
    return {"asyncio": asyncio.new_event_loop}
