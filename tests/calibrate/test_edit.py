"""Measured entries put into a catalog's text: comments stay, nothing else changes, odd forms are refused."""

from __future__ import annotations

import pytest

from router.calibrate.edit import Edit, edited
from router.calibrate.write import check_catalog, write_catalog
from router.domain.kinds import Task
from router.policy.problems import PolicyRejected
from router.policy.yamldoc import parse_documents
from router.policy.yamledit import CannotEdit
from tests.policy.conftest import NOW, Folder

MATH = '{suite: "s 1", task: math, right: 7, n: 9, date: 2026-11-25}  # 50-90%'
EDIT = Edit("s 1", {Task.MATH: MATH}, {Task.MATH: 1500, Task.CODE: 900})


def model(*fields: str) -> str:
    """A catalog's text with one model of these lines, and one after it."""
    lines = ["spec:", "  models:", "    - name: m", *(f"      {line}" for line in fields)]
    return "\n".join(
        [*lines, "    # the next one", "    - name: z", "      expected_output: {default: 1}", ""]
    )


def edit(text: str, change: Edit = EDIT) -> list[str]:
    (source,), problems = parse_documents("c.yaml", text.encode())
    assert not problems
    new = edited(text, source, 0, change)
    assert parse_documents("c.yaml", new.encode())[1] == []
    return [line.strip() for line in new.splitlines()[3:]]


def test_a_first_measurement_is_put_before_expected_output() -> None:
    """The remark above that field stays above it, one after a value stays there too."""
    text = model("ability: {default: 0.5}", "# how long", "expected_output: {default: 80, math: 7} # guess")
    assert edit(text) == [
        "ability: {default: 0.5}",
        "calibration:",
        f"- {MATH}",
        "# how long",
        "expected_output: {default: 80, math: 1500, code: 900} # guess",
        "# the next one",
        "- name: z",
        "expected_output: {default: 1}",
    ]


def test_a_block_mapping_is_extended_by_lines() -> None:
    """Numbers are replaced where they stand."""
    text = model("expected_output:", "  default: 80 # all", "  math: 7 # long", "endpoints: []")
    assert edit(text)[2:7] == [
        "expected_output:",
        "default: 80 # all",
        "math: 1500 # long",
        "code: 900",
        "endpoints: []",
    ]


def test_a_flow_mapping_over_two_lines_is_extended_before_its_end() -> None:
    """As the shipped catalog writes it."""
    text = model("expected_output:", "  {default: 80,", "   math: 7}", "max_output: 5")
    assert edit(text)[2:6] == ["expected_output:", "{default: 80,", "math: 1500, code: 900}", "max_output: 5"]


def test_the_same_suite_and_task_is_replaced_and_all_else_kept() -> None:
    """The same prompts asked again say nothing new; another suite or task does."""
    old = "{suite: s 1, task: math, right: 1, n: 9, date: 2026-01-01}"
    code = "{suite: s 1, task: code, right: 1, n: 9, date: 2026-01-01}"
    other = "{suite: s 2, task: math, right: 1, n: 9, date: 2026-01-01}"
    text = model(
        "calibration:",
        f"  - {old}",
        "  # kept",
        f"  - {code}",
        f"  - {other}",
        "expected_output: {default: 1}",
    )
    assert edit(text)[:5] == ["calibration:", "# kept", f"- {code}", f"- {other}", f"- {MATH}"]


def test_what_is_edited_twice_is_as_edited_once() -> None:
    """Entries do not pile up."""
    text = model("expected_output: {default: 80}")
    (source,), _ = parse_documents("c.yaml", text.encode())
    once = edited(text, source, 0, EDIT)
    (again,), _ = parse_documents("c.yaml", once.encode())
    assert edited(once, again, 0, EDIT) == once


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (["calibration: [{suite: a, task: math, right: 1, n: 2}]", "expected_output: {default: 1}"],
         "calibration is written on one line"),
        (['"expected_output": {default: 1}'], "expected_output does not begin a line of its own"),
    ],
)  # fmt: skip
def test_forms_that_are_not_edited_are_refused(fields: list[str], said: str) -> None:
    """Rather than guessed at."""
    with pytest.raises(CannotEdit, match=said):
        edit(model(*fields))


def test_a_catalog_is_written_only_if_its_folder_is_still_good(folder: Folder) -> None:
    """A change that the folder's check refuses leaves the file as it was, to the byte."""
    catalog = folder.path / "catalog.yaml"
    before = catalog.read_bytes()
    wrong = Edit("s", {Task.MATH: "{suite: s, task: math, right: 9, n: 2, date: 2026-11-25}"}, {})
    with pytest.raises(PolicyRejected, match="right must not be more than n"):
        write_catalog(catalog, "thinker", wrong, folder.env, NOW)
    check_catalog(catalog, "thinker", folder.env, NOW)
    assert catalog.read_bytes() == before
    assert [path.name for path in folder.path.iterdir() if path.name.startswith(".")] == []


def test_what_is_written_is_in_force(folder: Folder) -> None:
    """The ability's provenance names the prompts; the expected output is the measured one."""
    write_catalog(folder.path / "catalog.yaml", "thinker", EDIT, folder.env, NOW)
    found = folder.load().catalog.models["thinker"]
    assert "9 calibration prompts (s 1, 2026-11-25)" in found.ability_for(Task.MATH).provenance
    assert (found.output_for(Task.MATH), found.output_for(Task.CODE)) == (1500, 900)


def test_a_model_without_an_entry_is_refused(folder: Folder) -> None:
    """With the names that have one."""
    with pytest.raises(CannotEdit, match="add its entry first; did you mean 'thinker'"):
        write_catalog(folder.path / "catalog.yaml", "thinkers", EDIT, folder.env, NOW)
