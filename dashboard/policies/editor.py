"""A text with line numbers that is checked while somebody types: the one piece of script of our own."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from router.policy.problems import Problem

_HTML = """<div class="editor"><div class="lines"></div>
<textarea spellcheck="false" wrap="off"></textarea></div>"""


def edit(label: str, edition: str, text: str, problems: Sequence[Problem]) -> str:
    """The text as it is by now. `edition` names what is edited: another one replaces what is on screen.
    `problems` are those of this text."""
    found = _component()(
        key="policy-editor",
        data={
            "label": label,
            "edition": edition,
            "text": text,
            "problems": [[problem.line, problem.message] for problem in problems],
        },
        on_typed_change=lambda: None,
    )
    typed = found.typed
    if isinstance(typed, dict) and typed.get("edition") == edition and isinstance(typed.get("text"), str):
        return str(typed["text"])
    return text


@cache
def _component() -> Any:
    folder = Path(__file__).parent
    style, script = ((folder / name).read_text("utf-8") for name in ("editor.css", "editor.js"))
    return st.components.v2.component("tiergate_policy_editor", html=_HTML, css=style, js=script)
