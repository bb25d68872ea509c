"""How many tokens a conversation is, without a tokenizer.

Counts classes of bytes (see `text.BYTE_CLASSES`) and gives each class the tokens it costs in a typical
byte-pair vocabulary. It must stay an estimate for admission and pricing before dispatch; what is billed
is what the upstream reports.
"""

from __future__ import annotations

from router.classify.port import Conversation

SAMPLE_ABOVE = 16_384
"""Bytes above which every `_STRIDE`-th byte stands for its neighbours, so that cost stays bounded."""
_STRIDE = 29

PER_TURN = 4
"""Role and separators of one message in the common chat templates."""
PER_TOOL = 90
"""A tool's JSON schema as templates render it; a two-argument function is about this long."""
PER_IMAGE = 765
"""One 1024 x 1024 image in OpenAI's high-detail tiling; other vendors charge the same order."""
PER_AUDIO = 500
"""About 50 s of speech at 10 tokens a second."""

_LETTER = 0.185
"""An ASCII lower-case letter: four to five of them and a space to a token. Found by subtraction."""
_ASCII_COST = ((b"A", 0.36), (b"0", 0.75), (b".", 0.62), (b"-", 0.5), (b"\n", 0.7), (b" ", 0.06))
_LEAD_COST = ((b"e", 0.75), (b"l", 0.55), (b"p", 0.9), (b"i", 0.9), (b"h", 0.85), (b"q", 2.0), (b"c", 0.0))
"""Tokens of a whole character, counted at its lead byte; continuation bytes are free."""


def of_text(classes: bytes, ascii_only: bool) -> int:
    """Tokens of a text given as byte classes."""
    step = _STRIDE if len(classes) > SAMPLE_ABOVE else 1
    sample = classes[::step] if step > 1 else classes
    total, letters = 0.0, len(sample)
    for letter, cost in _ASCII_COST if ascii_only else _ASCII_COST + _LEAD_COST:
        count = sample.count(letter)
        letters -= count
        total += cost * count
    return int(step * (total + _LETTER * letters) + 0.999)


def of_conversation(classes: bytes, ascii_only: bool, conversation: Conversation) -> int:
    """Prompt tokens of a request whose texts, joined, have these byte classes."""
    parts = PER_TURN * len(conversation.turns) + PER_TOOL * conversation.tools
    media = PER_IMAGE * conversation.images + PER_AUDIO * conversation.audio
    return of_text(classes, ascii_only) + parts + media
