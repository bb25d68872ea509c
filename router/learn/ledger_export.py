"""Recorded verdicts with stored prompts -> the outcome file that `tiergate train --data` reads (`data.py`).

One question a request: its last user text, its task, and of each model that answered it the share of its
checked answers that passed. Requests of restricted data never leave the ledger. Prompts are there only where
`TIERGATE_STORE_PROMPTS` was on. Must not fit anything.
"""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import BinaryIO, cast

import orjson
from sqlalchemy import Engine, Row, Select, select

from router.domain.kinds import DataClass, Verdict
from router.learn.ledger_evidence import Window, known_verdict
from router.record.tables import attempts, prompts, requests

SOURCE = "ledger"
_PAGE = 2_000
_OWNER_ONLY = 0o600
_LedgerRow = Row[str, str | None, str, str | None, str | None, str, str]


@dataclass(slots=True)
class Exported:
    """Requests written, refused because their data is restricted, and without a stored prompt or any text in
    it, or without the key; outcomes written by model."""

    written: int = 0
    restricted: int = 0
    without_prompt: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)


Opener = Callable[[str, str], str | None]
"""The text of a request's sealed prompt; None: it cannot be opened here."""


def export(engine: Engine, window: Window, out: Path, opener: Opener) -> Exported:
    """Writes `out` (gzip if its name ends in .gz), readable by its owner only, whole or not at all. Raises
    OSError, SQLAlchemyError."""
    counts = Exported()
    with _replacing(out) as file, engine.connect().execution_options(yield_per=_PAGE) as connection:
        rows = connection.execute(_query(window))
        for _, group in groupby(rows, key=lambda row: row[0]):
            line = _question(list(group), counts, opener)
            if line is not None:
                file.write(line)
    return counts


def _query(window: Window) -> Select[str, str | None, str, str | None, str | None, str, str]:
    plain = requests.c.prompt  # of earlier versions
    columns = (requests.c.id, requests.c.task, requests.c.data_class, plain, prompts.c.sealed)
    verdict = known_verdict().label("known")
    query = (
        select(*columns, attempts.c.model, verdict)
        .join(requests, requests.c.id == attempts.c.request_id)
        .outerjoin(prompts, prompts.c.request_id == requests.c.id)
        .where(
            requests.c.started_us >= window.since_us,
            requests.c.started_us < window.until_us,
            verdict.is_not(None),
        )
        .order_by(requests.c.id, attempts.c.n)
    )
    return query if window.simulated else query.where(attempts.c.simulated.is_(False))


def _question(rows: list[_LedgerRow], counts: Exported, opener: Opener) -> bytes | None:
    request_id, task, data_class, prompt, sealed, _, _ = rows[0]
    if data_class == DataClass.RESTRICTED:
        counts.restricted += 1
        return None
    if sealed is not None:
        prompt = opener(request_id, sealed)
    text = asked(prompt) if prompt is not None else ""
    if not text:
        counts.without_prompt += 1
        return None
    scores = _scores(rows)
    counts.written += 1
    for model in scores:
        counts.outcomes[model] = counts.outcomes.get(model, 0) + 1
    outcomes = {model: {"score": score} for model, score in scores.items()}
    question = {"source": SOURCE, "task": task or "other", "prompt": text, "outcomes": outcomes}
    return orjson.dumps(question) + b"\n"


def _scores(rows: list[_LedgerRow]) -> Mapping[str, float]:
    """Share of each model's checked answers to one request that passed."""
    found: dict[str, list[float]] = {}
    for *_, model, verdict in rows:
        found.setdefault(model, []).append(float(verdict == Verdict.PASSED))
    return {model: sum(scores) / len(scores) for model, scores in found.items()}


def asked(prompt: str) -> str:
    """The text of the last user message of stored messages (JSON text); empty where there is none."""
    try:
        messages = orjson.loads(prompt)
    except orjson.JSONDecodeError:
        return ""
    if not isinstance(messages, list):
        return ""
    texts = (_text(m.get("content")) for m in messages if isinstance(m, dict) and m.get("role") == "user")
    return next((text for text in reversed(list(texts)) if text), "")


def _text(content: object) -> str:
    """Plain text, or the text parts of a message that has parts."""
    if isinstance(content, str):
        return content.strip()
    if not isinstance(content, list):
        return ""
    parts = (part.get("text") for part in content if isinstance(part, dict) and part.get("type") == "text")
    return "\n".join(part for part in parts if isinstance(part, str)).strip()


@contextmanager
def _replacing(out: Path) -> Iterator[BinaryIO]:
    """A file beside `out` that takes its place when everything is written, and goes away otherwise."""
    partial = out.with_name(f".{out.name}.{os.getpid()}.partial")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    try:
        with os.fdopen(handle, "wb") as plain:
            if out.name.endswith(".gz"):
                with gzip.GzipFile(fileobj=plain, mode="wb", filename="", mtime=0) as packed:
                    yield cast(BinaryIO, packed)
            else:
                yield plain
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)
