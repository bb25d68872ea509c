"""A chat request as transformers can serve it, or a refusal that names the field it cannot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from router.dispatch.replies import Refused

MAX_STOPS = 16
SEED_RANGE = 2**63


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next token is drawn. `temperature` 0: the likeliest. `top_k` 0: among all."""

    temperature: float
    top_p: float
    top_k: int
    repetition_penalty: float


@dataclass(frozen=True, slots=True)
class TextRequest:
    """`max_tokens` None: up to the context. `seed` None: a new one each time."""

    messages: Sequence[Mapping[str, str]]
    max_tokens: int | None
    stops: tuple[str, ...]
    seed: int | None
    sampling: Sampling


def text_request(payload: Mapping[str, Any]) -> TextRequest:
    """Raises Refused."""
    refuse_fields(payload, ("tools", "functions", "logprobs", "audio"))
    shape = payload.get("response_format")
    if shape is not None and (not isinstance(shape, dict) or shape.get("type") != "text"):
        raise Refused("This model is served without response formats.", param="response_format")
    newer = payload.get("max_completion_tokens") is not None
    limit_name = "max_completion_tokens" if newer else "max_tokens"
    limit = payload.get(limit_name)
    seed = payload.get("seed")
    return TextRequest(
        messages=chat_messages(payload.get("messages")),
        max_tokens=None if limit is None else int(_number(payload, limit_name, 1, 2**31, 1)),
        stops=_stops(payload.get("stop")),
        seed=None if seed is None else int(_number(payload, "seed", -SEED_RANGE, SEED_RANGE - 1, 0)),
        sampling=_sampling(payload),
    )


def refuse_fields(payload: Mapping[str, Any], without: Sequence[str]) -> None:
    """Raises Refused for a field of `without` that is set, and for more than one choice."""
    for name in without:
        if payload.get(name):
            raise Refused(f"This model is served without {name}.", param=name)
    if payload.get("n") not in (None, 1):
        raise Refused("This model gives one choice per request: n must be 1.", param="n")


def _sampling(payload: Mapping[str, Any]) -> Sampling:
    """OpenAI's defaults: a model's own generation_config has no say."""
    return Sampling(
        temperature=_number(payload, "temperature", 0, 2, 1.0),
        top_p=_number(payload, "top_p", 0.001, 1, 1.0),
        top_k=max(0, int(_number(payload, "top_k", -1, 2**31, 0))),
        repetition_penalty=_number(payload, "repetition_penalty", 0.01, 10, 1.0),
    )


def _number(payload: Mapping[str, Any], name: str, low: float, high: float, default: float) -> float:
    value = payload.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        raise Refused(f"{name} must be a number from {low} to {high}.", param=name)
    return value


def _stops(value: Any) -> tuple[str, ...]:
    stops = (value,) if isinstance(value, str) else tuple(value or ())
    if len(stops) > MAX_STOPS or not all(isinstance(stop, str) and stop for stop in stops):
        raise Refused(f"stop must be up to {MAX_STOPS} strings that are not empty.", param="stop")
    return stops


def chat_messages(value: Any) -> list[dict[str, str]]:
    """Each as role and text. Raises Refused."""
    if not isinstance(value, list) or not value:
        raise Refused("messages must be a list of at least one message.", param="messages")
    return [{"role": _role(message), "content": _text(message.get("content"))} for message in value]


def _role(message: Any) -> str:
    role = message.get("role") if isinstance(message, dict) else None
    if not isinstance(role, str):
        raise Refused("Each message must have a role.", param="messages")
    return role


def _text(content: Any) -> str:
    """Chat templates of text models take a string, so parts of type text are joined."""
    if content is None or isinstance(content, str):
        return content or ""
    parts = content if isinstance(content, list) else [content]
    texts = [part.get("text") for part in parts if isinstance(part, dict) and part.get("type") == "text"]
    if len(texts) != len(parts) or not all(isinstance(text, str) for text in texts):
        raise Refused("This model takes text only.", param="messages")
    return "\n".join(str(text) for text in texts)
