"""Child processes are waited for, explained when they fail, and stopped."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import httpx
import pytest

from router.sandbox.children import ChildFailed, free_port, running_child

SERVE = (sys.executable, "-m", "http.server", "--bind", "127.0.0.1", "--directory")


async def test_child_is_ready_once_it_answers_and_is_stopped(tmp_path: Path) -> None:
    """ready() returns when the URL answers 200; leaving the context ends the process."""
    port = free_port(0)
    command = (*SERVE, str(tmp_path), str(port))
    async with (
        httpx.AsyncClient(trust_env=False) as client,
        running_child("files", command, {}, tmp_path / "logs") as child,
    ):
        await child.ready(client, f"http://127.0.0.1:{port}/", 20)
        assert child.process.returncode is None
    assert child.process.returncode is not None


async def test_child_that_ends_is_explained_with_its_last_lines(tmp_path: Path) -> None:
    """A child that dies before it answers raises with its status and what it printed last."""
    program = "for n in range(50): print('line', n)\nraise SystemExit(3)"
    async with (
        httpx.AsyncClient(trust_env=False) as client,
        running_child("clumsy", (sys.executable, "-c", program), {}, tmp_path) as child,
    ):
        with pytest.raises(ChildFailed, match="clumsy ended with status 3") as failure:
            await child.ready(client, f"http://127.0.0.1:{free_port(0)}/", 20)
    assert "line 49" in str(failure.value)
    assert "line 20" not in str(failure.value)


async def test_child_that_never_answers_is_given_up(tmp_path: Path) -> None:
    """When time is up the message names the URL and the time."""
    async with httpx.AsyncClient(trust_env=False) as client:
        command = (sys.executable, "-c", "import sys; sys.stdin.read(); import time; time.sleep(60)")
        async with running_child("silent", command, {}, tmp_path) as child:
            with pytest.raises(ChildFailed, match=r"did not answer .* within 0\.3 s"):
                await child.ready(client, f"http://127.0.0.1:{free_port(0)}/", 0.3)


def test_free_port_takes_another_when_the_preferred_one_is_used() -> None:
    """A port that something listens on is not handed out."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert free_port(port) != port
