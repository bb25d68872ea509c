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
from router.domain.teams import Team
from tests.dashboard.budget_rows import a_budget
from tests.dashboard.conftest import HOME, OpenApp
from tests.dashboard.two_teams import EACH, NAMESAKES, ORGANISATIONS, TEAMS, namesakes, two_teams

OURS, THEIRS = TEAMS
LEAD = Principal("lee", Role.TEAM_LEAD, (Team("acme", OURS),))
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


_RULES_OF_TWO = """
  rules:
    - {name: there, match: {organisation: [globex], team: [search]}, objective: cheapest}
    - {name: all-there, match: {organisation: [glo*]}, deny: "ask globex"}
    - {name: both-of-them, match: {organisation: [acme, globex], team: [search]}, objective: best}
"""


def _policy(folder: Path, rules: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The shipped policy with more rules before its own."""
    shutil.copytree(Path(HOME).parents[1] / "policies", folder)
    text = (folder / "policy.yaml").read_text("utf-8")
    (folder / "policy.yaml").write_text(text.replace("\n  rules:\n", rules, 1), "utf-8")
    monkeypatch.setenv("TIERGATE_POLICY_DIR", str(folder))


@pytest.fixture
def url(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A ledger of two teams, today, and a policy with rules for either."""
    _policy(tmp_path / "policies", _RULES, monkeypatch)
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


@pytest.fixture
def two_organisations(ledger_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A ledger of two organisations with a team `search` each, today, and a policy with rules for them."""
    _policy(tmp_path / "policies", _RULES_OF_TWO, monkeypatch)
    now = datetime.now(UTC)
    namesakes(ledger_url, start_us=int(now.timestamp() * 1e6) - 10**7, day=f"{now:%Y-%m-%d}")
    for organisation in ORGANISATIONS:
        owned = {"organisation": [organisation], "team": ["search"]}
        a_budget(ledger_url, f"budget-{organisation}", owned, 10)
    a_budget(ledger_url, "budget-of-globex-too", {"team": ["search"]}, 20)
    return ledger_url


@pytest.mark.parametrize("page", PAGES)
def test_a_lead_is_shown_nothing_of_a_team_of_the_same_name(
    open_app: OpenApp, two_organisations: str, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    """On every page acme's `search`, and not a word or a figure of globex's; nor by its address."""
    theirs = ORGANISATIONS[1]
    asked = {**PAGES[page], **({"id": f"{theirs}-0"} if page == "request" else {})}
    _as(monkeypatch, Principal("fin", Role.FINANCE))
    everything = shown(open_app(two_organisations, page, **asked))
    assert theirs in everything
    _as(monkeypatch, Principal("lee", Role.TEAM_LEAD, NAMESAKES[:1]))
    app = open_app(two_organisations, page, **asked)
    assert not app.exception
    assert theirs not in shown(app).replace(asked.get("id", " "), "")
    if page != "request":
        assert "search" in shown(app)
    if page == "policy":
        assert "both-of-them" in shown(app) and "all-there" not in shown(app)


@pytest.mark.parametrize("page", ["spend", "quality", "requests", "close", "budgets", "changes"])
def test_a_team_of_two_organisations_is_chosen_with_its_organisation(
    open_app: OpenApp, two_organisations: str, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    """Finance chooses globex's `search`, under that name, and sees acme's nowhere."""
    ours, theirs = ORGANISATIONS
    _as(monkeypatch, Principal("fin", Role.FINANCE))
    more = {"period": "all"} if page in ("spend", "quality", "requests") else {}
    app = open_app(two_organisations, page, team=f"{theirs}/search", **more)
    assert not app.exception
    [chosen] = [box for box in app.selectbox if box.label == "Team"]
    assert (chosen.value, chosen.options) == (f"{theirs}/search", ["acme/search", "globex/search"])
    if page == "close":
        assert f"project-{ours}" not in shown(app)
    if page == "requests":
        [found] = app.dataframe
        assert set(found.value["Team"]) == {f"{theirs}/search"} and len(found.value) == EACH


@pytest.mark.parametrize(("asked", "why"), [("search", "several organisations have one"), ("ads", "none")])
def test_a_name_that_several_have_is_told_from_an_unknown_one(asked: str, why: str) -> None:
    """An address of before, with the name alone, limits nothing and says why."""
    app = AppTest.from_string(
        "from dashboard import filter_widgets\n"
        "filter_widgets.say_what_is_dropped({'team': ['acme/search', 'globex/search']})"
    )
    app.query_params["team"] = asked
    assert [why in warning.value for warning in app.run().warning] == [True]


@pytest.mark.parametrize("page", ["spend", "savings", "overview", "close"])
def test_teams_of_one_name_are_two_lines(
    open_app: OpenApp, two_organisations: str, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    """Never summed: also to a lead of both, each is a line with its organisation."""
    asked = {"savings": {"period": "all", "by": "team"}, "spend": {"period": "7 days"}}.get(page, {})
    for who in (Principal("fin", Role.FINANCE), Principal("lee", Role.TEAM_LEAD, NAMESAKES)):
        _as(monkeypatch, who)
        app = open_app(two_organisations, page, **asked)
        assert not app.exception
        html = " ".join(element.proto.body for element in app.html)

        for organisation in ORGANISATIONS:
            assert f">{organisation}/search<" in html, (page, who.name)


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
    _as(monkeypatch, Principal("new", Role.TEAM_LEAD, (Team("acme", "cassini"),)))
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
