"""The holdout: who is drawn depends on the id alone, and nobody is sent where the policy forbids."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.domain.facts import Facts, Pin
from router.domain.kinds import Tier
from router.domain.policy import Baseline
from router.policy.decide import decide
from router.policy.holdout import drawn, hold_out
from tests.policy import build

CATALOG = build.catalog(build.model("little", Tier.SMALL, 0.9), build.model("big", Tier.FRONTIER, 0.95))
PRICES = build.prices(little=(1, 1), big=(100, 100))
POLICY = build.policy()


def held(share: float, request_id: str, facts: Facts | None = None):
    policy = replace(POLICY, baseline=Baseline("big", "finance", "2026-01-01", share))
    facts = facts or build.facts()
    return hold_out(decide(facts, policy, CATALOG, PRICES), facts, policy, request_id)


def test_the_share_drawn_is_the_share_asked_for() -> None:
    """Of ten thousand ids about a tenth; the same ones every time."""
    ids = [f"{n:032x}" for n in range(10_000)]
    found = [drawn(request_id, 0.1) for request_id in ids]
    assert 900 < sum(found) < 1_100
    assert found == [drawn(request_id, 0.1) for request_id in ids]


@given(st.text(max_size=40), st.floats(0.001, 0.5))
def test_the_baseline_model_answers_those_drawn_and_all_others_stay(request_id: str, share: float) -> None:
    """Drawn: the baseline model first, the rest behind it; not drawn: the decision as it was."""
    plain, _ = held(0.0, request_id)
    decision, arm = held(share, request_id)
    assert arm is drawn(request_id, share)
    names = [candidate.model.name for candidate in decision.candidates]
    assert names == (["big", "little"] if arm else ["little", "big"])
    assert sorted(names) == sorted(candidate.model.name for candidate in plain.candidates)
    assert ("drawn for the holdout" in (decision.note or "")) is arm


@pytest.mark.parametrize(
    "changes",
    [
        {"tool_loop": True},
        {"pin": Pin("model", model="little")},
        {"pin": Pin("tier", tier=Tier.SMALL)},
    ],
)
def test_what_is_settled_takes_no_part(changes: dict[str, object]) -> None:
    """An app's own choice, a tool loop, a baseline model that may not serve: no arm."""
    assert held(0.5, "any", replace(build.facts(), **changes))[1] is None


def test_without_a_share_nobody_takes_part() -> None:
    """The ledger says None, not false: there is no holdout."""
    assert held(0.0, "any")[1] is None
