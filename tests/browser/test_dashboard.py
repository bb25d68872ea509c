"""What a person sees in a browser: pages without errors, filters that are links, a request's story."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from dashboard import text
from tests.browser.conftest import Dashboard, Watched


def _metric(page: Page, label: str, value: str) -> None:
    card = page.get_by_test_id("stMetric").filter(has=page.get_by_text(label, exact=True))
    expect(card.get_by_test_id("stMetricValue")).to_have_text(value)


def _query(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def _spend(dashboard: Dashboard, team: str | None = None) -> str:
    """What the Spend card says of a team's attempts, or of all."""
    rows = [row for row in dashboard.rows if team in (None, row[0].team)]
    return text.money(sum(attempt.cost_pico or 0 for _, attempts in rows for attempt in attempts))


def test_the_start_page_opens_clean(dashboard: Dashboard, watched: Watched, tmp_path: Path) -> None:
    """The Overview shows its figures and its chart, logs no error and calls nobody but its server."""
    page = watched.page
    page.goto(dashboard.url)
    _metric(page, "Spend", _spend(dashboard))
    expect(page.get_by_test_id("stVegaLiteChart").locator("canvas, svg").first).to_be_visible()
    expect(page.get_by_text("What moved most")).to_be_visible()
    expect(page.get_by_text("Saving, net")).to_be_visible()
    shot = tmp_path / "overview.png"
    page.screenshot(path=shot)
    assert shot.stat().st_size > 20_000
    assert watched.errors == []
    assert watched.strangers == []


def test_a_filter_changes_figures_and_address(dashboard: Dashboard, watched: Watched) -> None:
    """Choosing a team changes the figures and the address, and that address shows the same to others."""
    page = watched.page
    page.goto(f"{dashboard.url}/spend?period=all")
    _metric(page, "Spend", _spend(dashboard))
    page.get_by_test_id("stSelectbox").filter(has_text="Team").locator("input").click()
    page.get_by_role("option", name="research").click()
    wanted = _spend(dashboard, "research")
    _metric(page, "Spend", wanted)
    page.wait_for_url("**team=research**")
    link = page.url
    page.goto("about:blank")
    page.goto(link)
    _metric(page, "Spend", wanted)
    assert watched.errors == []


def test_from_a_bar_to_the_requests_of_its_day(dashboard: Dashboard, watched: Watched) -> None:
    """A click on a day shows its hours; its link leads to exactly that day's requests."""
    page = watched.page
    page.goto(f"{dashboard.url}/spend?team=support")
    chart = page.get_by_test_id("stVegaLiteChart").first
    chart.locator("path[aria-roledescription='bar']").last.click()
    page.wait_for_url("**day=**")
    expect(page.get_by_role("heading", name="Spend by hour")).to_be_visible()
    day = _query(page)["day"][0]
    page.get_by_role("link", name="The requests of this day").click()
    page.wait_for_url(f"**/requests?**day={day}**")
    assert _query(page) == {"day": [day], "team": ["support"]}
    number = sum((request.team, request.day) == ("support", day) for request, _ in dashboard.rows)
    expect(page.get_by_text(f"{number} requests, newest first")).to_be_visible()
    assert watched.errors == []


def test_three_clicks_to_why_a_bill_changed(dashboard: Dashboard, watched: Watched) -> None:
    """From the Overview: a team's change, a week, and the answer is on screen: two clicks and a reading."""
    page = watched.page
    page.goto(dashboard.url)
    page.locator("table.tg tr", has_text="support").locator("a").last.click()
    page.wait_for_url("**/changes?team=support")
    page.locator("table.tg").last.locator("tbody tr").nth(2).locator("a").click()
    page.wait_for_url("**week=**")
    week = _query(page)["week"][0]
    expect(page.get_by_role("heading", name=f"{week} against the week before")).to_be_visible()
    expect(page.get_by_text("The bill of support")).to_be_visible()
    expect(page.get_by_text("other models answered, at the old cost of each")).to_be_visible()
    assert watched.errors == []


def test_from_the_list_to_one_request_and_back(
    dashboard: Dashboard, watched: Watched, tmp_path: Path
) -> None:
    """A click on a line opens that request's story; the way back leads to the list with its filters."""
    page = watched.page
    page.goto(f"{dashboard.url}/requests?period=all&team=support")
    newest = max(
        (request for request, _ in dashboard.rows if request.team == "support"),
        key=lambda request: request.started_us,
    )
    # The table is drawn on a canvas: the second line is the first request.
    page.get_by_test_id("stDataFrame").click(position={"x": 250, "y": 52})
    page.wait_for_url("**/request?**")
    assert _query(page)["id"] == [newest.id]
    expect(page.get_by_text(newest.id).first).to_be_visible()
    expect(page.get_by_text("Why it went there")).to_be_visible()
    page.screenshot(path=tmp_path / "story.png")
    page.get_by_text("All requests").click()
    page.wait_for_url("**/requests?**")
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    assert _query(page) == {"period": ["all"], "team": ["support"]}
    assert watched.errors == []


def test_a_link_to_one_request_works_on_its_own(dashboard: Dashboard, watched: Watched) -> None:
    """The address of a story can be opened first thing, and shows the menu and the story."""
    request, attempts = next(row for row in dashboard.rows if len(row[1]) == 2)
    watched.page.goto(f"{dashboard.url}/request?id={request.id}")
    expect(watched.page.get_by_text(attempts[0].endpoint).first).to_be_visible()
    expect(watched.page.get_by_role("link", name="Spend & allocation")).to_be_visible()
    assert watched.errors == []
    assert watched.strangers == []


def test_a_story_with_opinions(dashboard: Dashboard, watched: Watched, tmp_path: Path) -> None:
    """Verified, judged and reported quality have sections of their own, all within the page."""
    page = watched.page
    page.goto(f"{dashboard.url}/request?id={dashboard.judged}")
    for title in ("What the checks said", "What a judging model thought", "What people and apps reported"):
        expect(page.get_by_role("heading", name=title)).to_be_visible()
    expect(page.get_by_text("An opinion, never a verdict.")).to_be_visible()
    expect(page.get_by_text("thumb down (changed since)")).to_be_visible()
    page.get_by_role("heading", name="What a judging model thought").scroll_into_view_if_needed()
    page.screenshot(path=tmp_path / "opinions.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert watched.errors == []


@pytest.mark.parametrize(
    ("path", "heading"),
    [
        ("", "What moved most"),
        ("spend?period=all&by=workload", "How sure the costs are"),
        ("changes?team=support", "By workload"),
        ("quality?period=all&by=model", "Verified by checks"),
        ("models?period=all", "Scorecard"),
        ("budgets", "Odd days"),
        ("savings?period=all&by=tier", "Who saved"),
        ("close", "Statement"),
    ],
)
@pytest.mark.parametrize("width", [1280, 390])
def test_pages_of_the_books_fit(
    dashboard: Dashboard, watched: Watched, path: str, heading: str, width: int
) -> None:
    """Wide and narrow, without errors, without strangers, and without anything beyond the page's edge."""
    page = watched.page
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(f"{dashboard.url}/{path}")
    expect(page.get_by_role("heading", name=heading)).to_be_visible()
    expect(page.locator("table.tg").last).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert watched.errors == []
    assert watched.strangers == []


def test_a_statement_is_downloaded(dashboard: Dashboard, watched: Watched) -> None:
    """The file of the newest month adds up to what the page says is to be paid."""
    page = watched.page
    page.goto(f"{dashboard.url}/close")
    with page.expect_download() as started:
        page.get_by_role("button", name="Statement, CSV").click()
    month = datetime.now(UTC).date().strftime("%Y-%m")
    assert started.value.suggested_filename == f"{month}-statement.csv"
    with started.value.path().open(newline="") as file:
        printed = sum(Decimal(row["printed_usd"]) for row in csv.DictReader(file))
    _metric(page, "To pay", f"${printed:,.2f}")
    assert watched.errors == []
