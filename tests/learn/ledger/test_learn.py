"""A run over a real ledger: what is fitted, what is compared, what may replace what."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from sqlalchemy import Engine

from router.domain.kinds import Task
from router.learn.held_back import Predictor
from router.learn.ledger_evidence import Window, checked_outcomes, is_held_back
from router.learn.refit_run import Result, learn
from router.learn.versions import NONE, Versions
from router.policy.ability.document import LEARNED_FILE
from tests.learn.ledger import build
from tests.policy.conftest import Folder


def run(engine: Engine, folder: Folder, data: Path, **changes: object) -> Result:
    return learn(engine, build.bundles(folder, data), Versions(data), build.choices(**changes))


def difficulties(count: int, low: float = 0.05, high: float = 0.9) -> list[float]:
    rng = random.Random(count)
    return [rng.uniform(low, high) for _ in range(count)]


def test_a_wrong_declaration_is_replaced(ledger: Engine, folder: Folder, data: Path) -> None:
    """`thinker` is declared 0.8 on mathematics and gets 0.35: the new version says so and is in force."""
    build.fill(ledger, build.traffic("thinker", 0.35, difficulties(500)))
    result = run(ledger, folder, data)
    assert (result.replaced, result.version) == (True, "0001")
    ability = build.bundles(folder, data).in_force().catalog.models["thinker"].ability_for(Task.MATH)
    assert ability.value == pytest.approx(0.35, abs=0.06)
    assert "ledger outcomes" in ability.provenance
    assert result.no_evidence == {"big": 0}


def test_the_card_holds_what_was_used_and_how_it_did(ledger: Engine, folder: Folder, data: Path) -> None:
    """Counts by model and task, four predictors on the same held-back rows, digests, bias, command."""
    build.fill(ledger, build.traffic("thinker", 0.35, difficulties(500)))
    before = build.bundles(folder, data).in_force().digest
    result = run(ledger, folder, data)
    card = orjson.loads((data / "abilities" / "0001" / "card.json").read_bytes())
    (used,) = card["used"]
    assert used["n"] + used["held_back"] == 500
    assert [figures["n"] for figures in card["figures"].values()] == [used["held_back"]] * 4
    assert set(card["figures"]) == {str(predictor) for predictor in Predictor}
    new, old = (card["figures"][p]["log_loss"] for p in (Predictor.NEW, Predictor.IN_FORCE))
    assert new < old
    assert card["policy_digest"] == before
    assert card["policy_digest_with_it"] == build.bundles(folder, data).in_force().digest != before
    assert card["command"] == "tiergate learn"
    text = (data / "abilities" / "0001" / "card.md").read_text("utf-8")
    assert "verdicts exist only where the router sent requests" in text
    assert f"{used['right']} of {used['n']}" in text
    assert result.card is not None and result.card.replaces


def test_knowing_the_difficulty_beats_both_baselines(ledger: Engine, folder: Folder, data: Path) -> None:
    """Where difficulty decides, abilities moved by it predict better than a rate, overall or by task."""
    build.fill(ledger, build.traffic("thinker", 0.6, [0.02, 0.97] * 400))
    card = run(ledger, folder, data).card
    assert card is not None
    lows = {found.other: found.low for found in card.differences}
    assert lows[Predictor.SINGLE] > 0.1 and lows[Predictor.TABLE] > 0.1


def test_too_few_outcomes_leave_a_model_as_it_was(ledger: Engine, folder: Folder, data: Path) -> None:
    """The other model's evidence is kept from the version in force; nothing is written if none has enough."""
    assert run(ledger, folder, data).version is None
    build.fill(ledger, build.traffic("thinker", 0.35, difficulties(300)))
    run(ledger, folder, data)
    first = build.bundles(folder, data).evidence_in_force()
    build.fill(ledger, build.traffic("big", 0.5, difficulties(400), task=Task.CODE))
    result = run(ledger, folder, data, min_outcomes=290)
    assert result.no_evidence.keys() == {"thinker"}
    evidence = build.bundles(folder, data).evidence_in_force()
    assert evidence["thinker", Task.MATH] == first["thinker", Task.MATH]
    assert ("big", Task.CODE) in evidence


def test_the_same_evidence_makes_no_version(ledger: Engine, folder: Folder, data: Path) -> None:
    """A nightly run over a quiet ledger neither piles up versions nor changes the policy's digest."""
    build.fill(ledger, build.traffic("thinker", 0.35, difficulties(500)))
    assert run(ledger, folder, data).replaced
    again = run(ledger, folder, data)
    assert (again.version, again.replaced) == (None, False)
    assert again.reason == "the evidence is that of what is in force"
    assert Versions(data).names() == ["0001"]


def test_nothing_worse_replaces_what_is_in_force(ledger: Engine, folder: Folder, data: Path) -> None:
    """A version fitted on other traffic than the held-back rows is written, judged and left out of force."""
    rows = build.traffic("thinker", 0.8, [0.3] * 400)
    flipped = []
    for one, (tried,) in rows:
        held = is_held_back(one.id, 0.2)
        flipped.append((one, [tried if held else replace(tried, verdict="failed")]))
    build.fill(ledger, flipped)
    result = run(ledger, folder, data)
    assert (result.replaced, result.version) == (False, "0001")
    assert result.reason.startswith("may be worse than what is in force: log loss better by -")
    assert Versions(data).in_force() == NONE
    assert not (data / LEARNED_FILE).exists()


def test_too_little_to_judge_replaces_nothing(ledger: Engine, folder: Folder, data: Path) -> None:
    """Held-back outcomes below the stated number: said, with both numbers."""
    build.fill(ledger, build.traffic("thinker", 0.35, difficulties(40)))
    result = run(ledger, folder, data, min_outcomes=15)
    assert not result.replaced
    assert "held-back outcomes of the 20 needed to judge" in result.reason


def test_a_pin_holds_and_so_does_the_policy_folders_own_file(
    ledger: Engine, folder: Folder, data: Path
) -> None:
    """Both are named as the reason; the version is written all the same."""
    build.fill(ledger, build.traffic("thinker", 0.35, difficulties(500)))
    versions = Versions(data)
    versions.put_in_force(NONE, pinned=True)
    result = run(ledger, folder, data)
    assert not result.replaced and result.reason.startswith("a version is pinned; at least as good")
    versions.unpin()
    own = folder.path / LEARNED_FILE
    own.write_bytes((data / "abilities" / "0001" / LEARNED_FILE).read_bytes())
    result = run(ledger, folder, data, half_life_days=30_000.0)
    assert not result.replaced and "the policy folder has its own abilities.json" in result.reason


def test_only_checked_real_answers_of_the_window_count(both: Engine) -> None:
    """On SQLite and PostgreSQL: not unverified ones, simulated ones, older ones or those without a task."""
    kept = build.row("thinker", True)
    unverified = build.row("thinker", True)
    unverified[1][0] = replace(unverified[1][0], verdict="unverified")
    old = build.row("thinker", True)
    old = (replace(old[0], started_us=build.NOW_US - 30 * build.DAY_US), old[1])
    simulated = build.row("thinker", False, simulated=True)
    build.fill(both, [kept, unverified, old, simulated, build.row("thinker", True, task=None)])
    window = Window(build.NOW_US - 7 * build.DAY_US, build.NOW_US)
    assert [found.request_id for found in checked_outcomes(both, window)] == [kept[0].id]
    found = {
        found.request_id: found.right for found in checked_outcomes(both, replace(window, simulated=True))
    }
    assert found == {kept[0].id: True, simulated[0].id: False}


def test_a_reading_in_the_trace_sets_curve_and_mix(ledger: Engine) -> None:
    """As `router/decision_trace.py` writes it; one of another form is passed over, not an error."""
    reading = {"shares": {"math": 0.7, "code": 0.3}, "low": 0.2, "high": 0.6, "low_usual": 0.4,
               "high_usual": 0.8, "output_factor": 1.0, "heads": {}}  # fmt: skip
    read = build.row("thinker", True, trace=orjson.dumps({"signals": {"reading": reading}}).decode())
    other = build.row("thinker", True, trace='{"signals": {"reading": {"shares": 3}}}', difficulty=0.35)
    build.fill(ledger, [read, other])
    by_id = {found.request_id: found for found in checked_outcomes(ledger, Window(0, build.NOW_US))}
    assert by_id[read[0].id].mix == ((Task.MATH, 0.7), (Task.CODE, 0.3))
    assert by_id[read[0].id].curve.span > 0
    assert by_id[other[0].id].mix == ((Task.MATH, 1.0),)
    assert by_id[other[0].id].curve.low == pytest.approx(0.0)
