"""Signing in as people do, at a real OpenID Connect provider or with a password; and who sees what then."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.request import urlopen

import pytest
from playwright.sync_api import Page, expect

from dashboard.signin.passwords import hashed
from tests.browser.conftest import ROOT, Watched, free_port, started
from tests.browser.oidc_provider import CLIENT
from tests.dashboard.two_teams import TEAMS, two_teams

OURS, THEIRS = TEAMS
PASSWORD = "four words of mine"
USERS = {
    "ada": {"email": "ada@acme.example", "realm_access": {"roles": ["tiergate-admin", "staff"]}},
    "lee": {
        "email": "lee@acme.example",
        "realm_access": {"roles": ["tiergate-lead"]},
        "groups": [f"team-{OURS}"],
    },
    "eve": {"email": "eve@acme.example", "realm_access": {"roles": ["staff"]}},
    "old": {
        "email": "old@acme.example",
        "realm_access": {"roles": ["tiergate-admin"]},
        "iat": int(time.time()) - 9 * 3600,
    },
}
OIDC = """
apiVersion: tiergate.dev/v1
kind: DashboardAccess
metadata: {name: test, owner: tests}
spec:
  oidc:
    issuer: ISSUER
    client_id: CLIENT
    client_secret: {env: OIDC_SECRET}
    redirect_uri: "http://127.0.0.1:{port}/oauth2callback"
    roles: {claim: realm_access.roles, admin: [tiergate-admin], team_lead: [tiergate-lead]}
    teams: {claim: groups, prefix: team-, organisation: acme}
"""
PASSWORDS = """
apiVersion: tiergate.dev/v1
kind: DashboardAccess
metadata: {name: test, owner: tests}
spec:
  users:
    - {name: fin, role: finance, password: "HASH"}
    - {name: lee, role: team_lead, teams: [acme/TEAM], password_from: {env: LEES_HASH}}
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger of two teams, today."""
    folder = tmp_path_factory.mktemp("teams")
    now = datetime.now(UTC)
    two_teams(
        f"sqlite:///{folder / 'ledger.sqlite'}", start_us=int(now.timestamp() * 1e6), day=f"{now:%Y-%m-%d}"
    )
    return folder


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """A provider of its own process; its issuer."""
    port = free_port()
    issuer = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "tests.browser.oidc_provider", str(port), json.dumps(USERS)]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        for _ in range(120):
            try:
                urlopen(f"{issuer}/jwks", timeout=5).close()
                break
            except OSError:
                assert process.poll() is None
                time.sleep(0.5)
        yield issuer
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module")
def oidc(data: Path, provider: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A dashboard that signs in at `provider`; its address. Its own is in its document, so it comes first."""
    document = tmp_path_factory.mktemp("oidc") / "access.yaml"
    port = free_port()
    text = OIDC.replace("ISSUER", provider).replace("CLIENT", CLIENT[0]).replace("{port}", str(port))
    document.write_text(text)
    with started(
        ["dashboard/app.py"], data, port, TIERGATE_DASHBOARD_ACCESS=str(document), OIDC_SECRET=CLIENT[1]
    ) as address:
        yield address


@pytest.fixture(scope="module")
def passwords(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A dashboard with passwords; its address."""
    document = tmp_path_factory.mktemp("passwords") / "access.yaml"
    made = hashed(PASSWORD)
    document.write_text(PASSWORDS.replace("HASH", made, 1).replace("TEAM", OURS))
    environ = {"TIERGATE_DASHBOARD_ACCESS": str(document), "LEES_HASH": made}
    with started(["dashboard/app.py"], data, **environ) as address:
        yield address


def _oidc_sign_in(page: Page, address: str, name: str, path: str = "") -> None:
    page.goto(f"{address}{path}")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name=name).click()
    page.wait_for_url(f"{address}/**")


def _requests(page: Page, address: str, number: int) -> None:
    page.goto(f"{address}/requests?period=all")
    expect(page.get_by_text(f"{number} requests")).to_be_visible()


def test_nobody_sees_a_figure_before_signing_in(oidc: str, watched: Watched) -> None:
    """Whatever address is opened first: a button, no figure, no menu, no error."""
    for path in ("", "/requests", f"/request?id={OURS}-0", "/close"):
        watched.page.goto(f"{oidc}{path}")
        expect(watched.page.get_by_role("button", name="Sign in")).to_be_visible()
        expect(watched.page.get_by_test_id("stMetric")).to_have_count(0)
        expect(watched.page.get_by_role("link", name="Requests")).to_have_count(0)
        assert "not found" not in watched.page.inner_text("body")
    assert watched.errors == []


def test_an_admin_signs_in_at_the_provider_and_out(oidc: str, watched: Watched) -> None:
    """An admin sees both teams; after signing out nobody sees any, in a new window either."""
    page = watched.page
    _oidc_sign_in(page, oidc, "ada")
    expect(page.get_by_text("ada@acme.example · admin")).to_be_visible()
    _requests(page, oidc, 6)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    again = page.context.new_page()
    again.goto(oidc)
    expect(again.get_by_role("button", name="Sign in")).to_be_visible()
    assert watched.errors == []


def test_a_lead_sees_their_team_and_no_other(oidc: str, watched: Watched) -> None:
    """Figures, the list of teams, and a link to somebody else's request: only what is theirs."""
    page = watched.page
    _oidc_sign_in(page, oidc, "lee", f"/request?id={OURS}-1")
    expect(page.get_by_text(f"{OURS}-1", exact=True)).to_be_visible()
    page.goto(oidc)
    expect(page.get_by_text(f"lee@acme.example · team lead of acme/{OURS}")).to_be_visible()
    _requests(page, oidc, 3)
    page.goto(f"{oidc}/request?id={THEIRS}-0")
    expect(page.get_by_text("knows no request of this id")).to_be_visible()
    page.goto(f"{oidc}/requests?period=all&team={THEIRS}")
    expect(page.get_by_text("not limited by the team")).to_be_visible()
    expect(page.get_by_text("3 requests")).to_be_visible()
    page.goto(f"{oidc}/request?id={OURS}-0")
    expect(page.get_by_role("heading", name="Why it went there")).to_be_visible()
    assert watched.errors == []


@pytest.mark.parametrize(("name", "said"), [("eve", "gives you a role here"), ("old", "session is over")])
def test_a_token_alone_is_no_way_in(oidc: str, watched: Watched, name: str, said: str) -> None:
    """Known to the provider without a role here, or with a token of this morning: no figure."""
    _oidc_sign_in(watched.page, oidc, name)
    expect(watched.page.get_by_text(said)).to_be_visible()
    expect(watched.page.get_by_test_id("stMetric")).to_have_count(0)
    assert watched.errors == []


def test_a_password_leads_to_the_page_that_was_asked_for(passwords: str, watched: Watched) -> None:
    """The link's page and filters are there after the sign-in; signing out ends it in every window."""
    page = watched.page
    page.goto(f"{passwords}/requests?period=all")
    page.get_by_label("Name").fill("lee")
    page.get_by_label("Password").fill("not that one at all")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("do not fit together")).to_be_visible()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("3 requests")).to_be_visible()
    assert page.url == f"{passwords}/requests?period=all"
    other = page.context.new_page()
    other.goto(passwords)
    expect(other.get_by_text(f"lee · team lead of acme/{OURS}")).to_be_visible()
    page.get_by_role("link", name="Sign out").click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    other.get_by_role("button", name="Refresh").click()
    expect(other.get_by_text("Your session is over.")).to_be_visible()
    expect(other.get_by_test_id("stMetric")).to_have_count(0)
    # The refused first try is the browser's own remark on a reply of 401.
    assert [error for error in watched.errors if "401" not in error] == []


def test_finance_sees_every_team(passwords: str, watched: Watched) -> None:
    """Nobody limits finance."""
    page = watched.page
    page.goto(passwords)
    page.get_by_label("Name").fill("fin")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    _requests(page, passwords, 6)
    assert watched.errors == []
