"""The policy in force, its rules and how it got there; for admins, the way to another one."""

from __future__ import annotations

import time

import streamlit as st
from sqlalchemy import Connection

from dashboard import access, filter_bar, frame
from dashboard.policies import changing, desk, force, reading
from dashboard.policies.current import Current, current
from dashboard.queries import policies
from router.domain.roles import Role
from router.policy.problems import PolicyRejected
from router.settings import Settings, read_settings

_HOUR_US = 3_600_000_000
_SPANS = {"24 hours": 24, "7 days": 168, "30 days": 720}


def page() -> None:
    """The page, or what to do when there is no ledger to show."""
    frame.page("Policy", lambda connection: _show(connection, read_settings()))


def _show(connection: Connection, settings: Settings) -> None:
    desk.say_what_was_done()
    span = filter_bar.grouping(list(_SPANS), "Rules counted over the last")
    since_us = time.time_ns() // 1000 - _SPANS[span] * _HOUR_US
    counted = policies.decided(connection, since_us)
    who = access.principal()
    everything = who.limited_to is None
    try:
        found = current(connection, settings, frozenset(one.digest for one in counted))
    except PolicyRejected as rejected:
        _refused(rejected, everything=everything)
        return
    reading.in_force(found, counted, everything=everything)
    reading.rules(found, counted, span)
    if everything:
        _all(connection, settings, found, changes=who.role is Role.ADMIN)


def _all(connection: Connection, settings: Settings, found: Current, *, changes: bool) -> None:
    known = reading.history(connection, found)
    if changes:
        force.roll_back(settings, found, known)
        changing.change(settings, found)
    else:
        reading.files(found)


def _refused(rejected: PolicyRejected, *, everything: bool) -> None:
    st.error(
        "**The policy cannot be shown:** where this dashboard looks for it, there is none that loads.",
        icon=":material/error:",
    )
    if everything:
        st.code("\n".join(map(str, rejected.problems)), language=None, wrap_lines=True)
        st.markdown(
            "Set `TIERGATE_POLICY_SOURCE` and `TIERGATE_POLICY_DIR` here as for the gateway, and "
            "let it read that folder."
        )


page()
