"""The systems under measurement: how each is started, asked, paused and stopped.

All run on core 0; upstream and load generator on core 1. A system that is not being measured is stopped with
SIGSTOP, so that its background work cannot disturb the one that is. Only processes started here are touched.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench import peers, prompts

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SYSTEM_CORE, LOAD_CORE = 0, 1
START_LIMIT_S = 90
UPSTREAM_KEY = "sk-upstream"


class DidNotStart(Exception):
    """A system did not answer correctly within the limit; the text says what it said last."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is needed to start one system and to ask it. An empty command means: ask the upstream itself."""

    name: str
    title: str
    command: list[str]
    base_url: str
    headers: dict[str, str]
    model: str = "bench-model"
    env: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"{self.base_url}/chat/completions"


@dataclass(slots=True)
class Running:
    """A started system; `streams` is empty if it streams, else what it answered instead."""

    plan: Plan
    process: subprocess.Popen[bytes] | None
    log: Path
    streams: str = ""

    def pause(self) -> None:
        """Stop every process of the system where it is."""
        self._signal_all(signal.SIGSTOP)

    def resume(self) -> None:
        """Let every process of the system go on."""
        self._signal_all(signal.SIGCONT)

    def stop(self, limit_s: float = 40) -> None:
        """SIGTERM to the first process; SIGKILL to what is left of all of them after the limit."""
        if self.process is None:
            return
        self.resume()
        family = _family(self.process.pid)
        self.process.terminate()
        try:
            self.process.wait(limit_s)
        except subprocess.TimeoutExpired:
            for pid in family:
                _send(pid, signal.SIGKILL)
            self.process.wait()

    def cpu_seconds(self) -> float:
        """CPU time so far of every process of the system, in seconds."""
        if self.process is None:
            return 0.0
        ticks = sum(_stat(pid)[1] for pid in _family(self.process.pid))
        return ticks / os.sysconf("SC_CLK_TCK")

    def _signal_all(self, number: int) -> None:
        if self.process is not None:
            for pid in _family(self.process.pid):
                _send(pid, number)


def _family(first: int) -> list[int]:
    """A process and all that descend from it, in whatever session they are."""
    parents = {int(path.name): _stat(int(path.name))[0] for path in Path("/proc").glob("[0-9]*")}
    found = [first]
    for pid in found:  # grows while it is walked
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def _stat(pid: int) -> tuple[int, int]:
    """Parent and CPU clock ticks of a process; (0, 0) if it has ended meanwhile."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return (0, 0)
    return int(fields[1]), int(fields[11]) + int(fields[12])


def _send(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def module(name: str) -> list[str]:
    """The command that runs a module of the bench; needs the project's root as folder or on the path."""
    return [sys.executable, "-m", f"tests.bench.{name}"]


def direct(upstream: str) -> Plan:
    return Plan("direct", "direct to the upstream", [], upstream, {})


def pass_through(upstream: str, port: int) -> Plan:
    command = [*module("passthrough"), str(port), upstream]
    env = {"PYTHONPATH": str(ROOT)}
    return Plan("pass-through", "bare pass-through on our stack", command, _base(port), {}, env=env)


def litellm(upstream: str, port: int, folder: Path) -> Plan:
    config = {
        "model_list": [
            {
                "model_name": "bench-model",
                "litellm_params": {
                    "model": "openai/bench-model",
                    "api_base": upstream,
                    "api_key": UPSTREAM_KEY,
                },
            }
        ],
        "general_settings": {"master_key": "sk-bench"},
    }
    file = folder / "litellm.yaml"
    file.write_text(json.dumps(config))
    options = ["--config", str(file), "--host", "127.0.0.1", "--port", str(port)]
    env = {"LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    headers = {"authorization": "Bearer sk-bench"}
    command = [str(peers.litellm()), *options]
    return Plan("litellm", "LiteLLM proxy 1.106.2", command, _base(port), headers, env=env)


def portkey(upstream: str, port: int) -> Plan:
    command = ["node", str(peers.portkey()), f"--port={port}", "--headless"]
    headers = {
        "authorization": f"Bearer {UPSTREAM_KEY}",
        "x-portkey-provider": "openai",
        "x-portkey-custom-host": upstream,
    }
    env = {"NODE_ENV": "production"}
    return Plan("portkey", "Portkey gateway 1.15.2", command, _base(port), headers, env=env)


def _base(port: int) -> str:
    return f"http://127.0.0.1:{port}/v1"


def start_upstream(port: int, folder: Path) -> Running:
    """The trivial upstream, on the load generator's core."""
    command = [*module("upstream"), str(port)]
    plan = Plan("upstream", "upstream", command, _base(port), {}, env={"PYTHONPATH": str(ROOT)})
    return _start(plan, folder, LOAD_CORE)


def start(plan: Plan, folder: Path) -> Running:
    """Start and wait until it answers correctly, plain and streaming. Raises DidNotStart."""
    running = _start(plan, folder, SYSTEM_CORE)
    try:
        ask(plan, "bench-7f3a", stream=True)
    except (OSError, DidNotStart) as error:
        running.streams = str(error)
    return running


def _start(plan: Plan, folder: Path, core: int) -> Running:
    log = folder / f"{plan.name}.log"
    process = None
    if plan.command:
        with log.open("wb") as output:
            process = subprocess.Popen(
                ["taskset", "-c", str(core), *plan.command],
                env={**os.environ, **plan.env},
                cwd=folder,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
    running = Running(plan, process, log)
    try:
        _wait_until_ready(running)
    except DidNotStart:
        running.stop(5)
        raise
    return running


def _wait_until_ready(running: Running) -> None:
    until, last = time.monotonic() + START_LIMIT_S, "nothing"
    while time.monotonic() < until:
        if running.process is not None and running.process.poll() is not None:
            tail = running.log.read_text(errors="replace").strip().splitlines()[-3:]
            raise DidNotStart(f"{running.plan.title} ended at start: {' / '.join(tail)}")
        try:
            ask(running.plan, "bench-7f3a", stream=False)
        except (OSError, DidNotStart) as error:
            last = str(error)
            time.sleep(0.2)
        else:
            return
    raise DidNotStart(f"{running.plan.title} gave no right answer in {START_LIMIT_S} s, last: {last}")


def ask(plan: Plan, marker: str, *, stream: bool) -> None:
    """One request by another client than the load generator. Raises OSError or DidNotStart."""
    request = urllib.request.Request(
        plan.url,
        data=prompts.body(plan.model, stream=stream).encode(),
        headers={"content-type": "application/json", **plan.headers},
    )
    wanted = "[DONE]" if stream else marker
    try:
        with urllib.request.urlopen(request, timeout=15) as reply:
            text = reply.read().decode()
    except urllib.error.HTTPError as error:
        raise DidNotStart(f"HTTP {error.code}: {error.read(200).decode(errors='replace')}") from error
    if wanted not in text:
        raise DidNotStart(f"an answer without {wanted!r}: {text[:200]}")
