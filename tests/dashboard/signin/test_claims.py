"""Claims of an identity token to a principal, as the document maps them."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.signin.claims import NoRole, principal_of
from dashboard.signin.document import OidcPart
from router.domain.roles import Principal, Role
from router.domain.teams import Team

X, Y = Team("acme", "x"), Team("acme", "y")


def _oidc(**changes: Any) -> OidcPart:
    plain = {
        "issuer": "https://login.example.com", "client_id": "c", "client_secret": {"env": "S"},
        "redirect_uri": "https://t.example.com/oauth2callback",
        "roles": {"admin": ["adm"], "finance": ["fin"], "auditor": ["aud"], "team_lead": ["lead"]},
        "teams": {"prefix": "team-", "organisation": "acme"},
    }  # fmt: skip
    return OidcPart.model_validate({**plain, **changes})


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({"roles": ["fin", "aud"]}, Principal("a@x", Role.FINANCE)),
        ({"roles": "adm"}, Principal("a@x", Role.ADMIN)),
        ({"roles": ["lead", "adm"], "groups": ["team-x"]}, Principal("a@x", Role.ADMIN)),
        (
            {"roles": ["lead"], "groups": ["team-y", "team-x", "x"]},
            Principal("a@x", Role.TEAM_LEAD, (X, Y)),
        ),
        ({"roles": ["lead"], "groups": "team-x"}, Principal("a@x", Role.TEAM_LEAD, (X,))),
    ],
)  # fmt: skip
def test_a_role_and_its_teams(claims: dict[str, Any], expected: Principal) -> None:
    """The role with most rights counts; teams count for team leads only."""
    assert principal_of({"email": "a@x", "sub": "1", **claims}, _oidc()) == expected


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"roles": []},
        {"roles": ["ADM"]},
        {"roles": {"adm": True}},
        {"roles": [["adm"]]},
        {"roles": 1},
        {"roles": ["lead"]},
        {"roles": ["lead"], "groups": ["team-"]},
        {"roles": ["lead"], "groups": ["other"]},
    ],
)
def test_nothing_that_gives_a_role_gives_none(claims: dict[str, Any]) -> None:
    """Odd shapes, other spellings, and a lead without a team."""
    with pytest.raises(NoRole):
        principal_of({"email": "a@x", **claims}, _oidc())


def test_a_claim_inside_another_and_one_whose_name_is_a_url() -> None:
    """Keycloak nests, others name claims by URL."""
    nested = _oidc(roles={"claim": "realm_access.roles", "admin": ["adm"]})
    assert principal_of({"sub": "1", "realm_access": {"roles": ["adm"]}}, nested).role is Role.ADMIN
    named = _oidc(roles={"claim": "https://acme.example/roles", "admin": ["adm"]})
    assert principal_of({"sub": "1", "https://acme.example/roles": ["adm"]}, named).role is Role.ADMIN


def test_groups_may_be_mapped() -> None:
    """A group's id stands for one or more teams, each of the organisation that the map names."""
    oidc = _oidc(teams={"map": {"7f3e": ["acme/x", "globex/x"], "9c": ["acme/z"]}})
    found = principal_of({"sub": "1", "roles": "lead", "groups": ["7f3e", "00"]}, oidc)
    assert found.teams == (X, Team("globex", "x"))


def test_no_claim_names_an_organisation() -> None:
    """Whoever may make groups at the provider gets no further than the document's organisation."""
    claims = {"sub": "1", "roles": "lead", "groups": ["team-globex/x"]}
    assert principal_of(claims, _oidc()).teams == (Team("acme", "globex/x"),)


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"email": "a@x"}, "a@x"),
        ({"email": "a@x", "email_verified": True}, "a@x"),
        ({"email": "boss@x", "email_verified": False}, "1"),
        ({"email": ["a@x"]}, "1"),
        ({}, "1"),
    ],
)
def test_an_address_that_nobody_verified_is_no_name(claims: dict[str, Any], name: str) -> None:
    """The audit trail gets the subject instead."""
    assert principal_of({"sub": "1", "roles": "adm", **claims}, _oidc()).name == name
