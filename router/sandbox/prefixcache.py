"""Which part of a prompt was seen before: the source of `cached_tokens` in usage. Bounded, in memory."""

from __future__ import annotations

import json
from collections import OrderedDict
from dataclasses import dataclass, field

from router.sandbox import tokens
from router.sandbox.profiles import Profile
from router.sandbox.wire import ChatCall

_TURN_OVERHEAD = 4
_MEDIA_TOKENS = 85
_KEPT_BLOCKS = 200_000


@dataclass(frozen=True, slots=True)
class PromptSize:
    """Tokens of a prompt, and how many of its first ones were served from the cache."""

    tokens: int
    cached: int


@dataclass(slots=True)
class PrefixCache:
    """Remembers prompts in blocks of tokens, least recently used out first."""

    profile: Profile
    queries: int = 0
    hits: int = 0
    _blocks: OrderedDict[int, None] = field(default_factory=OrderedDict)

    def measure(self, call: ChatCall) -> PromptSize:
        """The size of the call's prompt; from now on its whole blocks are cached.

        Tools count before the turns, each turn costs 4 tokens of frame, each image or audio part 85.
        """
        text = _prompt_text(call)
        parts = tokens.pieces(text)
        media = sum(message.media() for message in call.messages)
        cached = self._remember(parts) if not media else 0
        self.queries += len(parts)
        self.hits += cached
        return PromptSize(len(parts) + _TURN_OVERHEAD * len(call.messages) + _MEDIA_TOKENS * media, cached)

    def _remember(self, parts: list[str]) -> int:
        size = self.profile.cache_block
        known, chain, unbroken = 0, 0, True
        for start in range(0, len(parts) - size, size):
            chain = hash((chain, "".join(parts[start : start + size])))
            unbroken = unbroken and chain in self._blocks
            known += size if unbroken else 0
            self._blocks[chain] = None
            self._blocks.move_to_end(chain)
        while len(self._blocks) > _KEPT_BLOCKS:
            self._blocks.popitem(last=False)
        return known if known >= self.profile.cache_minimum else 0


def _prompt_text(call: ChatCall) -> str:
    tools = json.dumps([t.model_dump() for t in call.tools]) if call.tools else ""
    turns = (
        f"{m.role}\n{m.text()}{json.dumps(m.tool_calls) if m.tool_calls else ''}\n" for m in call.messages
    )
    return tools + "".join(turns)
