"""The sandbox's token counter: cheap and documented, not a tokenizer of any model.

A token is one character of Chinese, Japanese or Korean script, or up to four characters of anything else.
Real tokenizers differ by tens of percent; what matters here is that counting, cutting and streaming agree.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_PIECE = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{1,4}"
)


def pieces(text: str) -> list[str]:
    """Text as its tokens; joined again they are the text."""
    return _PIECE.findall(text)


def count(text: str) -> int:
    """Number of tokens in text."""
    return len(pieces(text))


def cut(text: str, limit: int) -> tuple[str, int, bool]:
    """The first `limit` tokens of text: (what is left of it, tokens in it, whether something was cut)."""
    parts = pieces(text)
    if len(parts) <= limit:
        return text, len(parts), False
    return "".join(parts[:limit]), limit, True


def group(parts: Iterable[str], size: int) -> list[tuple[str, int]]:
    """Tokens in groups of `size` as (text, tokens in it): what one stream event carries."""
    listed = list(parts)
    return [("".join(listed[i : i + size]), len(listed[i : i + size])) for i in range(0, len(listed), size)]
