# ruff: noqa: N999 - Streamlit's convention for the entry script
"""Entry of the dashboard: `streamlit run dashboard/Home.py`. The page list is in navigation.py."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard import navigation

# A file of our own: a named icon would be fetched from a font server on the internet.
_ICON = Path(__file__).with_name("icon.svg")

st.set_page_config(page_title="Tiergate ledger", page_icon=str(_ICON), layout="wide")
st.navigation(navigation.pages(), position="top").run()
