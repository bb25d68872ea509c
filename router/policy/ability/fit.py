"""`python -m router.policy.ability.fit [--data DIR] [--write]`: harness offsets and links from what is
public.

Offsets come from `published.json` alone. Links need models with both a published score and per-question
outcomes: DIR is a folder with `outcomes/*.jsonl.gz`, one `{"source", "task", "prompt", "outcomes": {MODEL:
{"score": 0..1}}}` a line; without --data the points in `links.json` are kept. Prints every figure; --write
replaces `links.json`. Not part of the gateway: it runs when a table or the data changes.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel

from router.policy.ability import tables
from router.policy.ability.benchmarks import ASSUMED, BENCHMARKS
from router.policy.ability.links import comparable, fit_link
from router.policy.ability.offsets import OFFSET_SD, fit_offsets
from router.policy.ability.tables import Links, Offset, Point, Score

COMMAND = "python -m router.policy.ability.fit --data DIR --write"
NOTE = (
    "Offsets: ridge least squares on published.json. Points: models with a published score and public "
    "per-question outcomes, the mean of the named sets; links: those points with the assumptions of "
    "benchmarks.py as prior. A link with 0 points is the assumption alone."
)
KNOWLEDGE = ("mmlu", "arc_challenge", "openbook_qa", "commonsense_qa", "trivia_qa", "natural_qa", "gpqa")
SETS: Mapping[str, tuple[str, ...]] = {
    "AIME": ("zeroeval-gsm/gsm", "zeroeval-math-l5/math-l5"),
    "LiveCodeBench": ("zeroeval-crux/crux",),
    "GPQA Diamond": tuple(f"llmrouter/{name}" for name in KNOWLEDGE),
    "MMLU-Pro": tuple(f"llmrouter/{name}" for name in KNOWLEDGE),
    "LiveBench": ("misguided-attention/trick",),
}
"""The sets whose mean accuracy stands for a task's usual requests. Trick questions tell a slope only."""
ALIASES: Mapping[str, tuple[str, ...]] = {
    "o1-mini": ("o1-mini-2024-09-12",),
    "GPT-4o-mini": ("gpt-4o-mini-2024-07-18",),
    "Llama-3.1-8B-Instruct": ("Meta-Llama-3.1-8B-Instruct", "llama-3.1-8b-instruct"),
    "QwQ-32B": ("QwQ-32b",),
    "DeepSeek-R1": ("deepseek-r1",),
    "DeepSeek-R1-Distill-Llama-70B": ("deepseek-r1-distill-llama-70b",),
    "o3-mini (medium)": ("o3-mini",),
    "Qwen3-235B-A22B thinking": ("qwen3-235b-a22b-think",),
    "Qwen3-30B-A3B thinking": ("qwen3-30b-a3b-think",),
    "Qwen3-30B-A3B non-thinking": ("qwen3-30b-a3b-nothink",),
    "Gemini 2.5 Pro (spring 2025)": ("gemini-2.5-pro-preview-03-25",),
}
"""Names of published models in the outcome files."""


class _Outcome(BaseModel):
    score: float


class _Question(BaseModel):
    source: str
    task: str
    outcomes: Mapping[str, _Outcome]


Scored = Mapping[tuple[str, str], Sequence[float]]


def main() -> None:
    parser = argparse.ArgumentParser(description="Fit harness offsets and benchmark links.")
    parser.add_argument(
        "--data", type=Path, help="folder with outcomes/*.jsonl.gz; left out: keep the points"
    )
    parser.add_argument("--write", action="store_true", help="replace links.json")
    options = parser.parse_args()
    offsets = fit_offsets(tables.published().scores)
    points = list(tables.links().points) if options.data is None else find_points(options.data, offsets)
    result = fitted(offsets, points)
    text = written(result)
    print(text)
    if options.write:
        (Path(__file__).parent / "links.json").write_text(text, "utf-8")


def fitted(offsets: Sequence[Offset], points: Sequence[Point]) -> Links:
    """Everything `links.json` holds, from offsets and points."""
    by_family = [fit_link(family, [p for p in points if p.family == family]) for family in ASSUMED]
    return Links(
        command=COMMAND, note=NOTE, unseen_sd=OFFSET_SD, offsets=offsets, points=points, links=by_family
    )


def written(result: Links) -> str:
    """`links.json`: one row of a table a line."""
    content = result.model_dump(mode="json")
    lines = []
    for name, value in content.items():
        if isinstance(value, list):
            rows = ",\n".join(f"  {json.dumps(row)}" for row in value)
            lines.append(f' "{name}": [\n{rows}\n ]')
        else:
            lines.append(f' "{name}": {json.dumps(value)}')
    return "{\n" + ",\n".join(lines) + "\n}\n"


def find_points(data: Path, offsets: Sequence[Offset]) -> list[Point]:
    """Every model with a score of a family and outcomes on all of the family's sets."""
    scored = _outcomes(data / "outcomes")
    known = {(offset.benchmark, offset.harness): offset for offset in offsets}
    found = []
    for family, sets in SETS.items():
        for model, names in ALIASES.items():
            rows = [s for s in tables.published().scores if s.model == model and _family(s) == family]
            answers = [_answers(scored, names, name) for name in sets]
            if rows and all(answers):
                means = [sum(part) / len(part) for part in answers]
                found.append(
                    Point(
                        family=family,
                        model=model,
                        score=round(sum(comparable(row, known)[0] for row in rows) / len(rows), 4),
                        accuracy=round(sum(means) / len(means), 4),
                        n=sum(len(part) for part in answers),
                        outcomes=" + ".join(sets),
                    )
                )
    return found


def _family(score: Score) -> str:
    return BENCHMARKS[score.benchmark].family


def _answers(scored: Scored, names: Sequence[str], which: str) -> Sequence[float]:
    return next((scored[name, which] for name in names if (name, which) in scored), ())


def _outcomes(folder: Path) -> Scored:
    """Scores by model and set."""
    found: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    for question in _questions(folder):
        for model, outcome in question.outcomes.items():
            found[model, f"{question.source}/{question.task.split('/')[0]}"].append(outcome.score)
    return found


def _questions(folder: Path) -> Iterator[_Question]:
    for path in sorted(folder.glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                yield _Question.model_validate_json(line)


if __name__ == "__main__":
    main()
