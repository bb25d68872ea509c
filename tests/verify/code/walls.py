"""Every kind of isolation as every kind of user: what the tests of this folder are run against."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

from router.domain.finding import Finding
from router.verify.code import CodeTests, Limits, check_code
from router.verify.code.backends import BACKENDS
from router.verify.code.isolation import Isolation, why_not

ROOT = Path(__file__).parents[3]
QUICK = Limits(cpu_s=1, wall_s=2.5, total_s=15.0)
"""Limits for attempts that go on until they are stopped."""


class Wall:
    """One kind of isolation as the user who runs the tests."""

    def __init__(self, isolation: Isolation) -> None:
        self.isolation = isolation

    def why_not(self) -> str | None:
        return why_not(self.isolation)

    def check(self, reply: str, tests: CodeTests, limits: Limits = QUICK) -> Finding:
        return check_code(reply, tests, limits, self.isolation)

    def close(self) -> None:
        pass


class OthersWall(Wall):
    """The same as a user without privileges, in a process of its own."""

    def __init__(self, isolation: Isolation) -> None:
        super().__init__(isolation)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.verify.code.unprivileged"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def why_not(self) -> str | None:
        answer = self._ask(None)
        return answer if answer is None else str(answer)

    def check(self, reply: str, tests: CodeTests, limits: Limits = QUICK) -> Finding:
        finding = self._ask((reply, tests, limits))
        assert isinstance(finding, Finding)
        return finding

    def _ask(self, job: Any) -> Any:
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            pickle.dump((self.isolation.name, job), self._process.stdin)
            self._process.stdin.flush()
            return pickle.load(self._process.stdout)
        except (EOFError, BrokenPipeError):
            return "no process without privileges could be made"

    def close(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.wait(10)


WALLS = {b.name: (Wall, b) for b in BACKENDS}
if os.geteuid() == 0:
    WALLS |= {f"{b.name}-unprivileged": (OthersWall, b) for b in BACKENDS}
