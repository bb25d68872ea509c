"""The card of a version: what it was made from, how it did on held-back requests, why it is in force or not.

`card.json` is for programs, `card.md` for whoever has to answer for it. Values to text; must not compute a
figure that is not in the card.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

import orjson

from router.domain.kinds import Task
from router.learn.held_back import Difference, Figures, Predictor

BIAS = (
    "Selection: verdicts exist only where the router sent requests and a check could be run. What a model "
    "would have done with requests that went elsewhere, or that nothing can check, is not in these figures. "
    "Difficulty is taken out as far as it was read; a check of form passes answers that are wrong."
)


@dataclass(frozen=True, slots=True)
class Used:
    """One model and task: outcomes fitted on (`right` of `n`), those held back, and the ability that came of
    it. `usual_right` of `usual_n` is the evidence after difficulty and age are taken out; `value`, `low` and
    `high` (90%) are the ability with everything else that is known of it, 0..1."""

    model: str
    task: Task
    right: int
    n: int
    held_back: int
    usual_right: float
    usual_n: float
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Sample:
    """The rows: UTC times of first and last request, outcomes fitted on and held back, and the choices."""

    first: str
    last: str
    fitted_on: int
    held_back: int
    hold_back_share: float
    half_life_days: float | None
    simulated: bool


@dataclass(frozen=True, slots=True)
class Card:
    """Everything that is known of a version. `policy_digest` is of the folder that was in force when it was
    made, `policy_digest_with_it` of the same folder with this version: what the ledger's rows will carry."""

    written: str
    command: str
    policy_digest: str
    policy_digest_with_it: str
    evidence_digest: str
    in_force_before: str
    sample: Sample
    min_outcomes: int
    tolerance: float
    used: tuple[Used, ...]
    no_evidence: Mapping[str, int]
    figures: Mapping[Predictor, Figures]
    differences: tuple[Difference, ...]
    replaces: bool
    reason: str
    selection_bias: str = BIAS


def card_json(card: Card) -> bytes:
    """The card as indented JSON."""
    content = asdict(card)
    content["figures"] = {str(name): figures for name, figures in content["figures"].items()}
    return orjson.dumps(content, option=orjson.OPT_INDENT_2)


def card_markdown(card: Card) -> str:
    """The card for people."""
    sample = card.sample
    half_life = "none" if sample.half_life_days is None else f"{sample.half_life_days:g} days"
    lines = [
        "# Abilities learned from the ledger",
        "",
        f"- Written {card.written} by `{card.command}`",
        f"- Requests from {sample.first} to {sample.last} (UTC)"
        + (", simulated ones included" if sample.simulated else ""),
        f"- Policy {card.policy_digest}; with this version {card.policy_digest_with_it}; evidence "
        f"{card.evidence_digest}; in force before: {card.in_force_before}",
        f"- Fitted on {sample.fitted_on:,} outcomes, {sample.held_back:,} held back "
        f"({sample.hold_back_share:.0%} of requests by hash of their id); half-life: {half_life}",
        f"- **{'Put in force' if card.replaces else 'Not put in force'}**: {card.reason}",
        "",
        BIAS,
        "",
        "## Abilities",
        "",
        "| model | task | right of n | held back | right of n usual ones | ability | 90% interval |",
        "|---|---|---|---|---|---|---|",
        *map(_used_line, card.used),
        *(f"\nNo evidence: {model}, {n} outcomes of {card.min_outcomes}." for model, n in _sorted(card)),
        "",
        "## Held-back outcomes",
        "",
        *held_back_lines(card),
    ]
    return "\n".join(lines) + "\n"


def held_back_lines(card: Card) -> Iterator[str]:
    """The figures as a Markdown table, and the differences below it."""
    if not card.figures:
        yield "None of the models fitted: nothing to compare."
        return
    yield "| predictor | n | log loss | Brier | AUC | calibration error |"
    yield "|---|---|---|---|---|---|"
    for name, one in card.figures.items():
        area = "-" if one.auc is None else f"{one.auc:.3f}"
        losses = f"{one.log_loss:.4f} | {one.brier:.4f} | {area} | {one.calibration_error:.3f}"
        yield f"| {name} | {one.n:,} | {losses} |"
    yield ""
    for found in card.differences:
        yield (
            f"- {found.other}: log loss higher by {found.mean:+.4f} [{found.low:+.4f}, {found.high:+.4f}] "
            f"nats than the new abilities (n {found.n:,}, {found.requests:,} requests, 90% bootstrap)"
        )


def _used_line(used: Used) -> str:
    counts = f"{used.right} of {used.n} | {used.held_back} | {used.usual_right:.1f} of {used.usual_n:.1f}"
    return f"| {used.model} | {used.task} | {counts} | {used.value:.3f} | {used.low:.3f}-{used.high:.3f} |"


def _sorted(card: Card) -> list[tuple[str, int]]:
    return sorted(card.no_evidence.items())
