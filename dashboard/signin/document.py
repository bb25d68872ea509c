"""The DashboardAccess document: who may sign in, as what, and how it is found out. Form only."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from dashboard.signin.passwords import HASH
from router.domain.roles import Role
from router.domain.teams import read_team
from router.policy.envelope import Document
from router.policy.fields import EnvName, Name, Part, Pattern, Text

Url = Annotated[
    str,
    Pattern(
        r"https://[^\s/?#]+[^\s?#]*|http://(localhost|127\.0\.0\.1|\[::1\])(:[0-9]+)?(/[^\s?#]*)?",
        "an https:// address without a query (http:// for this machine only)",
    ),
]
Hash = Annotated[str, Pattern(HASH, "a line that `tiergate dashboard password` printed")]
RoleField = Annotated[Role, Field(strict=False)]
Names = Annotated[list[Text], Field(min_length=1)]


def _with_organisation(text: str) -> str:
    read_team(text)
    return text


TeamText = Annotated[Text, AfterValidator(_with_organisation)]
"""`acme/search`: what is before the first slash is the organisation."""
CALLBACK = "/oauth2callback"
"""The path that Streamlit answers the provider at."""


class SecretPart(Part):
    """Where a secret is; never the secret."""

    env: EnvName | None = Field(None, description="Environment variable that holds it.")
    file: Text | None = Field(None, description="File that holds it and nothing else.")

    @model_validator(mode="after")
    def _one(self) -> SecretPart:
        if (self.env is None) == (self.file is None):
            raise ValueError("needs either env or file: the name of a variable, or the path of a file")
        return self


class RolesPart(Part):
    """Which values of a claim make somebody what; of several roles the first of this order counts."""

    claim: Text = Field("roles", description="Claim with a text or a list; a.b for one inside another.")
    admin: Names | None = Field(None, description="Values that make an admin.")
    finance: Names | None = Field(None, description="Values that make somebody of finance.")
    auditor: Names | None = Field(None, description="Values that make an auditor.")
    team_lead: Names | None = Field(None, description="Values that make a team lead.")

    def values(self, role: Role) -> frozenset[str]:
        """Values of the claim that mean `role`."""
        found: list[str] | None = getattr(self, role.value)
        return frozenset(found or ())

    @model_validator(mode="after")
    def _some(self) -> RolesPart:
        if not any(self.values(role) for role in Role):
            raise ValueError("names no role, so that nobody could sign in; add `admin: [...]`")
        return self


class TeamsPart(Part):
    """Which teams a team lead leads, by the values of a claim. A value with the prefix names a team of
    `organisation`, whatever it says: which organisation it is, no claim decides."""

    claim: Text = Field("groups", description="Claim with a text or a list; a.b for one inside another.")
    prefix: Text | None = Field(None, description="What a value begins with before the team's name.")
    organisation: Text | None = Field(None, description="With prefix: the organisation of those teams.")
    map: dict[Text, Annotated[list[TeamText], Field(min_length=1)]] | None = Field(
        None, description="Teams by value, each as ORGANISATION/TEAM."
    )

    @model_validator(mode="after")
    def _one(self) -> TeamsPart:
        if (self.prefix is None) == (self.map is None):
            raise ValueError("needs either prefix or map")
        if self.prefix is not None and self.organisation is None:
            raise ValueError(
                "needs `organisation:` beside prefix, whose teams those are: two organisations may have a "
                "team of one name; for several organisations use `map: {VALUE: [ORGANISATION/TEAM]}`"
            )
        if self.map is not None and self.organisation is not None:
            raise ValueError("has `organisation:` for prefix only; in a map write ORGANISATION/TEAM")
        return self


class OidcPart(Part):
    """An OpenID Connect provider and what its claims mean."""

    issuer: Url = Field(description="The provider's issuer; its /.well-known/openid-configuration is read.")
    client_id: Text = Field(description="This dashboard's client at the provider.")
    client_secret: SecretPart = Field(description="Where the client's secret is.")
    redirect_uri: Url = Field(description="This dashboard's own address with /oauth2callback at its end.")
    scopes: Text = Field("openid profile email", description="Scopes that are asked for.")
    name_claim: Text = Field("email", description="Claim that somebody is called by; left out there: sub.")
    roles: RolesPart = Field(description="Claim values to roles.")
    teams: TeamsPart | None = Field(None, description="Claim values to teams, for team leads.")

    @model_validator(mode="after")
    def _fits(self) -> OidcPart:
        if not self.redirect_uri.endswith(CALLBACK):
            raise ValueError(f"needs a redirect_uri that ends with {CALLBACK}")
        if self.roles.team_lead and self.teams is None:
            raise ValueError("needs `teams:` where roles name a team_lead: a lead of no team sees nothing")
        if "openid" not in self.scopes.split():
            raise ValueError("needs openid among the scopes")
        return self


class UserPart(Part):
    """Somebody who signs in with a password."""

    name: Name = Field(description="What they type, and what the audit trail calls them.")
    role: RoleField = Field(description="admin, finance, auditor or team_lead.")
    teams: list[TeamText] = Field(
        default_factory=list, description="Teams of a team lead, each as ORGANISATION/TEAM."
    )
    password: Hash | None = Field(None, description="Hash that `tiergate dashboard password` prints.")
    password_from: SecretPart | None = Field(None, description="Where that hash is, if not here.")

    @model_validator(mode="after")
    def _fits(self) -> UserPart:
        if (self.password is None) == (self.password_from is None):
            raise ValueError("needs either password or password_from")
        if (self.role is Role.TEAM_LEAD) != bool(self.teams):
            raise ValueError(
                "needs `teams:` for a team_lead, and for nobody else: other roles see every team"
            )
        return self


class AccessPart(Part):
    """One way of signing in."""

    session_hours: Annotated[float, Field(ge=0.1, le=168)] = Field(
        8.0, description="Hours after which somebody has to sign in again."
    )
    oidc: OidcPart | None = Field(None, description="Sign-in at an OpenID Connect provider.")
    users: Annotated[list[UserPart], Field(min_length=1)] | None = Field(
        None, description="Sign-in with a password: for one machine."
    )

    @model_validator(mode="after")
    def _one(self) -> AccessPart:
        if (self.oidc is None) == (self.users is None):
            raise ValueError("needs either oidc or users")
        names = [user.name for user in self.users or ()]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"names {', '.join(twice)} twice among its users")
        return self


class AccessDocument(Document):
    """`kind: DashboardAccess`."""

    kind: Literal["DashboardAccess"] = Field(description="DashboardAccess.")
    spec: AccessPart = Field(description="How people sign in.")
