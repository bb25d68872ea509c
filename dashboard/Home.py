# ruff: noqa: N999 - Streamlit's convention for the entry script
"""Entry of the dashboard: `streamlit run dashboard/Home.py`. The page list is in navigation.py."""

from __future__ import annotations

from pathlib import Path

# Altair uses the pandas it finds in `sys.modules`, and Streamlit imports pandas only when the first chart is
# drawn: without this line a second reader's chart at that moment meets it half loaded, and fails.
import pandas  # type: ignore[import-untyped]  # noqa: F401
import streamlit as st

from dashboard import navigation

# A file of our own: a named icon would be fetched from a font server on the internet.
_ICON = Path(__file__).with_name("icon.svg")

st.set_page_config(page_title="Tiergate ledger", page_icon=str(_ICON), layout="wide")
st.navigation(navigation.pages(), position="top").run()
