"""`make bench`: direct, bare pass-through, Tiergate, LiteLLM's proxy and Portkey's gateway, in one run.

Prints the tables and, with --write, puts them into RESULTS.md between its two marker lines. Exit code 1 if
any answer was wrong or Tiergate's ledger does not hold exactly the rows of what was answered: such figures
are void. Missed targets do not fail the run; they are printed.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench import report, systems, tiergate
from tests.bench.peers import PeerMissing
from tests.bench.rounds import Samples, measure

RESULTS = systems.HERE / "RESULTS.md"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
NAMES = ("direct", "pass-through", "tiergate", "litellm", "portkey")


def main() -> int:
    options = _options()
    if len(os.sched_getaffinity(0)) < 2 or shutil.which("taskset") is None:
        print("the bench needs two cores and the taskset command (util-linux)")
        return 1
    with tempfile.TemporaryDirectory(prefix="tiergate-bench-") as name:
        return _bench(options, Path(name))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure Tiergate beside its peers.")
    parser.add_argument("--rounds", type=int, default=5, help="alternations, default 5")
    parser.add_argument("--seconds", type=float, default=4.0, help="length of one measurement, default 4")
    parser.add_argument("--port", type=int, default=18100, help="first of ten loopback ports, default 18100")
    parser.add_argument("--only", nargs="+", choices=NAMES, default=NAMES, help="systems, default all")
    parser.add_argument("--write", action="store_true", help="put the tables into RESULTS.md")
    return parser.parse_args()


def _bench(options: argparse.Namespace, folder: Path) -> int:
    upstream = systems.start_upstream(options.port, folder)
    running: list[systems.Running] = [upstream]
    try:
        started = _start_all(options, upstream.plan.base_url, folder)
        running += started
        ledger = _Ledger(folder)
        samples = measure(started, options.rounds, options.seconds, ledger.after)
        decide = _decide(folder)
    finally:
        for one in reversed(running):
            one.stop()
    found = report.tables(samples, started, decide)
    notes = _notes(options, started, samples, decide, ledger)
    _show(found, notes)
    if options.write:
        _write(found, notes)
    return 1 if samples.wrong or not ledger.exact(samples) else 0


def _start_all(options: argparse.Namespace, upstream: str, folder: Path) -> list[systems.Running]:
    port = options.port
    plans: dict[str, Callable[[], systems.Plan]] = {
        "direct": lambda: systems.direct(upstream),
        "pass-through": lambda: systems.pass_through(upstream, port + 1),
        "tiergate": lambda: tiergate.plan(upstream, port + 2, folder),
        "litellm": lambda: systems.litellm(upstream, port + 3, folder),
        "portkey": lambda: systems.portkey(upstream, port + 4),
    }
    started: list[systems.Running] = []
    for name, plan in plans.items():
        if name not in options.only:
            continue
        try:
            started.append(systems.start(plan(), folder))
        except (PeerMissing, systems.DidNotStart, subprocess.CalledProcessError) as error:
            print(f"SKIPPED {name}: {getattr(error, 'stderr', None) or error}")
            continue
        if started[-1].streams:
            print(f"{name} is not measured streaming: {started[-1].streams[:200]}")
    return started


class _Ledger:
    """Follows Tiergate's ledger: waits for it after each turn, counts it at the end."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.slowest_s = 0.0
        self.count: tiergate.LedgerCount | None = None

    def after(self, name: str, samples: Samples) -> None:
        """Not part of any figure but told: rows that are still on their way when the load has ended."""
        if name == "tiergate":
            waited = tiergate.catch_up(self._folder, _asked(samples))
            self.slowest_s = max(self.slowest_s, waited)

    def exact(self, samples: Samples) -> bool:
        if not samples.answered.get("tiergate"):
            return True
        self.count = tiergate.count(self._folder, _asked(samples))
        return self.count.exact


def _asked(samples: Samples) -> int:
    return samples.answered["tiergate"] + 2  # the two requests that showed it was ready


def _decide(folder: Path) -> report.DecideFigures | None:
    """In a process of its own on the systems' core; None when Tiergate is not part of this run."""
    if not (folder / "policies").exists():
        return None
    script = [*systems.module("decide_bench"), str(folder / "policies")]
    done = subprocess.run(
        ["taskset", "-c", str(systems.SYSTEM_CORE), *script],
        cwd=systems.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        print(f"SKIPPED classify + decide: {done.stderr.strip().splitlines()[-1]}")
        return None
    figures = json.loads(done.stdout)
    chained = report.DecideFigures(**figures.pop("chained"))
    return report.DecideFigures(**figures, chained=chained)


def _notes(
    options: argparse.Namespace,
    started: list[systems.Running],
    samples: Samples,
    decide: report.DecideFigures | None,
    ledger: _Ledger,
) -> list[str]:
    names = ("tiergate", "uvicorn", "httptools", "uvloop", "orjson")
    versions = ", ".join([*(f"{name} {version(name)}" for name in names), *_node()])
    notes = [
        f"{datetime.now(UTC):%Y-%m-%d}, {_machine()}, Linux {platform.release()}, Python "
        f"{platform.python_version()}, {versions}.",
        f"{options.rounds} rounds of {options.seconds:g} s per system and load, interleaved; system under "
        "measurement on one core, upstream and load generator on the other.",
    ]
    if decide is not None:
        notes.append(f"classify + decide alone: p50 {decide.p50_us:.0f} us, p99 {decide.p99_us:.0f} us.")
    if decide is not None and decide.chained is not None:
        chained = decide.chained
        notes.append(
            f"The same where every rule checks before the reply: p50 {chained.p50_us:.0f} us, p99 "
            f"{chained.p99_us:.0f} us."
        )
    if samples.answered.get("tiergate"):
        exact = "exact" if ledger.exact(samples) else "NOT EXACT: this run is void"
        notes.append(
            f"Ledger, {exact}: {ledger.count}; the last row was in it at most {ledger.slowest_s:.1f} s after "
            "a load had ended."
        )
    notes += [
        f"{one.plan.title} is not measured streaming: {one.streams[:160]}" for one in started if one.streams
    ]
    missing = sorted(set(options.only) - {one.plan.name for one in started})
    notes += [f"Not in this run: {', '.join(missing)}."] if missing else []
    notes += [f"VOID, wrong answers from {name}: {what[:300]}" for name, what in samples.wrong.items()]
    return notes


def _node() -> list[str]:
    """What Portkey's gateway runs on."""
    if shutil.which("node") is None:
        return []
    done = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True)
    return [f"Node {done.stdout.strip().removeprefix('v')}"]


def _machine() -> str:
    info = Path("/proc/cpuinfo").read_text()
    model = next((line.split(":")[1].strip() for line in info.splitlines() if "model name" in line), "?")
    return f"{os.cpu_count()} cores of {model}"


def _show(found: list[report.Table], notes: list[str]) -> None:
    console = Console(width=max(150, Console().width))
    for table in found:
        shown = Table(title=table.title, title_justify="left")
        for number, column in enumerate(table.columns):
            shown.add_column(column, justify="left" if number < table.text_columns else "right")
        for row in table.rows:
            shown.add_row(*row)
        console.print(shown)
    for note in notes:
        console.print(note, soft_wrap=True, highlight=False)


def _write(found: list[report.Table], notes: list[str]) -> None:
    parts = [f"### {table.title}\n\n{report.markdown(table)}" for table in found]
    parts.append("\n".join(f"- {note}" for note in notes))
    block = "\n\n".join(parts)
    before, rest = RESULTS.read_text().split(BEGIN)
    after = rest.split(END)[1]
    RESULTS.write_text(f"{before}{BEGIN}\n\n{block}\n\n{END}{after}")
    print(f"written to {RESULTS.relative_to(systems.ROOT)}")


if __name__ == "__main__":
    sys.exit(main())
