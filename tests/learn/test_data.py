"""Reading outcome files: what is right is read, what is wrong is said by file and line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from router.learn.answers import tabulate
from router.learn.data import BadData, read_folder

GOOD = {"prompt": "1+1?", "outcomes": {"a": {"score": 1}, "b": {"score": 0.5, "out_chars": 9}}}


def folder(path: Path, *lines: object, name: str = "set.jsonl") -> Path:
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    (path / name).write_text(text + "\n")
    return path


def test_source_and_task_default_to_the_file(tmp_path: Path) -> None:
    """A line needs a prompt and outcomes, nothing else."""
    (one,) = read_folder(folder(tmp_path, GOOD))
    assert (one.source, one.task) == ("set", "set")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{nonsense", r"set\.jsonl:2: is not JSON"),
        ({"outcomes": {"a": {"score": 1}}}, r"set\.jsonl:2: prompt: Field required"),
        ({"prompt": "x", "outcomes": {}}, r"set\.jsonl:2: outcomes: "),
        ({"prompt": "x", "outcomes": {"a": {"score": 2}}}, r"set\.jsonl:2: outcomes\.a\.score: .* less than"),
        ({"prompt": "x", "outcomes": {"a": {"score": "yes"}}}, r"set\.jsonl:2: outcomes\.a\.score: "),
        ({"prompt": "x", "outcomes": {"a": {"score": 1, "out_chars": -1}}}, r"out_chars: "),
        ([1, 2], r"set\.jsonl:2: the line: "),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: object, said: str) -> None:
    """File, line, field and what would be right."""
    with pytest.raises(BadData, match=said):
        read_folder(folder(tmp_path, GOOD, line))


def test_a_folder_without_outcome_files_is_said_so(tmp_path: Path) -> None:
    """Missing and empty folders, and a gzip file that is none."""
    with pytest.raises(BadData, match="holds no"):
        read_folder(tmp_path)
    with pytest.raises(BadData, match="is no folder"):
        read_folder(tmp_path / "absent")
    (tmp_path / "broken.jsonl.gz").write_bytes(b"no gzip")
    with pytest.raises(BadData, match=r"broken\.jsonl\.gz: cannot be read"):
        read_folder(tmp_path)


def test_one_prompt_is_one_row_however_often_it_stands(tmp_path: Path) -> None:
    """Outcomes of the same prompt in two files lie side by side; a model asked twice has its mean."""
    folder(tmp_path, GOOD, name="one.jsonl")
    again = {"prompt": "1+1?", "outcomes": {"b": {"score": 1.0}, "c": {"score": 0.0}}}
    folder(tmp_path, again, {"prompt": "2+2?", "outcomes": {"a": {"score": 1}}}, name="two.jsonl")
    answers = tabulate(read_folder(tmp_path))
    assert answers.prompts == ("1+1?", "2+2?")
    assert answers.models == ("a", "b", "c")
    assert answers.scores[0].tolist() == [1.0, 0.75, 0.0]
    assert np.isnan(answers.scores[1, 1:]).all()
    assert {source: rows.tolist() for source, rows in answers.rows.items()} == {"one": [0], "two": [0, 1]}
    assert answers.chars[0, 1] == 9
