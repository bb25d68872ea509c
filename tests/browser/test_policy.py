"""An admin changes the policy in the browser: checked while typed, tested, planned, put in force, back."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import create_engine

from dashboard.signin.passwords import hashed
from router.record.migrate import migrate
from router.record.policies import history
from tests.browser.conftest import ROOT, Watched, started
from tests.dashboard.ledger_month import month
from tests.dashboard.ledger_rows import rolled, write

PASSWORD = "four words of mine"
ACCESS = """
apiVersion: tiergate.dev/v1
kind: DashboardAccess
metadata: {name: test, owner: tests}
spec:
  users:
    - {name: ada, role: admin, password: "HASH"}
    - {name: pat, role: auditor, password: "HASH"}
    - {name: lee, role: team_lead, teams: [acme/support], password: "HASH"}
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger whose tables were migrated, with requests of yesterday and before, and the shipped policy."""
    folder = tmp_path_factory.mktemp("policy")
    url = f"sqlite:///{folder / 'ledger.sqlite'}"
    engine = create_engine(url)
    migrate(engine)
    engine.dispose()
    write(url, month((datetime.now(UTC) - timedelta(days=1)).date(), 200))
    rolled(url)
    shutil.copytree(ROOT / "policies", folder / "policies")
    (folder / "access.yaml").write_text(ACCESS.replace("HASH", hashed(PASSWORD)))
    return folder


@pytest.fixture(scope="module")
def address(data: Path) -> Iterator[str]:
    """A dashboard that may put policies in force."""
    environ = {
        "TIERGATE_DASHBOARD_ACCESS": str(data / "access.yaml"),
        "TIERGATE_POLICY_DIR": str(data / "policies"),
        "TIERGATE_POLICY_SOURCE": "database",
        "TIERGATE_ADMIN_DATABASE_URL": f"sqlite:///{data / 'ledger.sqlite'}",
    }
    with started(["dashboard/app.py"], data, **environ) as found:
        yield found


def _open(page: Page, address: str, name: str) -> None:
    page.goto(f"{address}/policy")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Rules")).to_be_visible()


def test_from_a_change_to_force_and_back(address: str, data: Path, watched: Watched, tmp_path: Path) -> None:
    """A wrong line is marked and said beside it; a right one is planned, put in force with a reason and a
    name, and taken back."""
    page = watched.page
    _open(page, address, "ada")
    editor = page.get_by_label("Text of policy.yaml")
    before = editor.input_value()
    assert "kind: RoutingPolicy" in before
    line = 1 + before[: before.index("    - name: code")].count("\n")

    editor.fill(before.replace("    - name: code\n", "    - nam: code\n"))
    expect(page.get_by_text("Refused,")).to_be_visible()
    expect(page.get_by_text(f"policy.yaml:{line}: ").first).to_be_visible()
    expect(page.locator(".lines .wrong").first).to_have_text(str(line))
    expect(page.get_by_role("button", name="Put in force")).to_have_count(0)
    page.screenshot(path=tmp_path / "refused.png", full_page=True)

    editor.fill(before.replace("quality_target: 0.8", "quality_target: 0.75", 1))
    expect(page.get_by_text("Can be put in force,")).to_be_visible()
    expect(page.get_by_text("RoutingPolicy rule code quality_target")).to_be_visible()
    expect(page.get_by_role("button", name="Put in force")).to_be_disabled()
    page.get_by_role("button", name="Run its tests").click()
    expect(page.get_by_text("cases passed.")).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="Plan on past requests").click()
    expect(page.get_by_text("200 more requests came to no decision").or_(page.get_by_text("recorded request"))
           .first).to_be_visible(timeout=60_000)  # fmt: skip
    expect(page.get_by_role("button", name="Put in force")).to_be_enabled()
    page.get_by_role("button", name="Put in force").click()
    expect(page.get_by_text("say why")).to_be_visible()
    page.get_by_label("Why").last.fill("code is cheap enough")
    page.get_by_role("button", name="Put in force").click()
    expect(page.get_by_text("Version 2 is in force,")).to_be_visible()
    expect(page.get_by_text("code is cheap enough").first).to_be_visible()
    page.screenshot(path=tmp_path / "applied.png", full_page=True)

    page.get_by_text("Take it back").click()
    page.get_by_label("Why").first.fill("too many wrong ones")
    page.get_by_role("button", name="Put that version in force").click()
    expect(page.get_by_text("Version 3 is in force,")).to_be_visible()
    engine = create_engine(f"sqlite:///{data / 'ledger.sqlite'}")
    found = history(engine)
    engine.dispose()
    assert [(one.version, one.applied_by, one.reason) for one in found][:2] == [
        (3, "ada", "too many wrong ones"),
        (2, "ada", "code is cheap enough"),
    ]
    assert found[0].digest == found[2].digest != found[1].digest
    assert watched.errors == []
    assert watched.strangers == []


@pytest.mark.parametrize(("name", "history_shown"), [("pat", 1), ("lee", 0)])
def test_others_read(address: str, watched: Watched, name: str, history_shown: int) -> None:
    """An auditor reads versions and files; a lead reads the rules; neither is offered a change."""
    page = watched.page
    _open(page, address, name)
    expect(page.get_by_text("hard-math", exact=True)).to_be_visible()
    expect(page.get_by_role("heading", name="History")).to_have_count(history_shown)
    expect(page.get_by_role("heading", name="Files")).to_have_count(history_shown)
    expect(page.get_by_role("heading", name="Change it")).to_have_count(0)
    assert watched.errors == []


@pytest.mark.parametrize("width", [1280, 390])
def test_it_fits(address: str, watched: Watched, tmp_path: Path, width: int) -> None:
    """Nothing beyond the page's edge, wide and narrow, and all of what a draft says differently."""
    page = watched.page
    page.set_viewport_size({"width": width, "height": 844})
    _open(page, address, "ada")
    editor = page.get_by_label("Text of policy.yaml")
    text = editor.input_value().replace("quality_target: 0.8", "quality_target: 0.75", 1)
    editor.fill(text.replace("[contract-review, legal-*]", "[contract-review, legal-drafting]"))
    expect(page.get_by_text("removed from", exact=True)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    said = page.locator(".tg-scroll", has_text="removed from")
    assert said.evaluate("table => table.scrollWidth <= table.clientWidth")
    page.screenshot(path=tmp_path / f"differences-{width}.png", full_page=True)
    assert watched.errors == []
