"""What somebody sees who is not let in yet, and the line that says who is: sign in, sign out, or why not."""

from __future__ import annotations

import streamlit as st

from dashboard import access, text
from dashboard.signin import server
from dashboard.signin.claims import NoRole
from dashboard.signin.local import HOW
from dashboard.signin.routes import SIGN_IN, SIGN_OUT
from router.domain.roles import Principal, Role
from router.policy.problems import PolicyRejected
from router.settings import SettingsRefused

_ROLES = {
    Role.ADMIN: "admin",
    Role.FINANCE: "finance",
    Role.AUDITOR: "auditor",
    Role.TEAM_LEAD: "team lead",
}


def admit() -> Principal | None:
    """Who is looking; None: nobody who may, and the page says what to do about it."""
    try:
        return access.principal()
    except access.NotSignedIn as needed:
        _sign_in(over=needed.over)
    except NoRole as found:
        _no_role(found)
    except access.NotHere as found:
        _elsewhere(found)
    except (PolicyRejected, SettingsRefused) as wrong:
        st.title("Tiergate ledger")
        st.error("**Who may look is not set up right,** so nobody may.", icon=":material/lock:")
        st.code(str(wrong), language=None, wrap_lines=True)
    return None


def who(principal: Principal) -> None:
    """One line at the top of every page: name, role, teams, the way out."""
    if principal is access.LOCAL:
        return
    teams = f" of {text.listed([str(team) for team in principal.teams])}" if principal.teams else ""
    said = text.verbatim(f"{principal.name} · {_ROLES[principal.role]}{teams}")
    with st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
        st.caption(said, width="content")
        if server.entrance().access.oidc is None:
            st.html(
                f'<a href="{SIGN_OUT}" style="font-size:0.875rem;color:inherit">Sign out</a>', width="content"
            )
        elif st.button("Sign out", type="tertiary", key="sign-out"):
            st.logout()


def _sign_in(*, over: bool) -> None:
    st.title("Tiergate ledger")
    if over:
        st.info("**Your session is over.** Sign in again.", icon=":material/schedule:")
    else:
        st.markdown("Sign in to see what was spent, by whom, and how good it was.")
    if server.entrance().access.oidc is None:
        # Reached where a window outlives its session: the gate lets no new one in.
        st.html(f'<a href="{SIGN_IN}{"?why=over" if over else ""}">Sign in</a>')
    elif not server.serves_oidc(st.secrets):
        st.error("Start the dashboard with `tiergate dashboard`: this process has no sign-in.")
    else:
        st.button("Sign in", type="primary", icon=":material/login:", on_click=st.login, key="sign-in")


def _no_role(found: NoRole) -> None:
    st.title("Tiergate ledger")
    st.error(
        f"**You are signed in as {text.verbatim(found.name)}, and may not look here:** "
        f"{text.verbatim(found.why)}. Ask whoever runs Tiergate for a role.",
        icon=":material/lock:",
    )
    if st.button("Sign out", key="sign-out"):
        st.logout()


def _elsewhere(found: access.NotHere) -> None:
    st.title("Tiergate ledger")
    st.error(
        "**No sign-in is set up, so this dashboard shows itself to its own machine only,** and "
        f"{text.verbatim(str(found))}.",
        icon=":material/lock:",
    )
    st.markdown(HOW)
