"""Where the demo's processes listen, how they are started, and with which environment."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from router.domain.catalog import Catalog
from router.domain.kinds import Tier
from router.sandbox.children import ChildFailed, free_port
from router.settings import Settings, read_settings

TIERGATE: Final = (sys.executable, "-c", "from router.cli import main; main()")
ROLL: Final = ("books", "roll")
_SANDBOXES: Final = {
    Tier.FRONTIER: (9101, "TIERGATE_SANDBOX_FRONTIER_URL"),
    Tier.REASONING: (9102, "TIERGATE_SANDBOX_REASONING_URL"),
}


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """`folder` is the project's folder. `limit` None: all prompts. `speed` and `fault_rate` are those of
    the simulated upstreams."""

    folder: Path
    data_dir: Path
    once: bool
    limit: int | None
    concurrency: int
    speed: float
    fault_rate: float


@dataclass(frozen=True, slots=True)
class Place:
    """Where everything listens, and the environment of the children."""

    gateway: str
    dashboard: str
    sandbox_ports: Mapping[Tier, int]
    env: Mapping[str, str]

    @property
    def settings(self) -> Settings:
        """The gateway's settings as its process reads them."""
        return read_settings(data_dir=Path(self.env["TIERGATE_DATA_DIR"]))


def choose_place(options: DemoOptions, environ: Mapping[str, str]) -> Place:
    """Usual ports (or those of TIERGATE_PORT and STREAMLIT_SERVER_PORT) if they are free, else others."""
    gateway = free_port(int(environ.get("TIERGATE_PORT") or 8080))
    dashboard = free_port(int(environ.get("STREAMLIT_SERVER_PORT") or 8501))
    ports = {tier: free_port(preferred) for tier, (preferred, _) in _SANDBOXES.items()}
    urls = {name: f"http://127.0.0.1:{ports[tier]}/v1" for tier, (_, name) in _SANDBOXES.items()}
    env = {
        **environ,
        **urls,
        "TIERGATE_HOST": "127.0.0.1",
        "TIERGATE_PORT": str(gateway),
        "TIERGATE_DATA_DIR": str(options.data_dir.absolute()),
        "TIERGATE_POLICY_DIR": str(options.folder / "policies"),
        "PYTHONUNBUFFERED": "1",
    }
    return Place(f"http://127.0.0.1:{gateway}", f"http://127.0.0.1:{dashboard}", ports, env)


def sandbox_commands(
    options: DemoOptions, place: Place, catalog: Catalog
) -> dict[str, tuple[int, tuple[str, ...]]]:
    """Port and command of a sandbox for each tier with a simulated endpoint in the catalog."""
    commands = {}
    for tier, port in place.sandbox_ports.items():
        endpoints = [e for m in catalog.models.values() if m.tier is tier for e in m.endpoints if e.simulated]
        if not endpoints:
            continue
        names = [part for e in endpoints for part in ("--model", e.upstream_model)]
        command = (*TIERGATE, "sandbox", "--profile", tier.value, "--port", str(port), *names)
        context = ("--context", str(max(e.context for e in endpoints)))
        pace = ("--speed", str(options.speed), "--fault-rate", str(options.fault_rate))
        commands[f"sandbox-{tier.value}"] = (port, (*command, *context, *pace))
    return commands


def dashboard_command(options: DemoOptions, place: Place) -> tuple[str, ...]:
    home = str(options.folder / "dashboard" / "Home.py")
    port = place.dashboard.rpartition(":")[2]
    return (
        sys.executable,
        "-m",
        "streamlit",
        "run",
        home,
        "--server.port",
        port,
        "--server.headless",
        "true",
    )


async def create_key(place: Place, team: str) -> str:
    """A new virtual key through the command line. Raises ChildFailed."""
    names = ("--organisation", "demo", "--team", team, "--project", "demo", "--label", "demo traffic")
    return await _tiergate(place, "keys", "create", *names, "--quiet")


async def make_sums(place: Place) -> None:
    """The sums that the dashboard reads, through the command line. Raises ChildFailed."""
    await _tiergate(place, *ROLL)


async def _tiergate(place: Place, *words: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *(*TIERGATE, *words),
        env=dict(place.env),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    if process.returncode != 0:
        raise ChildFailed(f"tiergate {words[0]} {words[1]} failed:\n{errors.decode('utf-8', 'replace')}")
    return output.decode().strip()
