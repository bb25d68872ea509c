"""`tiergate serve` itself: what it says when it starts, and when it cannot."""

from __future__ import annotations

import re
import subprocess
import urllib.request
from pathlib import Path

from tests.contract.conftest import Desk
from tests.contract.gateway import SERVE, Gateway
from tests.contract.until import until


def fails(gateway: Gateway) -> str:
    """What it writes; it ends with exit code 1 within seconds."""
    ended = subprocess.run(
        SERVE, env=gateway.environment(), capture_output=True, text=True, timeout=20, check=False
    )
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    return ended.stderr


def unused(desk: Desk, folder: Path, **settings: str) -> Gateway:
    gateway = Gateway(folder, desk.gateway.policy_dir, **settings)
    gateway.engine.dispose()
    return gateway


def test_port_in_use(desk: Desk, tmp_path: Path) -> None:
    """A port in use is said in one line, at once, before anything else was started."""
    said = fails(unused(desk, tmp_path, port=str(desk.gateway.port)))
    assert said == f"Error: cannot listen on 127.0.0.1:{desk.gateway.port}: Address already in use\n"


def test_bad_policy(desk: Desk, tmp_path: Path) -> None:
    """A policy folder that does not load is refused with file and line."""
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "policy.yaml").write_text("apiVersion: tiergate.dev/v1\nkind: Nonsense\n")
    said = fails(Gateway(tmp_path, tmp_path / "policies"))
    assert said.startswith("Error: the policy folder is refused:\n")
    assert "policy.yaml:2: " in said


def test_bad_setting(desk: Desk, tmp_path: Path) -> None:
    """A setting that makes no sense is named by its variable."""
    said = fails(unused(desk, tmp_path, body_timeout="soon"))
    assert said.startswith("Error: settings are refused:\nTIERGATE_BODY_TIMEOUT: ")
    assert len(said.splitlines()) == 2


def test_free_port(desk: Desk, tmp_path: Path) -> None:
    """Port 0 takes any free port, and the log says which."""
    gateway = unused(desk, tmp_path, port="0")
    log = tmp_path / "log"
    with log.open("wb") as file, subprocess.Popen(SERVE, env=gateway.environment(), stderr=file) as process:
        try:
            found = until(lambda: re.search(r"serving (http://127\.0\.0\.1:\d+) ", log.read_text()))
            with urllib.request.urlopen(f"{found[1]}/livez", timeout=20) as reply:
                assert reply.status == 200
        finally:
            process.terminate()
    assert process.returncode == 0
