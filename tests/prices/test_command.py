"""`tiergate prices` as whoever answers for the book runs it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from router.prices.command import prices
from tests.policy.conftest import Folder

DECEMBER = datetime(2027, 12, 2, tzinfo=UTC)
MAP = {
    "big-v1": {
        "input_cost_per_token": 1.5e-06,
        "output_cost_per_token": 1e-05,
        "input_cost_per_token_priority": 3e-06,
        "output_cost_per_token_priority": 2e-05,
    }
}
Run = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    path = tmp_path / "policies"
    path.mkdir()
    return Folder(path)


@pytest.fixture
def run(folder: Folder, tmp_path: Path) -> Run:
    source = tmp_path / "map.json"
    source.write_text(json.dumps(MAP))

    def invoke(verb: str, *arguments: str, mapped: bool = True) -> Result:
        also = ["--file", str(source), "--map", "big=big-v1"] if mapped else []
        return CliRunner().invoke(prices, [verb, "--policy", str(folder.path), *also, *arguments])

    return invoke


def _rows(result: Result) -> list[str]:
    return [" ".join(line.split()) for line in result.output.splitlines()]


def test_diff_shows_drift_and_says_so_by_its_exit_code(run: Run) -> None:
    """Old, new and the share; what the source does not state is no drift."""
    result = run("diff")
    assert result.exit_code == 2, result.output
    rows = _rows(result)
    assert "big all input 1.25 1.50 +20.0%" in rows
    assert "big priority output - 20.00 new" in rows
    assert not any("cache_read" in row for row in rows)
    assert any(row.startswith("not in map.json, left as they are: thinker") for row in rows)


def test_import_prints_a_patch_and_writes_nothing(run: Run, folder: Folder) -> None:
    """The old row ends where its successor starts, and everything else stays as it was written."""
    before = (folder.path / "prices.yaml").read_text()
    result = run("import", "--from", "2027-12-01")
    assert result.exit_code == 2, result.output
    assert "+      valid_to: 2027-12-01" in result.output and '+  version: "' in result.output
    assert (folder.path / "prices.yaml").read_text() == before


def test_import_writes_a_book_that_loads_and_then_shows_no_drift(run: Run, folder: Folder) -> None:
    """Before the day the old price holds, from it on the new one; comments stay."""
    folder.edit("prices", "  prices:\n", "  # Ask procurement before you change one.\n  prices:\n")
    result = run("import", "--from", "2027-12-01", "--version", "v8", "--write")
    assert result.exit_code == 0, result.output
    text = (folder.path / "prices.yaml").read_text()
    assert "# Ask procurement" in text
    book = folder.load().prices
    old, new = (
        book.find("big", "big-us", datetime(2027, 11, 30, tzinfo=UTC)),
        book.find("big", "big-us", DECEMBER),
    )
    assert old is not None and new is not None and book.version == "v8"
    assert (old.rates.input, new.rates.input, new.rates.cache_read) == (1_250_000, 1_500_000, 125_000)
    priority = new.applied(1, DECEMBER, "priority")
    assert priority is not None and priority.rates.output == 20_000_000
    assert "map.json price map, entry big-v1, sha256 " in new.source


def test_a_negotiated_price_stays_and_its_list_price_moves(run: Run, folder: Folder) -> None:
    """What was agreed is nobody else's to change; a service tier that was not agreed is not added."""
    listed = "      list: {input: 1.4, output: 10, source: price list}\n      valid_from: 2025-01-01\n"
    folder.edit("prices", "      valid_from: 2025-01-01\n", listed)
    assert run("import", "--from", "2027-12-01", "--write").exit_code == 0
    price = folder.load().prices.find("big", "big-us", DECEMBER)
    assert price is not None
    assert (price.rates.input, price.listed.input, price.variants) == (1_250_000, 1_500_000, None)
    assert price.source == "price list"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--from", "2025-01-01"), "its successor must start later; give --from"),
        (("--map", "bog=big-v1"), "did you mean 'big'"),
        (("--map", "big=none"), "has no entry 'none'"),
        (("--file", "/nowhere/map.json"), "No such file"),
    ],
)
def test_what_cannot_be_done_is_said(run: Run, arguments: tuple[str, ...], said: str) -> None:
    """One clear line, exit code 1, and the book as it was."""
    result = run("import", *arguments)
    assert (result.exit_code, said in result.output) == (1, True), result.output


def _check(run: Run, *arguments: str) -> tuple[int, str]:
    result = run("check", "--stale", "3650", *arguments, mapped=False)
    return result.exit_code, result.output


def test_check_is_silent_on_a_good_book(run: Run) -> None:
    """Exit code 0 and one line."""
    assert _check(run) == (0, _check(run)[1])
    assert "nothing to look at" in _check(run)[1]


@pytest.mark.parametrize(
    ("old", "new", "code", "said"),
    [
        (
            "valid_from: 2025-01-01\n",
            "valid_from: 2025-01-01\n      valid_to: {soon}\n",
            1,
            "has no price from",
        ),
        ("input: 1.25", "input: 1250", 2, "above 1,000 US dollars per million tokens"),
        ("input: 1.25", "input: 0.000125", 2, "below 0.001"),
        ('output: "10.00"', "output: 1", 2, "output is cheaper than input"),
        ("cache_read: 0.125", "cache_read: 2", 2, "cache_read is dearer than input"),
        ("cache_read: 0.125", "cache_read: 0.1\n      cache_write: 0.01", 2, "cache_write is cheaper"),
        (
            "cache_read: 0.125",
            "list: {input: 1, output: 10, source: x}",
            2,
            "input is above its list price",
        ),
    ],
)
def test_check_finds_what_is_to_be_looked_at(
    run: Run, folder: Folder, old: str, new: str, code: int, said: str
) -> None:
    """Each finding names the line; a price that is missing or ends soon is worse than a doubtful one."""
    soon = datetime.now(UTC).date() + timedelta(days=200)
    folder.edit("prices", old, new.replace("{soon}", str(soon)))
    found = _check(run, "--soon", "400")
    assert (found[0], said in found[1]) == (code, True), found
    assert "prices.yaml:" in found[1] or "catalog.yaml:" in found[1]


def test_old_sources_are_found_until_somebody_looks(run: Run, folder: Folder) -> None:
    """`checked` starts the clock anew."""
    result = run("check", "--stale", "30", mapped=False)
    assert result.exit_code == 2 and "price of big was last held against its source" in result.output
    today = datetime.now(UTC).date()
    folder.edit("prices", "      source: price list", f"      checked: {today}\n      source: price list")
    assert "price of big" not in run("check", "--stale", "30", mapped=False).output
