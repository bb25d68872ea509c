"""A real vLLM and a gateway before it, for the whole session; without `make vllm-test` nothing here runs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from openai import OpenAI

from tests.contract.folder import ALL, TestModel, write_folder
from tests.contract.gateway import Gateway, free_port, running_gateway
from tests.vllm.server import CONTEXT, KEY, MODEL, PLACES, VARIABLE, RealServer, real_server
from tests.vllm.wire import FINE_TUNE


@dataclass(frozen=True, slots=True)
class Rig:
    """vLLM serves `MODEL`, and `FINE_TUNE` once its adapter is loaded; the gateway calls them so too."""

    server: RealServer
    gateway: Gateway

    def metric(self, name: str, **labels: str) -> float:
        """One of the gateway's own metrics; 0 where it is not there."""
        wanted = [f'{key}="{value}"' for key, value in labels.items()]
        for line in self.gateway.get("/metrics")[1].decode().splitlines():
            if line.startswith(f"tiergate_{name}{{") and all(one in line for one in wanted):
                return float(line.rpartition(" ")[2])
        return 0.0

    def fleet(self, *arguments: str) -> str:
        """`tiergate fleet ...` as an operator runs it."""
        command = [sys.executable, "-c", "from router.cli import main; main()", "fleet", *arguments]
        environment = {**os.environ, **self.gateway.environment()}
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """They need what only `make vllm` sets up."""
    if VARIABLE not in os.environ:
        skip = pytest.mark.skip(reason="a real vLLM takes minutes: `make vllm-test`")
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker(skip)


@pytest.fixture(scope="session")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    folder = tmp_path_factory.mktemp("vllm")
    with real_server(Path(os.environ[VARIABLE]), free_port(), folder / "vllm.log") as server:
        os.environ["VLLM_API_KEY"] = KEY
        endpoint: dict[str, Any] = {
            "simulated": False,
            "api_key_env": "VLLM_API_KEY",
            "max_concurrency": PLACES,
            "queue": {"max_waiting": 8, "max_wait_s": 200, "max_server_waiting": 4},
            "metrics_url": f"{server.origin}/metrics",
            "health_url": f"{server.origin}/health",
            "scrape_every_s": 0.5,
            "timeouts": {"connect": 5, "first_byte": 120, "between_chunks": 60, "total": 240},
        }
        url = f"{server.origin}/v1"
        tuned = {**endpoint, "adapter": str(folder / "adapter")}
        models = [
            TestModel(MODEL, "reasoning", url, MODEL, context=CONTEXT, capabilities=ALL, endpoint=endpoint),
            TestModel(
                FINE_TUNE, "reasoning", url, FINE_TUNE, context=CONTEXT, endpoint=tuned, more={"base": MODEL}
            ),
        ]
        rules = [{"name": "default", "tiers": ["reasoning"]}]
        with running_gateway(folder, write_folder(folder / "policies", models, rules)) as gateway:
            yield Rig(server, gateway)


@pytest.fixture
def client(rig: Rig) -> Iterator[OpenAI]:
    """The official client; a small machine takes its time."""
    with rig.gateway.client() as client:
        yield client.with_options(timeout=240)
