"""Finds the request that a prompt wants repeated word for word. Spaces count in it."""

from __future__ import annotations

import re

from router.verify.constraints.phrase import Found

_WHAT = r"(?:exact )?(?:request|sentence|prompt|text|question|paragraph)(?: itself)?"
_REPEAT = rf"(?:first,? )?(?:please )?(?:let's )?repeat (?:the|all|this) {_WHAT}"
_ABOVE = re.compile(rf"^{_REPEAT}(?: above)?(?! below)\b(?:,| word| exact| without| first|\.)", re.I | re.M)
_BELOW = re.compile(rf"^[^\n]{{0,80}}?\b{_REPEAT} (?:below|that follows)\b[^\n]*\n(?:[^\n]+\n)*\n", re.I)


def requested_again(prompt: str) -> Found | None:
    """The constraint to begin with the request, when an instruction on a line of its own says so, above or
    below the request."""
    if "repeat" not in prompt.lower():
        return None
    below = _BELOW.match(prompt)
    above = None if below else _ABOVE.search(prompt)
    rest = prompt[below.end() :] if below else prompt[: above.start()] if above else ""
    request = rest.strip()
    return ("combination:repeat_prompt", {"prompt_to_repeat": request}) if request else None
