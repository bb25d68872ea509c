"""The row of headline figures at the top of a page."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard.spend_words import Figure


def row(figures: Sequence[Figure]) -> None:
    """One card per figure, in as many columns as fit."""
    with st.grid(len(figures), min_column_width=190):
        for figure in figures:
            st.metric(
                figure.label,
                figure.value,
                delta=figure.note,
                delta_color="inverse" if figure.alarm else "off",
                delta_arrow="off",
                border=True,
                help=figure.help,
            )
