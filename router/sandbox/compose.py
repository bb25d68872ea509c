"""The whole reply of a simulated model: thinking, content or tool calls, cut to its limits.

It decides what is said; `render` decides how it is written and `server` when it is sent.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, replace
from typing import Literal

from router.sandbox import prose, schema, tokens
from router.sandbox.answers import AnswerKey, Draft, conversation_key, seeded
from router.sandbox.faults import Fault
from router.sandbox.judge import SimulatedJudge
from router.sandbox.profiles import Profile
from router.sandbox.prompts import Prompt
from router.sandbox.toolchoice import ToolCall, choose
from router.sandbox.wire import ChatCall

CLOSER = "\n</think>\n\n"
_UNKNOWN_DIFFICULTY = 0.35
_UNKNOWN_LENGTH = 120
_LOOP = "Wait, let me check that once more. "


@dataclass(frozen=True, slots=True)
class Reply:
    """One choice. `thinking` is what is shown apart from `content`; token counts include what is hidden."""

    thinking: str
    content: str | None
    tool_calls: tuple[ToolCall, ...]
    finish_reason: Literal["stop", "length", "tool_calls"]
    stop_reason: str | None
    thinking_tokens: int
    answer_tokens: int

    @property
    def output_tokens(self) -> int:
        """Everything generated, thinking included."""
        return self.thinking_tokens + self.answer_tokens


@dataclass(frozen=True, slots=True)
class Composer:
    """Makes replies for one profile. `thinking_scale` multiplies the length of the thinking."""

    profile: Profile
    key: AnswerKey
    thinking_scale: float
    judge: SimulatedJudge

    def reply(self, call: ChatCall, choice: int, salt: str, limit: int, fault: Fault | None) -> Reply:
        """The reply for one choice within `limit` output tokens.

        The same call with the same `salt` (the request's seed, else a running number) gives the same reply.
        """
        rng = seeded(conversation_key(call.messages), self.profile.name, str(choice), salt)
        if fault and fault.name == "empty":
            return Reply("", "", (), "stop", None, 0, 0)
        if fault and fault.name == "loop":
            looped, used, _ = tokens.cut(_LOOP * (limit * 4 // len(_LOOP) + 1), limit)
            return Reply("", looped, (), "length", None, 0, used)
        judged = self.judge.reply(call)
        if judged is not None:
            return self._limited(call, "", judged, (), limit)
        prompt = self.key.find(call.messages)
        draft = self.key.draft(prompt, self.profile.name, choice) if prompt else None
        calls = choose(call, draft, rng)
        content = None if calls else self._content(call, prompt, draft, rng)
        return self._limited(call, self._thoughts(prompt, rng), content, calls, limit)

    def _content(self, call: ChatCall, prompt: Prompt | None, draft: Draft | None, rng: random.Random) -> str:
        text = draft.content if draft else None
        if call.response_format and call.response_format.type != "text":
            return self._json(call, text, rng)
        if draft is None or text is None or prompt is None:
            length = int(rng.lognormvariate(0, 0.5) * _UNKNOWN_LENGTH)
            return prose.reply(rng, self.profile.title, length)
        if not draft.work:
            return text
        return prose.working(rng, int(50 + 450 * prompt.difficulty)) + "\n\n" + text

    def _json(self, call: ChatCall, text: str | None, rng: random.Random) -> str:
        known = _object(text)
        wanted = call.response_format.json_schema if call.response_format else None
        if wanted is None:
            made = (
                known
                if known is not None
                else {"simulated": True, "reply": prose.reply(rng, self.profile.title, 20)}
            )
        else:
            made = schema.instance(wanted.schema_, rng, known)
        return json.dumps(made, ensure_ascii=False)

    def _thoughts(self, prompt: Prompt | None, rng: random.Random) -> str:
        shape = self.profile.thinking
        difficulty = prompt.difficulty if prompt else _UNKNOWN_DIFFICULTY
        median = (shape.base + shape.slope * difficulty**2) * self.thinking_scale
        return prose.thinking(rng, int(median * rng.lognormvariate(0, 0.35)))

    def _limited(
        self,
        call: ChatCall,
        thinking: str,
        content: str | None,
        calls: tuple[ToolCall, ...],
        limit: int,
    ) -> Reply:
        thinking, spent, cut_short = tokens.cut(thinking, limit)
        if cut_short:
            return self._shown(Reply(thinking, None, (), "length", None, spent, 0))
        stop_reason = None
        if content is not None:
            content, stop_reason = _stopped(content, call.stops())
            content, used, cut_short = tokens.cut(content, limit - spent)
            finish: Literal["stop", "length"] = "length" if cut_short else "stop"
            reply = Reply(thinking, content, (), finish, None if cut_short else stop_reason, spent, used)
            return self._shown(reply)
        kept, used, cut_short = _cut_calls(calls, limit - spent)
        return self._shown(
            Reply(thinking, None, kept, "length" if cut_short else "tool_calls", None, spent, used)
        )

    def _shown(self, reply: Reply) -> Reply:
        """The reply as the thinking format shows it; the counts stay."""
        match self.profile.thinking.format:
            case "hidden":
                return replace(reply, thinking="")
            case "field":
                return reply
            case "tags" if reply.thinking and reply.finish_reason == "length" and reply.content is None:
                return replace(reply, thinking="", content=reply.thinking)
            case "tags" if reply.thinking:
                return replace(reply, thinking="", content=reply.thinking + CLOSER + (reply.content or ""))
            case _:
                return reply


def _object(text: str | None) -> dict[str, object] | None:
    if text is None:
        return None
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _stopped(text: str, stops: list[str]) -> tuple[str, str | None]:
    found = [(text.index(stop), stop) for stop in stops if stop and stop in text]
    if not found:
        return text, None
    at, stop = min(found)
    return text[:at], stop


def _cut_calls(calls: tuple[ToolCall, ...], limit: int) -> tuple[tuple[ToolCall, ...], int, bool]:
    kept: list[ToolCall] = []
    used = 0
    for call in calls:
        name_tokens = tokens.count(call.name)
        arguments, argument_tokens, cut_short = tokens.cut(call.arguments, max(0, limit - used - name_tokens))
        kept.append(replace(call, arguments=arguments))
        used += name_tokens + argument_tokens
        if cut_short or used > limit:
            return tuple(kept), min(used, limit), True
    return tuple(kept), used, False
