"""Why a bill changed: effects add up to the change to the pico, and name the cause that was planted."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from router.books.explain.effects import EFFECTS, Answers, Span, effects
from router.books.explain.weeks import parse_week
from router.books.seed.run import Order, seed_ledger
from router.cli import main
from router.policy.documents import Bundle

_METERS = st.sampled_from(["uncached_input", "output"])
_ANSWERS = st.builds(
    Answers,
    st.integers(0, 1_000),
    st.dictionaries(_METERS, st.integers(0, 10**6)),
    st.dictionaries(_METERS, st.integers(0, 10**12)),
)
_SPANS = st.builds(Span, st.dictionaries(st.sampled_from("abc"), _ANSWERS), st.integers(0, 10**12),
                   st.integers(-(10**9), 10**9))  # fmt: skip


@given(_SPANS, _SPANS)
def test_effects_add_up_to_the_change(old: Span, new: Span) -> None:
    """Whatever the two spans are, new workloads, lost models and corrections included."""
    if all(model.count for span in (old, new) for model in span.models.values()):
        assert sum(effects(old, new).values()) == new.cost - old.cost


def span(big: int, small: int, *, tokens: int = 10, price: int = 5, overhead: int = 0) -> Span:
    """Answers of two models: the big one costs ten times as much a token."""
    return Span(
        {
            "big": Answers(big, {"output": big * tokens}, {"output": big * tokens * price * 10}),
            "small": Answers(small, {"output": small * tokens}, {"output": small * tokens * price}),
        },
        overhead,
    )


@pytest.mark.parametrize(
    ("new", "effect"),
    [
        (span(40, 160), "volume"),
        (span(50, 50), "mix"),
        (span(20, 80, tokens=12), "length"),
        (span(20, 80, price=7), "price"),
        (span(20, 80, overhead=999), "quality"),
    ],
)
def test_one_change_is_one_effect(new: Span, effect: str) -> None:
    """If only one factor changed, the whole change is its effect."""
    old = span(20, 80)
    assert effects(old, new) == {name: new.cost - old.cost if name == effect else 0 for name in EFFECTS}


def test_weeks_are_iso_weeks() -> None:
    """Monday to Sunday, by number."""
    assert parse_week("2026-W43") == date(2026, 10, 19)
    with pytest.raises(ValueError, match="2026-W47"):
        parse_week("43")


def test_the_planted_story_is_found(
    sqlite_ledger: Engine, sqlite_url: str, shipped: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The seeded team's bill rose because one workload's answers came from the frontier: so it is said."""
    seed_ledger(
        sqlite_ledger, Order(20_000, 1, 1, date(2026, 10, 1)), shipped.catalog, shipped.prices, lambda _: None
    )
    monkeypatch.setenv("TIERGATE_DATABASE_URL", sqlite_url)
    done = CliRunner().invoke(main, ["books", "explain", "--team", "search", "--week", "2026-W43"])
    assert done.exit_code == 0, done.output
    first, second = done.output.splitlines()[:2]
    assert first.startswith("search paid $") and "+" in first
    assert "of it is mix: answers: gpt-5 gave" in second
    wrong = CliRunner().invoke(main, ["books", "explain", "--team", "nobody", "--week", "2026-W43"])
    assert wrong.exit_code == 1 and "there are engineering" in wrong.output
