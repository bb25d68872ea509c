"""Measures all systems in interleaved rounds and keeps every sample.

Why interleaved: the machine's noise changes over minutes; it then hits all systems alike, and medians over
rounds can be compared. The order of systems turns by one each round, so none always follows the same one.
"""

import json
import statistics
import subprocess
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field

from tests.bench import prompts
from tests.bench.load import Job, Result
from tests.bench.systems import LOAD_CORE, ROOT, Running, module

CONCURRENCIES = (1, 16, 64)
STREAMS = 16


@dataclass(frozen=True, slots=True)
class Sample:
    """One system, one load, one round; `cpu_us` is CPU time per answer over all its processes."""

    result: Result
    cpu_us: float


@dataclass(slots=True)
class Samples:
    """All samples by (system, load); a load is a concurrency, or "stream"."""

    by_load: dict[tuple[str, int | str], list[Sample]] = field(default_factory=lambda: defaultdict(list))
    answered: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    wrong: dict[str, str] = field(default_factory=dict)

    def median(self, system: str, load: int | str, pick: Callable[[Sample], float]) -> float | None:
        found = self.by_load.get((system, load))
        return statistics.median(map(pick, found)) if found else None

    def spread(
        self, system: str, load: int | str, pick: Callable[[Sample], float]
    ) -> tuple[float, float] | None:
        found = [pick(sample) for sample in self.by_load.get((system, load), ())]
        return (min(found), max(found)) if found else None

    def added(self, system: str, load: int | str, pick: Callable[[Sample], float]) -> float | None:
        """The median over rounds of a figure minus that of the direct way in the same round."""
        mine, base = self.by_load.get((system, load)), self.by_load.get(("direct", load))
        if not mine or not base:
            return None
        return statistics.median(pick(a) - pick(b) for a, b in zip(mine, base, strict=True))


def measure(
    systems: Sequence[Running], rounds: int, seconds: float, after: Callable[[str, Samples], None]
) -> Samples:
    """Run all rounds. `after` is called when a system has had its turn, before it is paused."""
    samples = Samples()
    for running in systems:
        running.pause()
    for number in range(rounds):
        turn = number % len(systems)
        for running in [*systems[turn:], *systems[:turn]]:
            print(f"round {number + 1}/{rounds}  {running.plan.title} ...", flush=True)
            running.resume()
            for concurrency in CONCURRENCIES:
                _one(running, concurrency, seconds, samples, stream=False)
            if not running.streams:
                _one(running, STREAMS, seconds, samples, stream=True)
            after(running.plan.name, samples)
            running.pause()
    return samples


def _one(running: Running, concurrency: int, seconds: float, samples: Samples, *, stream: bool) -> None:
    plan = running.plan
    job = Job(
        url=plan.url,
        headers=plan.headers,
        body=prompts.body(plan.model, stream=stream),
        marker="word <" if stream else "bench-7f3a",
        number_at=prompts.NUMBER,
        concurrency=concurrency,
        seconds=seconds,
        stream=stream,
    )
    before = running.cpu_seconds()
    result = _load(job)
    cpu_us = (running.cpu_seconds() - before) / max(1, result.answered) * 1e6
    samples.by_load[plan.name, "stream" if stream else concurrency].append(Sample(result, cpu_us))
    samples.answered[plan.name] += result.answered
    if result.wrong:
        samples.wrong.setdefault(plan.name, f"{result.wrong} wrong, first: {result.first_wrong}")


def _load(job: Job) -> Result:
    """In a process of its own, on the load generator's core."""
    done = subprocess.run(
        ["taskset", "-c", str(LOAD_CORE), *module("load")],
        cwd=ROOT,
        input=json.dumps(asdict(job)),
        capture_output=True,
        text=True,
        check=True,
    )
    return Result(**json.loads(done.stdout))
