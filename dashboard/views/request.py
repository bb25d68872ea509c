"""One request: its story, or that the ledger does not know it."""

from __future__ import annotations

import streamlit as st

from dashboard import access, navigation, states, story
from dashboard.ledger import LedgerProblem
from dashboard.queries import requests


def page() -> None:
    """The page, or what to do when there is no ledger or no such request."""
    navigation.back_to_list()
    asked = navigation.asked_request()
    try:
        with access.ledger() as connection:
            found = requests.story(connection, asked)
    except LedgerProblem as trouble:
        st.title("Request")
        states.problem(trouble)
        return
    if found is None:
        st.title("Request")
        states.unknown_request(asked)
    else:
        story.show(found)


page()
