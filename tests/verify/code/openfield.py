"""Runs an attempt without any wall, to show that it would get out: an attempt that cannot proves nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

_HARNESS = """
import json, os, sys
pipe, job = int(sys.argv[1]), json.loads(sys.stdin.read())
os.dup2(pipe, 3)
space = {}
exec(job["source"], space)
os.write(3, json.dumps({"value": space["attempt"](job["target"])}).encode())
"""


def attempt(source: str, target: Any, folder: Path) -> Any:
    """What the attempt returned, or None."""
    read, write = os.pipe()
    try:
        subprocess.run(
            [sys.executable, "-I", "-c", _HARNESS, str(write)],
            input=json.dumps({"source": source, "target": target}).encode(),
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(write,),
            timeout=60,
            check=False,
        )
    finally:
        os.close(write)
    with os.fdopen(read, "rb") as pipe:
        answer = pipe.read()
    return json.loads(answer)["value"] if answer else None
