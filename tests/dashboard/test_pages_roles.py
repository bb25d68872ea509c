"""Every page as every role: a team lead is shown their team's rows, and not a word of another's."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import access, navigation
from router.domain.roles import Principal, Role
from tests.dashboard.conftest import HOME, OpenApp
from tests.dashboard.two_teams import TEAMS, two_teams

OURS, THEIRS = TEAMS
LEAD = Principal("lee", Role.TEAM_LEAD, (OURS,))
PAGES: dict[str, dict[str, str]] = {
    "overview": {},
    "spend": {"period": "all"},
    "changes": {},
    "models": {"period": "all"},
    "budgets": {},
    "savings": {"period": "all", "by": "team"},
    "quality": {"period": "all", "by": "model"},
    "requests": {"period": "all"},
    "close": {},
    "policy": {},
    "request": {"id": f"{THEIRS}-0"},
}
"""Every page, with an address that shows all it can."""


_RULES = f"""
  rules:
    - {{name: theirs, match: {{team: [{THEIRS[:4]}*]}}, objective: cheapest}}
    - {{name: both, match: {{team: [{OURS}, {THEIRS}], tags: {{cost-centre: [{THEIRS}]}}}}, objective: best}}
    - {{name: projects, match: {{project: [project-{THEIRS}]}}, deny: "ask {THEIRS}"}}
    - {{name: by-word, when: 'team == "{THEIRS}"', objective: cheapest}}
"""


@pytest.fixture
def url(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A ledger of two teams, today, and a policy with rules for either."""
    folder = tmp_path / "policies"
    shutil.copytree(Path(HOME).parents[1] / "policies", folder)
    text = (folder / "policy.yaml").read_text("utf-8")
    (folder / "policy.yaml").write_text(text.replace("\n  rules:\n", _RULES, 1), "utf-8")
    monkeypatch.setenv("TIERGATE_POLICY_DIR", str(folder))
    now = datetime.now(UTC)
    two_teams(sqlite_url, start_us=int(now.timestamp() * 1e6) - 10**7, day=f"{now:%Y-%m-%d}")
    return sqlite_url


def _as(monkeypatch: pytest.MonkeyPatch, who: Principal) -> None:
    """Whoever signs in is found out in a browser test; here it is what pages make of them."""
    monkeypatch.setattr(access, "principal", lambda: who)


def _protos(node: Any) -> Iterator[Any]:
    if hasattr(node, "proto") and node.proto is not None:
        yield node.proto
    for child in getattr(node, "children", {}).values():
        yield from _protos(child)


def shown(app: AppTest) -> str:
    """All that was sent to the browser, data frames included."""
    sent = b"\n".join(proto.SerializeToString() for proto in _protos(app._tree))
    return sent.decode("utf-8", "replace")


def test_every_page_is_held_to_this() -> None:
    """A new page fails here until it stands in PAGES, so that the tests below open it."""
    files = {path.stem for path in (Path(HOME).parent / "views").glob("*.py")} - {"__init__"}
    assert files == set(PAGES)
    assert len(navigation.pages()) == len(PAGES)


@pytest.mark.parametrize("page", PAGES)
def test_a_lead_is_shown_their_team_alone(
    open_app: OpenApp, url: str, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    """Tables, charts, lists of filters, files: of the other team no name, no model, no key, no rule."""
    _as(monkeypatch, Principal("fin", Role.FINANCE))
    everything = shown(open_app(url, page, **PAGES[page]))
    assert THEIRS in everything
    _as(monkeypatch, LEAD)
    app = open_app(url, page, **PAGES[page])
    assert not app.exception
    theirs = shown(app).replace(PAGES[page].get("id", " "), "")
    assert THEIRS not in theirs
    if page != "request":
        assert OURS in theirs


@pytest.mark.parametrize("page", ["spend", "quality", "requests", "close"])
def test_a_lead_who_asks_for_another_team_by_address_is_not_given_it(
    open_app: OpenApp, url: str, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    """The filter is dropped, as for a team that does not exist: but for a word on that, it is our page."""
    _as(monkeypatch, LEAD)
    app = open_app(url, page, team=THEIRS, **{k: v for k, v in PAGES[page].items() if k != "by"})
    assert not app.exception
    said = shown(app)
    for warning in app.warning:
        said = said.replace(warning.value, "")
    assert OURS in said
    assert THEIRS not in said


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("role", [Role.ADMIN, Role.FINANCE, Role.AUDITOR])
def test_other_roles_are_shown_every_team(
    open_app: OpenApp, url: str, monkeypatch: pytest.MonkeyPatch, page: str, role: Role
) -> None:
    """Nothing is limited, nothing breaks."""
    _as(monkeypatch, Principal("fin", role))
    app = open_app(url, page, **PAGES[page])
    assert not app.exception
    assert THEIRS in shown(app)


@pytest.mark.parametrize("page", PAGES)
def test_a_lead_of_a_team_without_requests_is_told_so(
    open_app: OpenApp, url: str, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    """No figure, no other team's newest request, no advice to create keys."""
    _as(monkeypatch, Principal("new", Role.TEAM_LEAD, ("cassini",)))
    app = open_app(url, page)
    assert not app.exception
    assert OURS not in shown(app)
    assert THEIRS not in shown(app)


def test_what_was_kept_for_one_is_not_shown_to_another(
    open_app: OpenApp, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Finance opens Savings, then a lead within the minute for which its figures are kept."""
    _as(monkeypatch, Principal("fin", Role.FINANCE))
    assert THEIRS in shown(open_app(url, "savings", period="all", by="team"))
    _as(monkeypatch, LEAD)
    assert THEIRS not in shown(open_app(url, "savings", period="all", by="team"))


def test_a_leads_statement_has_the_cents_of_everybodys(
    open_app: OpenApp, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their total is the one that finance sees for the team."""
    _as(monkeypatch, Principal("fin", Role.FINANCE))
    wanted = open_app(url, "close", team=OURS).metric[0].value
    _as(monkeypatch, LEAD)
    assert open_app(url, "close").metric[0].value == wanted


def test_only_statements_read_beyond_the_teams() -> None:
    """`access.everything` has one caller, which the test above covers."""
    callers = [
        path.name
        for path in Path(HOME).parent.rglob("*.py")
        if "access.everything(" in path.read_text("utf-8")
    ]
    assert callers == ["statements.py"]
