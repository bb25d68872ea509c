"""The command serves a sandbox as a process of its own and ends on SIGTERM."""

from __future__ import annotations

import asyncio
import re
import signal
import sys

import httpx


async def test_module_serves_and_ends_on_sigterm() -> None:
    """`python -m router.sandbox` prints that it is simulated, answers, and ends within its grace time."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "router.sandbox", "--profile", "reasoning", "--port", "0"),
        *("--speed", "1000", "--model", "qwq-test"),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(20):
            line = (await process.stdout.readline()).decode()
        found = re.search(r"http://127\.0\.0\.1:(\d+)/v1", line)
        assert line.startswith("SIMULATED") and found and int(found.group(1)) > 0
        async with httpx.AsyncClient(base_url=found.group(), trust_env=False) as client:
            body = {"model": "qwq-test", "messages": [{"role": "user", "content": "hi"}]}
            reply = await client.post("/chat/completions", json=body)
        assert reply.status_code == 200
        assert reply.headers["x-simulated"] == "true"
    finally:
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(10):
            status = await process.wait()
    assert status in (0, -signal.SIGTERM)
