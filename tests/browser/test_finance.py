"""A finance person's question on a seeded month: why did this team's bill rise so in its third week?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
from playwright.sync_api import expect

from dashboard import text
from router.books.explain.change import Explained
from router.books.explain.weeks import explain_week
from router.books.months import month_of
from router.books.rollups.roll import roll
from router.books.seed.run import Order, seed_ledger
from router.books.seed.world import ORGANISATION, STORY, WORKLOADS
from router.domain.teams import Team
from router.policy.documents import load_documents
from router.record.engine import ledger_engine
from router.record.migrate import migrate
from tests.browser.conftest import ROOT, Watched, started

TEAM = WORKLOADS[STORY].team


@dataclass(frozen=True, slots=True)
class Seeded:
    """A dashboard on a seeded month, the Monday of the week to ask about, and what explains it."""

    url: str
    monday: date
    answer: Explained


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seeded]:
    """As `tiergate ledger seed` and `tiergate books roll` leave the last whole month."""
    data = tmp_path_factory.mktemp("seeded")
    now = datetime.now(UTC)
    engine = ledger_engine(f"sqlite:///{data / 'ledger.sqlite'}")
    migrate(engine)
    shipped = load_documents(ROOT / "policies", {}, now)
    order = Order(20_000, 1, 1, month_of(now.date(), -1))
    monday = seed_ledger(engine, order, shipped.catalog, shipped.prices, lambda _: None).story[0]
    roll(engine, (), int(now.timestamp() * 1e6))
    with engine.connect() as connection:
        answer = explain_week(connection, Team(ORGANISATION, TEAM), monday)
    engine.dispose()
    with started(["dashboard/Home.py"], data) as url:
        yield Seeded(url, monday, answer)


def test_why_a_bill_rose_is_three_clicks_away(seeded: Seeded, watched: Watched) -> None:
    """From the Overview: the team's change, the week, and by which models the workload was answered."""
    found = seeded.answer
    assert found.largest is not None and found.cause is not None
    one, effect = found.largest
    assert (effect, one.workload) == ("mix", WORKLOADS[STORY].name)
    page, week = watched.page, f"{seeded.monday:%G-W%V}"
    page.goto(seeded.url)
    page.locator("table.tg tr", has_text=TEAM).locator("a").last.click()
    page.wait_for_url(f"**/changes?team={TEAM}**")
    page.locator("table.tg").last.get_by_role("link", name=week, exact=True).click()
    expect(page.get_by_role("heading", name=f"{week} against the week before")).to_be_visible()
    expect(page.get_by_text(f"The bill of {TEAM} rose by")).to_be_visible()
    expect(page.get_by_text(found.cause)).to_be_visible()
    change = page.get_by_test_id("stMetric").filter(has=page.get_by_text("Change", exact=True))
    moved = sum(found.effects.values())
    expect(change.get_by_test_id("stMetricValue")).to_have_text(text.signed(moved))
    page.get_by_role("link", name=str(one.workload), exact=True).click()
    page.wait_for_url(f"**workload={one.workload}**")
    expect(page.locator("table.tg").first.get_by_role("link", name="gpt-5", exact=True)).to_be_visible()
    assert watched.errors == []
    assert seeded.monday + timedelta(days=6) < datetime.now(UTC).date()
