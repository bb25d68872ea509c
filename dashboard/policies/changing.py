"""For admins: the policy edited, with what is wrong with it and what it says differently beside it."""

from __future__ import annotations

import streamlit as st

from dashboard.policies import desk, tables
from dashboard.policies import draft as drafts
from dashboard.policies.current import Current
from dashboard.policies.desk import Draft
from dashboard.policies.draft import Checked
from dashboard.policies.editor import edit
from dashboard.policies.force import put_in_force
from dashboard.policies.trials import trials
from router.lifecycle.diff import differences
from router.policy.folder import SourceFile
from router.settings import Settings


def change(settings: Settings, found: Current) -> None:
    """The editor and what can be done with the draft."""
    st.subheader("Change it", help="Your draft is in this browser session only, until you put it in force.")
    draft = desk.draft(found)
    if draft.base != found.loaded.bundle.digest:
        st.warning(
            "**Another policy was put in force since you began this draft.** Start over, or plan it against "
            "that one.",
            icon=":material/sync_problem:",
        )
    _workbench(settings, found, draft)


@st.fragment
def _workbench(settings: Settings, found: Current, draft: Draft) -> None:
    """Drawn anew at every pause of typing, without the rest of the page."""
    names = sorted(draft.files, key=lambda name: "kind: RoutingPolicy" not in draft.files[name])
    name = st.selectbox("File", names, key="policy-file", width=260)
    checked = drafts.check(settings, draft.files, found)
    with st.grid(2, min_column_width=460, gap="medium"):
        with st.container():
            here = [problem for problem in checked.problems if problem.file == name]
            typed = edit(f"Text of {name}", f"{draft.edition} {name}", draft.files[name], here)
        if typed != draft.files[name]:
            draft.changed(name, typed)
            st.rerun(scope="fragment")
        with st.container():
            _said(checked, found)
            _differences(draft, found)
    if checked.loaded is not None:
        trials(settings, found, draft, checked.loaded)
        put_in_force(settings, found, draft, checked.loaded)
    elif st.button("Start over", icon=":material/undo:", key="policy-over"):
        desk.start_over()


def _said(checked: Checked, found: Current) -> None:
    st.markdown("**Check**")
    if checked.loaded is None:
        number = len(checked.problems)
        st.error(f"**Refused,** {number} problem{'s' * (number != 1)}.", icon=":material/error:")
        st.code("\n".join(map(str, checked.problems)), language=None, wrap_lines=True)
        return
    digest = checked.loaded.bundle.digest
    if digest == found.loaded.bundle.digest:
        st.info("**As in force.** Type on the left: it is checked while you do.", icon=":material/edit:")
    else:
        st.success(f"**Can be put in force,** digest `{digest}`.", icon=":material/check:")
    if notes := checked.loaded.bundle.notes:
        with st.expander(f"{len(notes)} notes"):
            st.code("\n".join(map(str, notes)), language=None, wrap_lines=True)


def _differences(draft: Draft, found: Current) -> None:
    before, after = (
        [SourceFile(name, content.encode()) for name, content in files.items()]
        for files in (found.loaded.files, draft.files)
    )
    said = differences(before, after)
    if said:
        st.markdown("**What it says differently**")
        st.html(tables.differences(said))
