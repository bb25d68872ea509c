"""A chat request as a classifier can answer it: which text, which labels, and how the answer is written.

Labels are asked for as from any server that holds a model to a choice, so that the same request can go to
either: `response_format` with an `enum`, or vLLM's `structured_outputs: {"choice": [...]}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from router.dispatch.replies import Refused
from router.dispatch.transformers_request import chat_messages, refuse_fields

MAX_LABELS = 64
_FORMAT = "response_format"
_WITHOUT = ("tools", "functions", "audio")


@dataclass(frozen=True, slots=True)
class LabelRequest:
    """`text`: the last user message; `system`: the system message or "". `labels` None: the model's own.

    `field`: the answer is a JSON object with the label there; "": a JSON text; None: the label alone.
    `alternatives`: how many labels the caller wants to see with their log-probabilities; None: none.
    """

    text: str
    system: str
    labels: tuple[str, ...] | None
    field: str | None
    alternatives: int | None

    def written(self, label: str) -> str:
        """The answer's content."""
        if self.field is None:
            return label
        return orjson.dumps({self.field: label} if self.field else label).decode()


def label_request(payload: Mapping[str, Any]) -> LabelRequest:
    """Raises Refused."""
    refuse_fields(payload, _WITHOUT)
    text, system = asked_text(payload)
    field, labels = _format(payload.get(_FORMAT))
    choice = (payload.get("structured_outputs") or {}).get("choice")
    if choice is not None:
        labels = _labels(choice, "structured_outputs")
    wanted = payload.get("logprobs")
    alternatives = max(1, int(payload.get("top_logprobs") or 0)) if wanted else None
    return LabelRequest(text, system, labels, field, alternatives)


def asked_text(payload: Mapping[str, Any]) -> tuple[str, str]:
    """The last user message, and the system message or "". Raises Refused."""
    messages = chat_messages(payload.get("messages"))
    users = [message["content"] for message in messages if message["role"] == "user"]
    if not users or not users[-1].strip():
        raise Refused("This model reads the last user message, and there is none.", param="messages")
    systems = [message["content"] for message in messages if message["role"] in ("system", "developer")]
    return users[-1], systems[-1] if systems else ""


def schema_of(shape: Any) -> Mapping[str, Any] | None:
    """The JSON Schema of a `response_format`; None: any text, or any object. Raises Refused."""
    kind = shape.get("type") if isinstance(shape, dict) else None
    if shape is None or kind in ("text", "json_object"):
        return None
    schema = (shape.get("json_schema") or {}).get("schema") if kind == "json_schema" else None
    if not isinstance(schema, dict):
        raise Refused("response_format must be of type text, json_object or json_schema.", param=_FORMAT)
    return schema


def _format(shape: Any) -> tuple[str | None, tuple[str, ...] | None]:
    schema = schema_of(shape)
    if schema is None:
        return ("label" if shape and shape["type"] == "json_object" else None), None
    if "enum" in schema:
        return "", _labels(schema["enum"], _FORMAT)
    properties = schema.get("properties")
    if isinstance(properties, dict) and len(properties) == 1:
        [(name, part)] = properties.items()
        if isinstance(part, dict) and "enum" in part:
            return name, _labels(part["enum"], _FORMAT)
    raise Refused(
        "This model chooses a label: the schema must be an enum, or an object whose only property is one.",
        param=_FORMAT,
    )


def _labels(value: Any, param: str) -> tuple[str, ...]:
    labels = tuple(value) if isinstance(value, list) else ()
    if (
        not labels
        or len(labels) > MAX_LABELS
        or not all(isinstance(label, str) and label for label in labels)
    ):
        raise Refused(f"The labels must be 1 to {MAX_LABELS} texts that are not empty.", param=param)
    if len(set(labels)) != len(labels):
        raise Refused("A label is there twice.", param=param)
    return labels
