"""The demo's prompts, all of our own writing: loading `prompts.jsonl` and expanding its documents.

One prompt per line: `id`, `task`, `difficulty` (0..1, as the author sees it), `messages`, `metadata`
(team, workload, data_class), and where they apply `tools`, `tool_choice`, `response_format`, `stream`,
`model` (default "auto"), `max_tokens`, `check` (see `checks`), `answer` (a right reply), `wrong`
(plausible wrong replies), `expect` ("answer" or "refusal"), `documents`. A text may hold `{{name}}`, which
is replaced by the document of that name.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any, Literal

from router.domain.kinds import Task
from router.sandbox import documents
from router.telemetry import METADATA_PREFIX

Json = Mapping[str, Any]
_SENT = ("tools", "tool_choice", "response_format", "max_tokens", "parallel_tool_calls")


@dataclass(frozen=True, slots=True)
class Prompt:
    """One prompt with its machine check. `body` holds the optional fields of the request that it sets."""

    id: str
    task: Task
    difficulty: float
    messages: tuple[Json, ...]
    metadata: Mapping[str, str]
    body: Json
    model: str
    stream: bool
    check: Json | None
    answer: str | None
    wrong: tuple[str, ...]
    expect: Literal["answer", "refusal"]

    def request(self) -> dict[str, Any]:
        """The chat completion request, with usage asked for when it streams."""
        hints = {METADATA_PREFIX + k: v for k, v in self.metadata.items() if k != "team"}
        metadata = {**hints, "prompt_id": self.id}
        request = {
            "model": self.model,
            "messages": list(self.messages),
            "metadata": metadata,
            **self.body,
        }
        if self.stream:
            request |= {"stream": True, "stream_options": {"include_usage": True}}
        return request


def load_prompts() -> tuple[Prompt, ...]:
    """All prompts in the order of the file."""
    text = resources.files("router.sandbox").joinpath("prompts.jsonl").read_text("utf-8")
    return tuple(prompt_of(json.loads(line)) for line in text.splitlines() if line.strip())


def mixed(prompts: Sequence[Prompt]) -> list[Prompt]:
    """The prompts in a fixed mixed order: the file is sorted by kind, traffic is not."""
    return random.Random(len(prompts)).sample(prompts, len(prompts))


def prompt_of(raw: dict[str, Any]) -> Prompt:
    """The prompt of one line. Raises KeyError or ValueError for a line that is none."""
    built = {name: documents.build(spec) for name, spec in raw.get("documents", {}).items()}
    return Prompt(
        id=raw["id"],
        task=Task(raw["task"]),
        difficulty=float(raw["difficulty"]),
        messages=tuple(_expand(message, built) for message in raw["messages"]),
        metadata=raw["metadata"],
        body={k: raw[k] for k in _SENT if k in raw},
        model=raw.get("model", "auto"),
        stream=raw.get("stream", False),
        check=raw.get("check"),
        answer=raw.get("answer"),
        wrong=tuple(raw.get("wrong", ())),
        expect=raw.get("expect", "answer"),
    )


def _expand(message: dict[str, Any], built: Mapping[str, str]) -> dict[str, Any]:
    content = message.get("content")
    if not built or not isinstance(content, str):
        return message
    for name, text in built.items():
        content = content.replace("{{" + name + "}}", text)
    return {**message, "content": content}
