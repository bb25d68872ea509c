"""What of a request would make its upstream reach out: addresses to fetch, searches, tools run elsewhere.

An upstream that may see a request need not be one that may tell others of it. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_LOCAL_TOOLS = frozenset({"function", "custom"})
"""Kinds of tools that the app runs itself."""
_MEDIA = ("image_url", "video_url", "audio_url", "file")
_SCHEME = re.compile(r"\s*(?:([A-Za-z][A-Za-z0-9+.-]*):|//)")
_SEARCH = "web_search_options"


def reaching_out(payload: Mapping[str, Any]) -> str | None:
    """Where the request first asks for it, in the wire's own spelling; None: nowhere."""
    if payload.get(_SEARCH) is not None:
        return _SEARCH
    for n, tool in enumerate(payload.get("tools") or ()):
        if tool["type"] not in _LOCAL_TOOLS:
            return f"tools[{n}].type"
    return next(_fetched(payload["messages"]), None)


def _fetched(messages: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for at, message in enumerate(messages):
        content = message.get("content")
        if content is None or isinstance(content, str):
            continue
        for n, part in enumerate(content):
            for kind in _MEDIA:
                if kind in part and any(map(_is_address, _texts(part[kind]))):
                    yield f"messages[{at}].content[{n}].{kind}"


def _texts(given: Any) -> Iterator[str]:
    """An address stands in the part itself or in its object, under whatever name but the file's own."""
    fields = given.items() if isinstance(given, Mapping) else (("", given),)
    for name, text in fields:
        if isinstance(text, str) and name != "filename":
            yield text


def _is_address(text: str) -> bool:
    """Whatever has a scheme other than `data:`, or leaves it to the reader."""
    found = _SCHEME.match(text)
    return found is not None and (found[1] or "").lower() != "data"
