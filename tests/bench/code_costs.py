"""What a code check costs: launches of each isolation, timed one after the other, for `code_checks`."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from router.domain.kinds import Verdict
from router.verify.code import (
    Assertions,
    Calls,
    Case,
    CodeTests,
    ProgramCase,
    Programs,
    check_code,
    isolation,
)
from router.verify.code.runtime import runtime


def costs(n: int) -> list[str]:
    simple = "def f(x):\n    return x + 1"
    rows = [
        ("one function case", simple, Calls((Case("f", (1,), 2),))),
        ("one judged assertion", simple, Assertions(("assert f(1) > 1",))),
        ("five program cases", "print(int(input()) + 1)", Programs((ProgramCase("1", "2"),) * 5)),
    ]
    lines = [
        f"## Cost of a check, {n} each, one after the other",
        "",
        "| isolation | check | p50 ms | p99 ms |",
        "| --- | --- | ---: | ---: |",
    ]
    bare = [runtime().interpreter, "-I", "-S", "-c", "pass"]
    start_one = partial(subprocess.run, bare, env={}, check=True)
    lines.append(_row("none", "bare interpreter, nothing run", n, start_one))
    for probed in isolation.probe():
        if probed.isolation is None:
            lines.append(f"| {probed.name} | not available to this user here | | |")
            continue
        for title, source, tests in rows:
            wall = probed.isolation

            def run(source: str = source, tests: CodeTests = tests, wall: Any = wall) -> None:
                finding = check_code(source, tests, isolation=wall)
                assert finding.verdict is Verdict.PASSED, finding

            lines.append(_row(probed.name, title, n, run))
    busy = f"Load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    return [*lines, "", f"{busy}: read the times beside that of the bare interpreter."]


def _row(name: str, title: str, n: int, run: Callable[[], Any]) -> str:
    times = []
    for _ in range(n):
        started = time.perf_counter()
        run()
        times.append((time.perf_counter() - started) * 1000)
    times.sort()
    return f"| {name} | {title} | {times[n // 2]:.0f} | {times[min(n - 1, n * 99 // 100)]:.0f} |"
