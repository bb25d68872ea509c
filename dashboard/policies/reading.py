"""What everybody sees of the policy: which one is in force, since when, by whom; its rules; its history."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from sqlalchemy import Connection

from dashboard import access, cards, text
from dashboard.policies import tables
from dashboard.policies.current import Current, own_files
from dashboard.policies.rules import shown_rules, unknown_rules
from dashboard.queries.policies import MOST, Decided, versions
from dashboard.spend_words import Figure
from router.lifecycle.diff import differences
from router.record.policies import Applied

_DIGEST = "Of what the documents say and which endpoints are active; comments and layout do not change it."
_UNTIL = "Until a first version is put in force, gateways read the policy folder."
_FOLDER = (
    "Gateways read the policy folder, which keeps no record of who changed it and why: your version control "
    "does, or `TIERGATE_POLICY_SOURCE=database`."
)


def in_force(found: Current, counted: Sequence[Decided], *, everything: bool) -> None:
    """Headline, who and why, and whether gateways decide by it."""
    bundle, version = found.loaded.bundle, found.version
    since = version.applied_us if version else found.changed_us
    modes = [str(rule.rollout.mode) for rule in bundle.policy.rules]
    trial = sum(mode != "enforce" for mode in modes)
    origin = f"version {version.version}" if version else "the folder's"
    on = f"{trial} in shadow or canary" if trial else "all on"
    moment = text.instant(since).removesuffix(" UTC")
    cards.row(
        [
            Figure("Policy", bundle.policy.name, origin),
            Figure("Digest", tables.short(bundle.digest), f"price book {bundle.prices.version}", _DIGEST),
            Figure("Since, UTC", moment, "put in force" if version else "file changed"),
            Figure("Rules", text.count(len(modes)), on),
        ]
    )
    if version and everything:
        st.markdown(
            f"Put in force by **{text.verbatim(version.applied_by)}**: “{text.verbatim(version.reason)}”"
        )
    elif not version and everything:
        st.caption(_UNTIL if found.from_database else _FOLDER)
    _in_traffic(bundle.digest, counted)


def _in_traffic(digest: str, counted: Sequence[Decided]) -> None:
    if not counted:
        return
    total, by_it = sum(d.requests for d in counted), sum(d.requests for d in counted if d.digest == digest)
    newest = counted[0]
    if newest.digest == digest:
        rest = "" if by_it == total else f" {text.requests(total - by_it)} before under another."
        st.caption(f"Gateways decided the newest request, {text.instant(newest.newest_us)}, under it.{rest}")
        return
    st.warning(
        f"**Gateways decided the newest request, {text.instant(newest.newest_us)}, under "
        f"`{tables.short(newest.digest)}`:** they have not taken this one up yet, or other endpoints are "
        "active there than here.",
        icon=":material/sync_problem:",
    )


def rules(found: Current, counted: Sequence[Decided], span: str) -> None:
    """In order, with how many requests each decided."""
    policy, teams = found.loaded.bundle.policy, access.principal().limited_to
    shown = shown_rules(policy.rules, counted, teams)
    total = sum(one.requests for one in counted)
    st.subheader("Rules", help="The first rule that matches decides; the last one matches everything.")
    st.html(tables.rules(shown, total))
    newest = "the newest " if total >= MOST else ""
    yours = " of your teams" if teams else ""
    parts = [f"Decided: {newest}{text.requests(total)} of the last {span}{yours}."]
    if gone := unknown_rules(policy.rules, counted):
        parts.append(f"{text.requests(gone)} by rules that the policy no longer has.")
    if hidden := len(policy.rules) - len(shown):
        parts.append(f"Left out: {hidden} about other teams.")
    st.caption(" ".join(parts))


def files(found: Current) -> None:
    """The documents as they are."""
    st.subheader("Files")
    for name, content in found.loaded.files.items():
        with st.expander(f"{name} · {text.count(len(content.splitlines()))} lines"):
            st.code(content, language="json" if name.endswith(".json") else "yaml", line_numbers=True)


def history(connection: Connection, found: Current) -> list[Applied]:
    """Every version, and what two of them say differently; the versions."""
    known = versions(connection)
    st.subheader("History")
    if not known:
        st.info("**No version yet.** `tiergate policy apply` adds one, and so does this page for admins.")
        return known
    st.html(tables.versions(known, found.version.version if found.version else None))
    if len(known) > 1:
        _difference(connection, known)
    return known


def _difference(connection: Connection, known: Sequence[Applied]) -> None:
    names = {f"version {one.version} · {tables.short(one.digest)}": one for one in known}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        before = st.selectbox("Compare", list(names), index=1, key="diff-before", width=260)
        after = st.selectbox("with", list(names), index=0, key="diff-after", width=260)
    said = differences(own_files(connection, names[before]), own_files(connection, names[after]))
    if said:
        st.html(tables.differences(said))
    else:
        st.caption("No difference in what they say.")
