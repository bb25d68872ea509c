"""Requests that would make their upstream reach out, and those that only look so."""

from __future__ import annotations

from typing import Any

import pytest

from router.ingress.reaching import reaching_out

TEXT = {"type": "text", "text": "see https://example.com"}
PIXEL = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}


def asking(*content: Any, **fields: Any) -> str | None:
    return reaching_out({"messages": [{"role": "user", "content": list(content) or "hi"}], **fields})


@pytest.mark.parametrize(
    "url",
    ["https://example.com/a.png", "http://169.254.169.254/latest", "file:///etc/passwd", " HTTPS://e.org/a",
     "//example.com/a.png", "gs://bucket/a.png"],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["image_url", "video_url", "audio_url"])
def test_addresses_of_media(url: str, kind: str) -> None:
    """Whatever the scheme, in an object or bare; the place is named."""
    assert asking(TEXT, {"type": kind, kind: {"url": url}}) == f"messages[0].content[1].{kind}"
    assert asking({"type": kind, kind: url}) == f"messages[0].content[0].{kind}"


def test_files() -> None:
    """A file's content may be an address too; its name is only a name."""
    address = {"type": "file", "file": {"file_data": "https://example.com/a.pdf"}}
    assert asking(address) == "messages[0].content[0].file"
    content = {
        "type": "file",
        "file": {"filename": "c:/a.pdf", "file_data": "data:application/pdf;base64,AA"},
    }
    assert asking(content) is None


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"web_search_options": {}}, "web_search_options"),
        ({"tools": [{"type": "mcp", "server_url": "https://example.com"}]}, "tools[0].type"),
        (
            {"tools": [{"type": "function", "function": {"name": "f"}}, {"type": "web_search"}]},
            "tools[1].type",
        ),
        ({"tools": [{"type": "function", "function": {"name": "f"}}, {"type": "custom"}]}, None),
        ({"tools": None, "web_search_options": None}, None),
    ],
)
def test_searches_and_tools(fields: dict[str, Any], place: str | None) -> None:
    """Tools that the app runs stay in the app."""
    assert asking(**fields) == place


def test_what_stays() -> None:
    """Text that holds an address, and content that is there itself."""
    assert asking(TEXT, PIXEL) is None
    assert asking() is None
