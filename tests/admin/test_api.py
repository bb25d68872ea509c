"""Keys, teams, policies, months and the audit log by the admin API, as a program uses it."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from router.domain.roles import Role
from router.record.admin_tables import admin_credentials
from router.record.budget_tables import budget_periods, budgets
from router.record.credentials import Wanted, create_credential, revoke_credential
from router.record.keyring import KeyRing
from router.record.tables import requests
from tests.admin.conftest import Api
from tests.lifecycle.test_past_cache import TRACE
from tests.record import rows

WANTED = {"organisation": "acme", "team": "search", "project": "answers", "allowed_tiers": ["small"]}
A, F, T = Role.ADMIN, Role.FINANCE, Role.TEAM_LEAD


def lets_in(api: Api, token: str, now_us: int | None = None) -> bool:
    """Whether a gateway that looks now, at that time, takes the token."""
    ring = KeyRing(api.engine, 1.0, time.time_ns if now_us is None else lambda: now_us * 1000)
    ring.load()
    return ring.authenticate(token) is not None


def test_a_key_s_life(api: Api) -> None:
    """Made, used, rotated with an overlap, and ended; each step is in the audit log, no token is."""
    made = api.ask(A, "POST", "/keys", json=WANTED)
    assert (made.status_code, made.headers["cache-control"]) == (201, "no-store")
    key = made.json()
    assert lets_in(api, key["token"])
    ring = KeyRing(api.engine, 1.0)
    ring.load()
    ring.authenticate(key["token"])
    ring.keep_uses()
    shown = api.ask(A, "GET", f"/keys/{key['id']}").json()
    assert abs(shown["last_used"] - time.time()) < 60 and "token" not in shown
    rotated = api.ask(A, "POST", f"/keys/{key['id']}/rotate", json={"overlap": 3600}).json()
    assert rotated["rotated_from"] == key["id"]
    assert (rotated["team"], rotated["allowed_tiers"]) == ("search", ["small"])
    for token in (key["token"], rotated["token"]):
        assert lets_in(api, token)
    later = (int(time.time()) + 3700) * 1_000_000
    assert not lets_in(api, key["token"], later) and lets_in(api, rotated["token"], later)
    ended = api.ask(A, "POST", f"/keys/{rotated['id']}/revoke").json()
    assert not ended["active"] and not lets_in(api, rotated["token"])
    assert [action for action, _, _ in api.actions()] == ["key.create", "key.rotate", "key.revoke"]
    assert api.actions()[0][1:] == ("the admin", "admin")
    everything = api.ask(A, "GET", "/audit/entries").text + api.ask(A, "GET", "/keys").text
    assert key["token"][16:] not in everything


def test_models_of_a_key(sqlite_api: Api, caplog: pytest.LogCaptureFixture) -> None:
    """They are the catalog's, by their whole names; where it cannot be read the key is made all the same."""
    made = sqlite_api.ask(A, "POST", "/keys", json={**WANTED, "allowed_models": ["big", "thinker"]})
    assert made.json()["allowed_models"] == ["big", "thinker"]
    wrong = sqlite_api.ask(A, "POST", "/keys", json={**WANTED, "allowed_models": ["big", "thinkr"]})
    error = wrong.json()["error"]
    assert (wrong.status_code, error["param"]) == (400, "allowed_models")
    assert "no model 'thinkr'; did you mean 'thinker'? known: big, thinker" in error["message"]
    pattern = sqlite_api.ask(A, "POST", "/keys", json={**WANTED, "allowed_models": ["think*"]})
    assert pattern.status_code == 400 and "without patterns" in pattern.json()["error"]["message"]
    assert len(sqlite_api.ask(A, "GET", "/keys").json()["data"]) == 1
    for file in sqlite_api.settings.policy_dir.iterdir():
        file.unlink()
    unread = sqlite_api.ask(A, "POST", "/keys", json={**WANTED, "allowed_models": ["thinkr"]})
    assert unread.status_code == 201
    assert "a key's models are not checked" in caplog.text


def test_expiry(api: Api) -> None:
    """A key ends by itself, its end can be moved or taken away, and one that is over is over."""
    soon = int(time.time()) + 100
    key = api.ask(A, "POST", "/keys", json={**WANTED, "expires": soon}).json()
    at_end = soon * 1_000_000
    assert lets_in(api, key["token"], at_end - 1) and not lets_in(api, key["token"], at_end)
    assert api.ask(A, "PATCH", f"/keys/{key['id']}", json={"expires": None}).json()["expires"] is None
    assert lets_in(api, key["token"], at_end)
    past = api.ask(A, "PATCH", f"/keys/{key['id']}", json={"expires": 1})
    assert (past.status_code, past.json()["error"]["param"]) == (400, "expires")
    assert api.ask(A, "PATCH", f"/keys/{key['id']}", json={}).status_code == 400
    api.ask(A, "POST", f"/keys/{key['id']}/revoke")
    for method, path, body in (("PATCH", "", {"label": "x"}), ("POST", "/rotate", {})):
        over = api.ask(A, method, f"/keys/{key['id']}{path}", json=body)
        assert (over.status_code, over.json()["error"]["code"]) == (409, "conflict")
        assert "is revoked" in over.json()["error"]["message"]


def test_idempotency(api: Api) -> None:
    """The same key is one act with one answer, without the token the second time; for another request it is a
    conflict; two credentials do not meet; and of many at the same time one is done."""
    header = {"headers": {"Idempotency-Key": "once"}}
    first = api.ask(A, "POST", "/keys", json=WANTED, **header)
    again = api.ask(A, "POST", "/keys", json=WANTED, **header)
    assert (again.status_code, again.headers["idempotent-replayed"]) == (201, "true")
    assert again.json() == {**first.json(), "token": None}
    other = api.ask(A, "POST", "/keys", json={**WANTED, "label": "x"}, **header)
    assert (other.status_code, other.json()["error"]["code"]) == (409, "idempotency_key_reused")
    assert api.ask(T, "POST", "/keys", json=WANTED, **header).json()["id"] != first.json()["id"]
    with ThreadPoolExecutor(6) as pool:
        at_once = {"headers": {"Idempotency-Key": "at-once"}}
        replies = list(pool.map(lambda _: api.ask(A, "POST", "/keys", json=WANTED, **at_once), range(6)))
    assert {reply.status_code for reply in replies} <= {201, 409}
    assert sum(bool(reply.json().get("token")) for reply in replies) == 1
    assert len(api.ask(A, "GET", "/keys").json()["data"]) == 3


def test_pages(api: Api) -> None:
    """Page by page all keys, each once, in the order in which they were made."""
    ids = [api.key(f"team{n % 3}")[0] for n in range(7)]
    seen: list[str] = []
    after: dict[str, str] = {}
    while True:
        page = api.ask(F, "GET", "/keys", params={"limit": 3, **after}).json()
        seen += [key["id"] for key in page["data"]]
        if not page["has_more"]:
            break
        after = {"after": seen[-1]}
    assert seen == ids
    assert api.ask(F, "GET", "/keys", params={"after": "aaaaaaaaaaaa"}).status_code == 404


def test_a_team_lead_sees_their_team_only(api: Api) -> None:
    """Keys and teams of others do not exist for them, and none can be made there."""
    own, _ = api.key("search")
    other, _ = api.key("legal")
    assert [key["id"] for key in api.ask(T, "GET", "/keys").json()["data"]] == [own]
    assert [team["displayName"] for team in api.ask(T, "GET", "/teams").json()["data"]] == ["search"]
    assert len(api.ask(A, "GET", "/teams").json()["data"]) == 2
    for method, path in (("GET", ""), ("POST", "/rotate"), ("POST", "/revoke"), ("PATCH", "")):
        body = {"label": "x"} if method == "PATCH" else {}
        assert api.ask(T, method, f"/keys/{other}{path}", json=body).status_code == 404
    assert api.ask(T, "GET", "/teams/legal").status_code == 404
    assert api.ask(T, "POST", "/keys", json={**WANTED, "team": "legal"}).status_code == 403
    assert api.ask(T, "POST", f"/keys/{own}/revoke").json()["active"] is False
    assert api.ask(T, "GET", "/teams/search").json()["active"] is False


def test_a_team_of_the_same_name_elsewhere_is_another(api: Api) -> None:
    """Acme's lead neither sees nor touches globex's keys of a team `search`, and can make none there."""
    own, _ = api.key("search")
    other, _ = api.key("search", "globex")
    assert [key["id"] for key in api.ask(T, "GET", "/keys").json()["data"]] == [own]
    for path in ("/teams/search", "/teams/acme/search"):
        shown = api.ask(T, "GET", path).json()
        assert (shown["id"], shown["displayName"], shown["keys"]) == ("acme/search", "search", 1)
    assert api.ask(T, "GET", "/teams/globex/search").status_code == 404
    for method, path in (("GET", ""), ("POST", "/rotate"), ("POST", "/revoke"), ("PATCH", "")):
        body = {"label": "x"} if method == "PATCH" else {}
        assert api.ask(T, method, f"/keys/{other}{path}", json=body).status_code == 404
    refused = api.ask(T, "POST", "/keys", json={**WANTED, "organisation": "globex"})
    assert refused.status_code == 403 and "Your teams are acme/search." in refused.text
    assert "globex" not in api.ask(T, "GET", "/teams").text + api.ask(T, "GET", "/keys").text


def test_teams_of_one_name_are_listed_one_by_one(api: Api) -> None:
    """Each organisation's with its own keys and projects; the name alone asks which one is meant."""
    for team, whose in (("search", "acme"), ("search", "acme"), ("search", "globex"), ("a/b", "acme")):
        api.key(team, whose)
    _, ended = api.ask(A, "GET", "/keys").json()["data"][:2]
    api.ask(A, "POST", f"/keys/{ended['id']}/revoke")
    listed = api.ask(F, "GET", "/teams").json()["data"]
    fields = ("id", "displayName", "organisation", "team", "keys", "active_keys")
    assert [tuple(team[name] for name in fields) for team in listed] == [
        ("acme/a/b", "a/b", "acme", "a/b", 1, 1),
        ("acme/search", "acme/search", "acme", "search", 2, 1),
        ("globex/search", "globex/search", "globex", "search", 1, 1),
    ]
    for team in listed:
        assert api.ask(F, "GET", f"/teams/{team['id']}").json() == team
    for which, said in (
        ("search", "several teams are called 'search': choose one of acme/search, globex/search."),
        ("ads", "no team 'ads'; there are a/b, acme/search, globex/search."),
    ):
        unknown = api.ask(F, "GET", f"/teams/{which}")
        assert unknown.status_code == 404
        assert unknown.json()["error"]["message"] == f"Unknown team: {said}"


def test_a_credential_of_before_organisations_is_refused(api: Api) -> None:
    """A team that it names alone could be any organisation's: 403 on every route, with what to do; to those
    who list credentials it has no team."""
    api.key("search")
    api.key("search", "globex")
    theirs = admin_credentials.c.id == api.ids[T]
    for stored in ('["search"]', '[["acme","search"],"ads"]', '["acme/search"]'):
        with api.engine.begin() as connection:
            connection.execute(update(admin_credentials).where(theirs).values(teams=stored))
        for path in ("/keys", "/teams", "/budgets", "/me"):
            reply = api.ask(T, "GET", path)
            assert reply.status_code == 403, (stored, path)
            assert "--team ORGANISATION/" in reply.json()["error"]["message"]
    users = {user["id"]: user for user in api.ask(A, "GET", "/users").json()["data"]}
    assert users[api.ids[T]]["teams"] == []


def test_credentials(api: Api) -> None:
    """Nearly right, revoked and expired ones let nobody in, at once; users are listed under SCIM's names."""
    token = api.tokens[A]
    for wrong in (
        token[:-1] + "_",
        token[:-1],
        token.upper(),
        token[1:],
        "tga-" + token[4:16] + "-" + "A" * 43,
    ):
        reply = api.ask(None, "GET", "/me", headers={"authorization": f"Bearer {wrong}"})
        assert (reply.status_code, reply.json()["error"]["code"]) == (401, "invalid_credential")
    users = api.ask(Role.AUDITOR, "GET", "/users").json()["data"]
    assert {user["userName"]: (user["role"], user["active"]) for user in users}["the finance"] == (
        "finance",
        True,
    )
    assert api.ask(T, "GET", "/me").json()["teams"] == ["acme/search"]
    assert token[17:] not in str(users)
    revoke_credential(api.engine, api.ids[F], 5, lambda *_: None)
    assert api.ask(F, "GET", "/me").status_code == 401
    wanted = Wanted("late", "", Role.ADMIN, expires_us=time.time_ns() // 1000 - 1)
    _, expired = create_credential(api.engine, wanted, 1, lambda *_: None)
    assert api.ask(None, "GET", "/me", headers={"authorization": f"Bearer {expired}"}).status_code == 401


def test_bodies(sqlite_api: Api) -> None:
    """Unknown fields, wrong values and what is no JSON are named; a huge body is refused."""
    for body, param in (
        ({**WANTED, "colour": "red"}, "colour"),
        ({**WANTED, "team": ""}, "team"),
        ({**WANTED, "organisation": "acme/eu"}, "organisation"),
        ({**WANTED, "team": "a\x00b"}, "team"),
        ({**WANTED, "allowed_tiers": ["tiny"]}, "allowed_tiers.0"),
    ):
        reply = sqlite_api.ask(A, "POST", "/keys", json=body)
        assert (reply.status_code, reply.json()["error"]["param"]) == (400, param)
    assert sqlite_api.ask(A, "POST", "/keys", content=b"{").status_code == 400
    huge = sqlite_api.ask(A, "POST", "/keys", content=b"x" * (sqlite_api.settings.max_body_bytes + 1))
    assert (huge.status_code, huge.json()["error"]["code"]) == (413, "request_too_large")


@pytest.fixture
def policy(api: Api) -> dict[str, str]:
    files: dict[str, str] = api.ask(A, "GET", "/policies/in-force").json()["files"]
    return files


def changed(files: dict[str, str]) -> dict[str, str]:
    name = next(name for name in files if "version: v7" in files[name])
    return {**files, name: files[name].replace("version: v7", "version: v8")}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{", "The request body is not valid JSON: Expecting property name"),
        (b"\xff", "The request body cannot be read as JSON in UTF-8: POST /admin/v1/keys."),
        (
            b'{"organisation": " ", "team": "t", "project": "p"}',
            "Invalid organisation: it must have 1 to 128",
        ),
        (b'{"team": "t", "project": "p"}', "Invalid organisation: it is missing."),
        (b'{"organisation": "o", "team": "t", "project": "p", "x": 1}', "Invalid x: there is no such field."),
    ],
)
def test_what_is_wrong_with_a_body_is_said(sqlite_api: Api, body: bytes, said: str) -> None:
    """In words, and never as another error than it is."""
    reply = sqlite_api.ask(A, "POST", "/keys", content=body, headers={"content-type": "application/json"})
    assert reply.status_code == 400 and reply.json()["error"]["message"].startswith(said), reply.text


def test_a_policy_s_way(api: Api, policy: dict[str, str]) -> None:
    """Checked, planned, applied as planned and taken back; every version can be shown and compared."""
    new = changed(policy)
    checked = api.ask(A, "POST", "/policies/check", json={"files": new}).json()
    assert checked["ok"] and checked["problems"] == []
    plan = api.ask(A, "POST", "/policies/plan", json={"files": new, "since": 1}).json()
    assert plan["new"] == checked["digest"]
    wanted = {"files": new, "plan": plan, "reason": "the year's prices"}
    header = {"headers": {"Idempotency-Key": "apply"}}
    applied = api.ask(A, "POST", "/policies/apply", json=wanted, **header)
    assert (applied.status_code, applied.json()["digest"]) == (201, plan["new"])
    assert api.ask(A, "POST", "/policies/apply", json=wanted, **header).json() == applied.json()
    stale = api.ask(A, "POST", "/policies/apply", json=wanted)
    assert stale.status_code == 409 and "plan anew" in stale.json()["error"]["message"]
    (change,) = api.ask(F, "GET", "/policies/diff", params={"before": "1"}).json()["data"]
    assert (change["before"], change["after"]) == ("v7", "v8")
    back = api.ask(A, "POST", "/policies/rollback", json={"reason": "wrong year"}).json()
    assert (back["version"], back["in_force"]) == (3, True)
    versions = api.ask(T, "GET", "/policies", params={"limit": 2}).json()
    assert ([one["version"] for one in versions["data"]], versions["has_more"]) == ([3, 2], True)
    assert api.ask(T, "GET", "/policies/1").json()["files"] == policy
    assert api.ask(T, "GET", "/policies/99").status_code == 404
    assert [action for action, _, _ in api.actions()] == ["policy.apply", "policy.rollback"]


def test_a_plan_is_bound_to_what_was_read(api: Api, policy: dict[str, str]) -> None:
    """A plan that was edited, is none, or is of other documents, applies nothing; nor does a bad policy."""
    new = changed(policy)
    plan = api.ask(A, "POST", "/policies/plan", json={"files": new, "since": 1}).json()
    for files, used, status in (
        (new, {**plan, "since_us": 2}, 400),
        (new, {"format": 1}, 400),
        (policy, plan, 409),
        ({"policy.yaml": "rules: ["}, plan, 400),
    ):
        refused = api.ask(A, "POST", "/policies/apply", json={"files": files, "plan": used, "reason": "x"})
        assert refused.status_code == status, refused.text
    assert api.ask(A, "GET", "/policies").json()["data"] == []
    bad = api.ask(A, "POST", "/policies/check", json={"files": {"policy.yaml": "rules: ["}}).json()
    assert not bad["ok"] and bad["problems"][0]["file"] == "policy.yaml"


def test_a_plan_of_one_team(api: Api, policy: dict[str, str]) -> None:
    """Named with its organisation where two have one of that name; else the refusal says what to write."""
    with api.engine.begin() as connection:
        for whose in ("acme", "globex", "globex"):
            row = rows.request(rows.new_id(), organisation=whose, trace=TRACE % 7)
            connection.execute(insert(requests).values(**asdict(row)))
    wanted = {"files": changed(policy), "since": 1}
    plan = api.ask(A, "POST", "/policies/plan", json={**wanted, "team": "globex/search"}).json()
    assert (plan["team"], plan["total"]["requests"]) == ("globex/search", 2)
    for team, said in (
        (
            "search",
            "Invalid team: several teams are called 'search': choose one of acme/search, globex/search.",
        ),
        ("ads", "Invalid team: no team 'ads'; there are acme/search, globex/search."),
    ):
        refused = api.ask(A, "POST", "/policies/plan", json={**wanted, "team": team})
        error = refused.json()["error"]
        assert (refused.status_code, error["param"], error["message"]) == (400, "team", said)


def test_cases(api: Api, policy: dict[str, str]) -> None:
    """Cases are decided by the documents that were sent, which need not be in force."""
    case = """
apiVersion: tiergate.dev/v1
kind: PolicyTests
metadata: {name: t, owner: o}
spec:
  at: 2026-01-15T12:00:00Z
  cases:
    - {name: one, given: {task: code}, expect: {tier: frontier}}
    - {name: two, given: {task: code}, expect: {tier: reasoning}}
    - {name: three, given: {task: code}, expect: {tier: small}}
"""
    done = api.ask(A, "POST", "/policies/test", json={"files": policy, "tests": {"t.yaml": case}})
    assert done.status_code == 200, done.text
    assert (done.json()["passed"], done.json()["failed"]) == (1, 2)
    assert [one["name"] for one in done.json()["cases"]] == ["one", "two", "three"]
    assert {one["file"] for one in done.json()["cases"]} == {"tests/t.yaml"}


def test_months(api: Api) -> None:
    """Finance closes a month, sees what keeps one open, and opens it again with a reason."""
    dry = api.ask(F, "POST", "/periods/2026-08/close", json={"dry_run": True})
    assert dry.status_code == 200 and {"name", "blocks", "text"} == set(dry.json()["findings"][0])
    future = api.ask(F, "POST", "/periods/2099-01/close", json={})
    assert (future.status_code, future.json()["error"]["code"]) == (409, "period_left_open")
    done = api.ask(F, "POST", "/periods/2026-08/close", json={"accept": ["invoices"]})
    assert done.status_code == 200, done.text
    assert done.json()["period"]["state"] == "closed"
    again = api.ask(F, "POST", "/periods/2026-08/close", json={})
    assert again.status_code == 409
    opened = api.ask(F, "POST", "/periods/2026-08/reopen", json={"reason": "late invoice"}).json()
    assert (opened["state"], opened["closings"][0]["reopened_because"]) == ("open", "late invoice")
    assert api.ask(F, "POST", "/periods/2026-08/reopen", json={"reason": "x"}).status_code == 409
    assert [period["id"] for period in api.ask(A, "GET", "/periods").json()["data"]] == ["2026-08"]
    assert [action for action, _, _ in api.actions()] == ["period.close", "period.reopen"]


def test_the_log_is_checked(sqlite_api: Api, tmp_path: Path) -> None:
    """By the same check as the command's, with the keys that the settings name."""
    report = sqlite_api.ask(Role.AUDITOR, "GET", "/audit/verification").json()
    assert (report["holds"], report["entries"]) == (True, 0)
    sqlite_api.ask(A, "POST", "/keys", json=WANTED)
    report = sqlite_api.ask(Role.AUDITOR, "GET", "/audit/verification").json()
    # The check reads the settings' key, which is not the one this test's API signs with.
    assert not report["holds"] and "signed by key" in report["problems"][0]


_BUDGETS = (
    ("all", "{}"),
    ("theirs", '{"team": ["search"]}'),
    ("named", '{"organisation": ["acme"], "team": ["search"]}'),
    ("foreign", '{"organisation": ["globex"], "team": ["search"]}'),
    ("pattern", '{"team": ["sea*"]}'),
    ("two", '{"team": ["search", "legal"]}'),
)


def test_budgets(api: Api) -> None:
    """As gateways count them; a team lead sees those of their team alone: not the organisation's, not one of
    several teams, not one that counts another organisation's team of that name."""
    api.key("search")
    day, now = 86_400_000_000, time.time_ns() // 1000
    common = {
        "period": "day", "time_zone": "UTC", "limit_pico": 10, "enforcement": "hard", "when_spent": "deny",
        "thresholds": "[80]", "policy_digest": "d", "updated_us": now,
    }  # fmt: skip
    with api.engine.begin() as connection:
        for position, (name, match) in enumerate(_BUDGETS):
            connection.execute(insert(budgets).values(name=name, position=position, match=match, **common))
        times = {"starts_us": now - day, "ends_us": now + day, "updated_us": now}
        money = {"limit_pico": 10, "spent_pico": 3, "reserved_pico": 4}
        connection.execute(insert(budget_periods).values(budget="theirs", period="today", **times, **money))
    found = api.ask(F, "GET", "/budgets").json()["data"]
    assert [one["id"] for one in found] == [name for name, _ in _BUDGETS]
    assert found[0]["current"] is None
    assert (found[1]["current"]["spent_pico"], found[1]["current"]["forecast_pico"]) == (3, None)
    assert [one["id"] for one in api.ask(T, "GET", "/budgets").json()["data"]] == ["theirs", "named"]
    assert api.ask(T, "GET", "/budgets/all").status_code == 404
    api.key("search", "globex")
    assert [one["id"] for one in api.ask(T, "GET", "/budgets").json()["data"]] == ["named"]
    assert api.ask(T, "GET", "/budgets/theirs").status_code == 404
