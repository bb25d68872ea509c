"""Which tools a simulated model calls, and with what arguments."""

from __future__ import annotations

import json
import random
import re
from dataclasses import dataclass
from typing import Any

from router.sandbox import schema
from router.sandbox.answers import Draft
from router.sandbox.wire import ChatCall, Tool, WireError


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call; `arguments` is JSON text."""

    id: str
    name: str
    arguments: str


def forced_name(call: ChatCall) -> str | None:
    """The tool that `tool_choice` names. Raises WireError when a choice cannot be honoured."""
    choice = call.tool_choice
    if choice in (None, "none", "auto"):
        return None
    if not call.tools:
        raise WireError(400, "'tool_choice' is only allowed when 'tools' are specified.", param="tool_choice")
    if isinstance(choice, str):
        return None
    name = choice.get("function", {}).get("name")
    if name not in [tool.function.name for tool in call.tools]:
        message = f"Tool choice '{name}' was not found in the 'tools' parameter."
        raise WireError(400, message, param="tool_choice")
    return str(name)


def choose(call: ChatCall, draft: Draft | None, rng: random.Random) -> tuple[ToolCall, ...]:
    """The calls of this turn; none after a tool's result, when tools are off, or when nothing fits.

    A known prompt's calls come from the answer key. For an unknown one each tool is called whose name has a
    word in common with the newest user turn, and the first tool when a call is required.
    """
    name = forced_name(call)
    if not call.tools or call.tool_choice == "none" or call.messages[-1].role == "tool":
        return ()
    by_name = {tool.function.name: tool for tool in call.tools}
    wanted: list[tuple[str, dict[str, Any]]]
    if draft is not None:
        wanted = [(n, a) for n, a in draft.calls if n in by_name]
    else:
        wanted = [(t.function.name, _arguments(t, rng)) for t in call.tools if _mentioned(t, call)]
    if name is not None:
        wanted = [w for w in wanted if w[0] == name] or [(name, _arguments(by_name[name], rng))]
    elif call.tool_choice == "required" and not wanted:
        wanted = [(call.tools[0].function.name, _arguments(call.tools[0], rng))]
    if call.parallel_tool_calls is False:
        wanted = wanted[:1]
    return tuple(ToolCall(_id(rng), n, json.dumps(a, ensure_ascii=False)) for n, a in wanted)


def _arguments(tool: Tool, rng: random.Random) -> dict[str, Any]:
    made = schema.instance({"type": "object", **tool.function.parameters}, rng)
    return made if isinstance(made, dict) else {}


def _mentioned(tool: Tool, call: ChatCall) -> bool:
    newest = next((m.text() for m in reversed(call.messages) if m.role == "user"), "").lower()
    return any(part in newest for part in re.split(r"[_\-]", tool.function.name.lower()) if len(part) > 3)


def _id(rng: random.Random) -> str:
    return f"call_{rng.getrandbits(96):024x}"
