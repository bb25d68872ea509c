"""Installs the peers into the git-ignored `.bench/` folder, from the hash locks beside this file.

Why: a peer's figures mean something only beside ours, in the same run on the same machine. Peers never enter
the project's own environment. Each is installed once per lock (a stamp file holds the lock's digest); an
installation that fails is reported and the bench goes on without that peer.
"""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
FOLDER = HERE.parent.parent / ".bench"
LITELLM_LOCK = HERE / "litellm.lock"
PORTKEY_FILES = [HERE / "portkey" / name for name in ("package.json", "package-lock.json", ".npmrc")]


class PeerMissing(Exception):
    """The peer cannot be installed here; the text says why, for the person running the bench."""


def litellm() -> Path:
    """The `litellm` command of a virtual environment made from `litellm.lock`."""

    def install(folder: Path) -> None:
        _run([sys.executable, "-m", "venv", str(folder)])
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--no-deps"]
        _run([*pip, "--require-hashes", "-r", str(LITELLM_LOCK)])

    return _once("litellm", [LITELLM_LOCK], install) / "bin" / "litellm"


def portkey() -> Path:
    """The start script of Portkey's gateway, from `portkey/package-lock.json`. Needs node and npm."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        raise PeerMissing("node and npm are not installed")

    def install(folder: Path) -> None:
        folder.mkdir(parents=True)
        for file in PORTKEY_FILES:
            shutil.copy(file, folder)
        _run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder)

    folder = _once("portkey", PORTKEY_FILES, install)
    return folder / "node_modules" / "@portkey-ai" / "gateway" / "build" / "start-server.js"


def _once(name: str, locks: list[Path], install: Callable[[Path], None]) -> Path:
    folder, stamp = FOLDER / name, FOLDER / f"{name}.stamp"
    digest = hashlib.sha256(b"".join(lock.read_bytes() for lock in locks)).hexdigest()
    if folder.exists() and stamp.exists() and stamp.read_text() == digest:
        return folder
    print(f"installing {name} into {folder.relative_to(FOLDER.parent)} (once) ...", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    FOLDER.mkdir(exist_ok=True)
    install(folder)
    stamp.write_text(digest)
    return folder


def _run(command: list[str], folder: Path | None = None) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise PeerMissing(f"`{' '.join(command[:3])} ...` failed: {''.join(last)}")
