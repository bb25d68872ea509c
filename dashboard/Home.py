# ruff: noqa: N999 - Streamlit's convention for the entry script
"""Entry of the dashboard's pages, of which navigation.py has the list; app.py serves it with a sign-in."""

from __future__ import annotations

from pathlib import Path

# Altair uses the pandas it finds in `sys.modules`, and Streamlit imports pandas only when the first chart is
# drawn: without this line a second reader's chart at that moment meets it half loaded, and fails.
import pandas  # type: ignore[import-untyped]  # noqa: F401
import streamlit as st

from dashboard import entrance, navigation

# A file of our own: a named icon would be fetched from a font server on the internet.
_ICON = Path(__file__).with_name("icon.svg")

st.set_page_config(page_title="Tiergate ledger", page_icon=str(_ICON), layout="wide")
principal = entrance.admit()
if principal is None:
    # The pages are named all the same: Streamlit calls an address that it does not know "not found".
    st.navigation(navigation.pages(), position="hidden")
else:
    page = st.navigation(navigation.pages(), position="top")
    entrance.who(principal)
    page.run()
