"""A DashboardAccess document: what it says, and `file:line` for everything that is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.signin.configuration import Access, read_access
from dashboard.signin.passwords import hashed
from router.domain.roles import Principal, Role
from router.domain.teams import Team
from router.policy.problems import PolicyRejected

HEAD = "apiVersion: tiergate.dev/v1\nkind: DashboardAccess\nmetadata: {name: a, owner: b}\nspec:\n"
OIDC = """  oidc:
    issuer: https://login.example.com/realms/acme
    client_id: tiergate
    client_secret: {env: SECRET}
    redirect_uri: https://tiergate.example.com/oauth2callback
    roles: {claim: realm_access.roles, admin: [tg-admin], team_lead: [tg-lead]}
    teams: {prefix: team-, organisation: acme}
"""
TEAMS = "    teams: {prefix: team-, organisation: acme}\n"
HASH = hashed("four words of mine", bytes(16))

USER = f"  users:\n    - name: a\n      role: admin\n      password: '{HASH}'\n"


def _read(tmp_path: Path, text: str, **env: str) -> Access:
    path = tmp_path / "access.yaml"
    path.write_text(text)
    return read_access(path, env)


def _refused(tmp_path: Path, text: str, **env: str) -> list[str]:
    with pytest.raises(PolicyRejected) as found:
        _read(tmp_path, text, **env)
    return [str(problem).removeprefix(f"{tmp_path}/") for problem in found.value.problems]


def test_nothing_set_is_this_machine_only() -> None:
    """Without a document nobody signs in."""
    assert read_access(None, {}).local


def test_a_provider(tmp_path: Path) -> None:
    """The secret comes from the environment, white space around it is dropped."""
    found = _read(tmp_path, HEAD + "  session_hours: 2\n" + OIDC, SECRET=" s3cret\n")
    assert (found.session_seconds, found.client_secret, found.local) == (7200, "s3cret", False)


def test_users(tmp_path: Path) -> None:
    """Hashes stand in the document, in a variable or in a file."""
    (tmp_path / "hash").write_text(f"{HASH}\n")
    users = (
        f"  users:\n    - {{name: ada, role: admin, password: '{HASH}'}}\n"
        "    - {name: bob, role: finance, password_from: {env: BOB}}\n"
        f"    - {{name: lee, role: team_lead, teams: [acme/x], password_from: {{file: {tmp_path}/hash}}}}\n"
    )
    found = _read(tmp_path, HEAD + users, BOB=HASH)
    assert found.users is not None
    assert {user.hash for user in found.users.values()} == {HASH}
    assert found.users["lee"].principal == Principal("lee", Role.TEAM_LEAD, (Team("acme", "x"),))


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("  {}\n", 4, "needs either oidc or users"),
        (OIDC + "  users: [{name: a, role: admin}]\n", 12, "needs either password or password_from"),
        (OIDC.replace("https://login", "http://login"), 6, "must be an https:// address"),
        (OIDC.replace("oauth2callback", "callback"), 5, "ends with /oauth2callback"),
        (OIDC.replace(TEAMS, ""), 5, "a lead of no team sees nothing"),
        (OIDC.replace("tg-admin", "3"), 10, "spec.oidc.roles.admin"),
        (OIDC.replace("client_id", "client"), 7, "unknown key spec.oidc.client"),
        (OIDC.replace("{env: SECRET}", "s3cret"), 8, "spec.oidc.client_secret"),
        (OIDC.replace("{env: SECRET}", "{env: A, file: b}"), 8, "needs either env or file"),
        (OIDC.replace("prefix: team-", "claim: groups"), 11, "needs either prefix or map"),
        (OIDC.replace(", organisation: acme", ""), 11, "needs `organisation:` beside prefix"),
        (OIDC.replace("prefix: team-", "map: {g: [acme/x]}"), 11, "in a map write ORGANISATION/TEAM"),
        (OIDC.replace("prefix: team-, organisation: acme", "map: {g: [x]}"), 11, "such as acme/x"),
        (USER.replace("admin", "team_lead\n      teams: [x]"), 8, "write ORGANISATION/TEAM, such as acme/x"),
        (USER.replace("admin", "team_lead\n      teams: [/x]"), 8, "names no organisation"),
        (USER.replace("admin", "team_lead\n      teams: [acme/]"), 8, "names no organisation"),
        (USER.replace("admin", "boss"), 7, "spec.users[0].role"),
        (f"  users:\n    - {{name: a, role: team_lead, password: '{HASH}'}}\n", 6, "needs `teams:`"),
        (USER.replace(f"'{HASH}'", "hunter2"), 8, "tiergate dashboard password"),
        (USER + USER.removeprefix("  users:\n"), 4, "names a twice"),
        ("  session_hours: 1000\n" + OIDC, 5, "spec.session_hours"),
        (OIDC, 8, "needs the environment variable SECRET, which is not set"),
        ("  users: [{name: a, role: admin, password_from: {file: /nowhere}}]\n", 5, "cannot be read"),
    ],
)  # fmt: skip
def test_what_is_wrong_has_a_line(tmp_path: Path, text: str, line: int, said: str) -> None:
    """And nothing that was written as a password is repeated."""
    problems = _refused(tmp_path, HEAD + text)
    assert any(one.startswith(f"access.yaml:{line}: ") and said in one for one in problems), problems
    assert not any("hunter2" in one or "s3cret" in one for one in problems)


def test_a_hash_from_elsewhere_is_looked_at(tmp_path: Path) -> None:
    """A plain password in the variable is refused, and not shown."""
    users = "  users: [{name: a, role: admin, password_from: {env: A}}]\n"
    problems = _refused(tmp_path, HEAD + users, A="a plain password")
    assert "something else than a line of `tiergate dashboard password`" in problems[0]
    assert "plain password" not in problems[0]


@pytest.mark.parametrize("content", ["", "a: [", "- 1", "kind: RoutingPolicy\n"])
def test_another_file_is_refused(tmp_path: Path, content: str) -> None:
    """What is no such document says so."""
    assert _refused(tmp_path, content)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """It is not taken for no document at all."""
    with pytest.raises(PolicyRejected, match="cannot be read"):
        read_access(tmp_path / "none.yaml", {})
