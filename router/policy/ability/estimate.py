"""The abilities of a model of the catalog from everything that is known of it. Pure; runs when a policy
loads.

In order of trust: outcomes in the ledger (only chance errs), calibration prompts (they are not the
traffic), published scores (another benchmark, another harness) and the declared value, a weak prior. Trust
is a variance, not a rule: enough calibration prompts outweigh a handful of outcomes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from router.domain.ability import Abilities, Estimate, Evidence, Source, combined, counted, logit, pooled
from router.domain.kinds import Task
from router.policy.ability import tables
from router.policy.ability.benchmarks import BENCHMARKS, GENERAL
from router.policy.ability.benchmarks import weight as weight_of
from router.policy.ability.document import PublishedPart
from router.policy.ability.links import comparable, linked
from router.policy.ability.tables import Link, Offset, Score
from router.policy.catalog_document import ModelPart

CALIBRATION_SD = 0.3
"""Logits, assumed: how far a suite of calibration prompts is from being the traffic of its task."""
_DECLARED_ENDS = 0.01
"""A declared 0 or 1 is somebody's "never" or "always", not one in a thousand."""

Learned = Mapping[tuple[str, Task], Evidence]


def estimate_abilities(part: ModelPart, learned: Learned) -> Abilities:
    """An estimate for every task. Benchmark names are known (`check_benchmarks` has seen them)."""
    families = _families(part.published)
    by_task = {task: _estimate(part, task, families, learned) for task in Task}
    served = [by_task[task] for task in part.serves or Task]
    return Abilities(by_task, pooled(served, "mean over its tasks"))


def _estimate(
    part: ModelPart, task: Task, families: Mapping[str, list[PublishedPart]], learned: Learned
) -> Estimate:
    sources: list[Source] = []
    outcomes = learned.get((part.name, task))
    if outcomes is not None:
        sources.append(counted(outcomes, 0.0, f"{outcomes.n:g} ledger outcomes"))
    for run in part.calibration:
        if run.task is task:
            words = f"{run.n:g} calibration prompts ({run.suite}, {run.date})"
            sources.append(counted(Evidence(run.right, run.n), CALIBRATION_SD, words))
    sources += _published(task, families)
    return combined([*sources, _declared(part, task)])


def _declared(part: ModelPart, task: Task) -> Source:
    """The catalog's own number; its variance is that of `declared_weight` outcomes with this share right."""
    own: float | None = getattr(part.ability, task)
    value = part.ability.default if own is None else own
    words = f"declared {value:g}" + (" for every task" if own is None else "")
    bounded = min(1.0 - _DECLARED_ENDS, max(_DECLARED_ENDS, value))
    weight = part.ability.declared_weight
    variance = counted(Evidence(bounded * weight, weight), 0.0, words).variance
    return Source(logit(bounded), variance, words, prior=True)


def _published(task: Task, families: Mapping[str, list[PublishedPart]]) -> Iterator[Source]:
    """One source per family: its editions and harnesses ask the same questions, so their errors are
    averaged, not divided by their number."""
    offsets, links = _fitted()
    for family, parts in families.items():
        share = weight_of(family, task)
        if share == 0.0:
            continue
        rows = [comparable(_score(part), offsets) for part in parts]
        x = sum(value for value, _ in rows) / len(rows)
        variance = sum(spread for _, spread in rows) / len(rows)
        words = ", ".join(f"{p.benchmark} {p.score:g} ({p.harness}, {p.date})" for p in parts)
        part_of = f", counted {share:g}" if share < 1.0 else ""
        yield linked(links[family], x, variance, share, words + part_of)


def _families(parts: list[PublishedPart]) -> Mapping[str, list[PublishedPart]]:
    found: defaultdict[str, list[PublishedPart]] = defaultdict(list)
    for part in parts:
        if part.benchmark in BENCHMARKS:
            found[BENCHMARKS[part.benchmark].family].append(part)
    return dict(sorted(found.items(), key=lambda entry: entry[0] == GENERAL))  # what tells most comes first


def _score(part: PublishedPart) -> Score:
    return Score(model="", benchmark=part.benchmark, score=part.score, harness=part.harness)


def _fitted() -> tuple[Mapping[tuple[str, str], Offset], Mapping[str, Link]]:
    made = tables.links()
    offsets = {(offset.benchmark, offset.harness): offset for offset in made.offsets}
    return offsets, {link.family: link for link in made.links}
