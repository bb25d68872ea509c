"""What `tiergate learn` says on the terminal. Values to text; every figure names its n."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import orjson

from router.learn.refit_card import Card, Used
from router.learn.refit_run import Result
from router.learn.versions import Versions
from router.policy.table import aligned


def told(result: Result, min_outcomes: int) -> str:
    """A run's result."""
    lines: list[str] = []
    if result.card is not None:
        lines += [*_card_lines(result.card), ""]
    for model, n in sorted(result.no_evidence.items()):
        lines.append(f"{model}: no evidence, {n:,} checked outcomes of {min_outcomes}; left as it was")
    if result.version is None:
        return "\n".join([*lines, f"nothing was written or replaced: {result.reason}"])
    where = f"version {result.version}"
    done = f"{where} is in force" if result.replaced else f"{where} was written, nothing was replaced"
    return "\n".join([*lines, f"{done}: {result.reason}"])


def version_lines(versions: Versions, names: Sequence[str], in_force: str) -> Iterator[str]:
    """A table of all versions."""
    if not names:
        yield "no versions yet: `tiergate learn` writes them"
        return
    rows = []
    for name in names:
        mark = "in force" if name == in_force else ""
        rows.append([name, *_known(versions.path(name) / "card.json", mark)])
    yield from aligned(["version", "written", "fitted on", "held back", "digest", "", "judged"], rows)


def _known(file: Path, mark: str) -> list[str]:
    """A version's line from its card; without a card that can be read, the version counts all the same."""
    try:
        card = orjson.loads(file.read_bytes())
        sample = card["sample"]
        counts = [f"{sample['fitted_on']:,}", f"{sample['held_back']:,}"]
        return [card["written"], *counts, card["evidence_digest"], mark, card["reason"]]
    except (OSError, orjson.JSONDecodeError, KeyError, TypeError):
        return ["-", "-", "-", "-", mark, "its card.json is missing or damaged"]


def _card_lines(card: Card) -> Iterator[str]:
    yield f"requests from {card.sample.first} to {card.sample.last}"
    head = ["model", "task", "right of n", "held back", "usual ones", "ability", "90% interval"]
    yield from aligned(head, map(_row, card.used))
    if card.figures:
        yield ""
        yield from aligned(
            ["held-back outcomes", "n", "log loss", "Brier", "AUC", "calibration"], _figures(card)
        )
        for found in card.differences:
            yield (
                f"new abilities against {found.other}: {found.mean:+.4f} "
                f"[{found.low:+.4f}, {found.high:+.4f}] nats better (n {found.n:,}, 90% bootstrap)"
            )
        for found in card.differences:
            if found.high < 0.0:
                yield f"NOTE: {found.other} predicts better than the new abilities on these requests"


def _row(used: Used) -> list[str]:
    return [
        used.model,
        used.task,
        f"{used.right:,} of {used.n:,}",
        f"{used.held_back:,}",
        f"{used.usual_right:,.1f} of {used.usual_n:,.1f}",
        f"{100 * used.value:.1f}%",
        f"{100 * used.low:.1f}-{100 * used.high:.1f}%",
    ]


def _figures(card: Card) -> Iterator[list[str]]:
    for name, one in card.figures.items():
        area = "-" if one.auc is None else f"{one.auc:.3f}"
        yield [
            name,
            f"{one.n:,}",
            f"{one.log_loss:.4f}",
            f"{one.brier:.4f}",
            area,
            f"{one.calibration_error:.3f}",
        ]
