"""For admins: a planned draft put in force with a reason, an earlier version again, or the commands."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st
from sqlalchemy.exc import SQLAlchemyError

from dashboard import text
from dashboard.policies import desk, tables
from dashboard.policies.current import Current
from dashboard.policies.desk import Draft
from dashboard.policies.putting import may_put, put, put_back
from router.lifecycle.applying import NotApplied
from router.lifecycle.in_force import Loaded
from router.policy.problems import PolicyRejected
from router.record.policies import Applied
from router.record.write import brief
from router.settings import Settings

_COMMANDS = """tiergate policy check DIR
tiergate policy test DIR
tiergate policy plan DIR --out plan.json
tiergate policy apply plan.json --reason '...'"""


def put_in_force(settings: Settings, found: Current, draft: Draft, new: Loaded) -> None:
    """The form, once the draft was planned."""
    if why := may_put(settings):
        _commands(why, draft)
        return
    planned = draft.planned
    ready = planned is not None and planned.head.new == new.bundle.digest != found.loaded.bundle.digest
    with st.form("policy-put"):
        reason = st.text_input("Why", placeholder="for whoever reads the history", key="policy-why")
        asked = st.form_submit_button(
            "Put in force", type="primary", icon=":material/publish:", disabled=not ready
        )
    if not ready:
        st.caption("Plan it first: what was planned is put in force, over what it was planned against.")
    if asked and ready and planned is not None:
        _do(settings, lambda: put(settings, new, planned, found.endpoints, reason))


def roll_back(settings: Settings, found: Current, known: Sequence[Applied]) -> None:
    """An earlier version, as a new one."""
    earlier = {f"version {one.version} · {tables.short(one.digest)}": one for one in known[1:]}
    if may_put(settings) or not earlier:
        return
    with st.expander("Take it back"), st.form("policy-back", border=False):
        chosen = st.selectbox("Put in force again", list(earlier), width=260)
        reason = st.text_input("Why", placeholder="for whoever reads the history", key="policy-back-why")
        asked = st.form_submit_button("Put that version in force", icon=":material/history:")
    if asked:
        _do(settings, lambda: put_back(settings, earlier[chosen], found.endpoints, reason))


def _do(settings: Settings, act: Callable[[], Applied]) -> None:
    try:
        done = act()
    except (NotApplied, PolicyRejected, SQLAlchemyError) as error:
        said = brief(error) if isinstance(error, SQLAlchemyError) else str(error)
        st.error(f"**Nothing was changed:** {text.verbatim(said)}", icon=":material/error:")
        return
    seconds = f"{2 * settings.policy_refresh:g}"
    desk.finish(
        f"**Version {done.version} is in force,** digest `{done.digest}`. Gateways take it up within "
        f"{seconds} s."
    )


def _commands(why: str, draft: Draft) -> None:
    """What to do instead, with the draft to take along."""
    st.markdown("**Put it in force**")
    st.info(f"Not from this page: {text.verbatim(why)}", icon=":material/terminal:")
    with st.container(horizontal=True):
        for name, content in draft.files.items():
            icon, key = ":material/download:", f"take {name}"
            st.download_button(name, content, name, on_click="ignore", icon=icon, key=key)
    st.code(_COMMANDS, language="bash")
