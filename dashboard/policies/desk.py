"""What an admin is working on, kept for their browser session."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import NoReturn

import streamlit as st

from dashboard.policies.current import Current
from dashboard.policies.draft import Planned
from router.lifecycle.run_cases import Report

_KEY = "policy-draft"
_DONE = "policy-done"


@dataclass(slots=True)
class Draft:
    """Files by name, begun from the policy with digest `base`. `edition` names the draft to the editor.
    `tested` and `planned` are of the files as they are; refused tests are lines."""

    base: str
    files: dict[str, str]
    edition: str = field(default_factory=lambda: secrets.token_hex(4))
    tested: Report | tuple[str, ...] | None = None
    planned: Planned | None = None

    def changed(self, name: str, content: str) -> None:
        """Results of another text are not this one's."""
        self.files[name] = content
        self.tested = self.planned = None


def draft(found: Current) -> Draft:
    """The draft of this session; a new one of what is in force where there is none."""
    kept: Draft | None = st.session_state.get(_KEY)
    if kept is None:
        kept = st.session_state[_KEY] = Draft(found.loaded.bundle.digest, dict(found.loaded.files))
    return kept


def start_over() -> NoReturn:
    """Drops the draft and draws the page anew."""
    st.session_state.pop(_KEY, None)
    st.rerun(scope="app")


def finish(said: str) -> NoReturn:
    """The same, and says what was done."""
    st.session_state[_DONE] = said
    start_over()


def say_what_was_done() -> None:
    """Once."""
    if said := st.session_state.pop(_DONE, None):
        st.success(said, icon=":material/check_circle:")
