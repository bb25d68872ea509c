"""What a request may need of any endpoint at the most, from what came over the wire. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from router.domain.budget_bound import MESSAGE, SEARCHES, TOOLS, Demand
from router.ingress.openai import ChatRequest

_LIMITS = ("max_tokens", "max_completion_tokens")


def demand_of(request: ChatRequest) -> Demand:
    """Its body's bytes bound its text, whatever it is called; only the context bounds images and sound."""
    conversation, payload = request.conversation, request.payload
    given: int | None = None
    if not conversation.images and not conversation.audio:
        given = request.size + MESSAGE * len(conversation.turns) + (TOOLS if conversation.tools else 0)
    return Demand(
        given,
        request.max_output_tokens,
        max(request.choices, _whole(payload.get("best_of"))),
        tuple([name for name in _LIMITS if payload.get(name)]),
        request.size if payload.get("prediction") else 0,
        SEARCHES if "web_search_options" in payload or _searches(payload.get("tools") or ()) else 0,
    )


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0


def _searches(tools: Iterable[Mapping[str, Any]]) -> bool:
    """Whether the provider is offered to search the web itself."""
    return any(str(tool.get("type", "")).startswith("web_search") for tool in tools)
