"""A world in which it is known who gets what right: the truth that measurements are held against."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path

MODELS = {"tiny": -1.2, "minor": -0.6, "middle": 0.0, "major": 0.6, "grand": 1.2, "huge": 1.8}
"""Model -> ability in logits; a question of difficulty 0 is got right by `middle` half of the time."""
HARD = ("prove", "integral", "manifold", "lemma", "eigenvalue", "galois")
EASY = ("apples", "count", "sum", "shop", "buys", "left")


def question(dice: random.Random, number: int) -> tuple[str, float]:
    """A text, and its difficulty in logits: each hard word adds to it, each easy one takes from it. Few are so
    hard that all models fail, so that the gain of a better one mostly grows with difficulty."""
    words = [dice.choice(HARD if dice.random() < 0.35 else EASY) for _ in range(6)]
    difficulty = sum(0.7 if word in HARD else -0.7 for word in words)
    return f"Question {number}: {' '.join(words)} please.", difficulty


def write_world(folder: Path, questions: int, seed: int = 0, source: str = "world") -> Path:
    """`folder` with one outcome file."""
    dice = random.Random(seed)
    folder.mkdir(parents=True, exist_ok=True)
    with gzip.open(folder / f"{source}.jsonl.gz", "wt") as lines:
        for number in range(questions):
            prompt, difficulty = question(dice, number)
            outcomes = {
                model: {
                    "score": float(dice.random() < 1 / (1 + 2.718281828 ** (difficulty - ability))),
                    "out_chars": dice.randint(200, 400),
                }
                for model, ability in MODELS.items()
            }
            task = "proofs" if difficulty > 0 else "shopping"
            row = {"source": source, "task": task, "prompt": prompt, "outcomes": outcomes}
            lines.write(json.dumps(row) + "\n")
    return folder
