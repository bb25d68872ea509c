"""Verdicts with stored prompts as outcomes to train on: readable by `read_folder`, nothing restricted."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from sqlalchemy import Engine

from router.learn.data import read_folder
from router.learn.ledger_evidence import Window
from router.learn.ledger_export import asked, export
from tests.learn.ledger import build

ALL = Window(0, build.NOW_US)


def stored(text: str) -> str:
    return orjson.dumps([{"role": "system", "content": "s"}, {"role": "user", "content": text}]).decode()


def nothing(request_id: str, sealed: str) -> None:
    """No key is here."""


def rows() -> list[build.Rows]:
    """Escalated (small failed, big passed twice of three), restricted, and without a prompt."""
    request, (first,) = build.row("small", False, prompt=stored("Solve x."))
    tried = [first] + [
        replace(first, n=2 + i, model="big", verdict=v) for i, v in enumerate(("failed", "passed", "passed"))
    ]
    return [
        (request, tried),
        build.row("big", True, prompt=stored("secret"), data_class="restricted"),
        build.row("big", True),
    ]


@pytest.mark.parametrize("name", ["out.jsonl", "out.jsonl.gz"])
def test_train_reads_what_is_written(both: Engine, tmp_path: Path, name: str) -> None:
    """One question a request, a score per model, on SQLite and PostgreSQL; what was left out is counted."""
    build.fill(both, rows())
    folder = tmp_path / "out"
    folder.mkdir()
    done = export(both, ALL, folder / name, nothing)
    assert (done.written, done.restricted, done.without_prompt) == (1, 1, 1)
    assert done.outcomes == {"small": 1, "big": 1}
    (question,) = read_folder(folder)
    assert (question.prompt, question.source, question.task) == ("Solve x.", "ledger", "math")
    assert {model: outcome.score for model, outcome in question.outcomes.items()} == {
        "small": 0.0,
        "big": pytest.approx(2 / 3),
    }


def test_no_restricted_text_reaches_the_disk_and_only_the_owner_reads_it(
    ledger: Engine, tmp_path: Path
) -> None:
    """Prompts are personal: mode 600; a refused row leaves no trace in the file."""
    build.fill(ledger, rows())
    out = tmp_path / "o.jsonl"
    export(ledger, ALL, out, nothing)
    assert b"secret" not in out.read_bytes()
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("prompt", "text"),
    [
        (stored("hello"), "hello"),
        ('[{"role":"user","content":"a"},{"role":"assistant"},{"role":"user","content":" c "}]', "c"),
        ('[{"role":"user","content":[{"type":"text","text":"a"},{"type":"image_url"},{"type":"text","text":"b"}]}]',
         "a\nb"),
        ('[{"role":"system","content":"a"}]', ""),
        ('{"role":"user"}', ""),
        ("no json", ""),
    ],
)  # fmt: skip
def test_the_last_users_text_is_the_question(prompt: str, text: str) -> None:
    """Of whatever form an app may have sent; without any text there is no question."""
    assert asked(prompt) == text
