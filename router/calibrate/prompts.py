"""Calibration prompts: one JSON object a line, checked before any is sent. Default: the project's own.

    {"task": "math", "prompt": "What is 17 * 23?", "check": {"type": "integer", "value": 391}}

`task` is one of the gateway's tasks. Either `prompt` (one user message) or `messages`. `check` is one of
those of `router/sandbox/checks.py`. Optional: `id` (default: the line's number), `data_class` (or
`metadata.data_class`; default: the policy's), and request fields `tools`, `tool_choice`, `response_format`,
`max_tokens`. Other keys are ignored, lines that expect a refusal are passed over. Must not send anything.
"""

from __future__ import annotations

import hashlib
import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson
from pydantic import ValidationError

from router.calibrate.prompt_line import PromptLine
from router.domain.kinds import Task
from router.sandbox.prompts import Prompt, load_prompts, prompt_of

_OWN = "tiergate prompts"
_DIGITS = 8


class BadPrompts(Exception):
    """A prompt file that cannot be used; the message is `file:line: what, and what would be right`."""


@dataclass(frozen=True, slots=True)
class Suite:
    """Prompts with checks. `name` says which they are, down to a digest of their content."""

    name: str
    prompts: tuple[Prompt, ...]


def own_suite() -> Suite:
    """The project's own prompts that have a check and expect an answer."""
    prompts = tuple(p for p in load_prompts() if p.check is not None and p.expect == "answer")
    content = orjson.dumps([[p.id, p.messages, p.check] for p in prompts])
    return Suite(f"{_OWN} {_digest(content)}", prompts)


def read_suite(path: Path) -> Suite:
    """The prompts of a file. Raises BadPrompts."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadPrompts(f"{path}: cannot be read: {error.strerror}") from error
    found = []
    for number, line in enumerate(content.splitlines(), 1):
        if line.strip():
            found.append(_prompt(line, number, f"{path}:{number}"))
    prompts = tuple(prompt for prompt in found if prompt.expect == "answer")
    if not prompts:
        raise BadPrompts(f"{path}: holds no prompt; write one JSON object a line")
    names = [prompt.id for prompt in prompts]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise BadPrompts(f"{path}: id {twice!r} is given twice; ids tell results apart")
    return Suite(f"{path.stem} {_digest(content)}", prompts)


def stratified(prompts: Iterable[Prompt], n: int, seed: int) -> tuple[Prompt, ...]:
    """At most `n` prompts, as many of each task as of every other as far as there are any, in mixed order.
    The same for the same seed; a larger `n` keeps what a smaller one has."""
    by_task: defaultdict[Task, list[Prompt]] = defaultdict(list)
    for prompt in sorted(prompts, key=lambda prompt: prompt.id):
        by_task[prompt.task].append(prompt)
    for task, members in by_task.items():
        random.Random(f"{seed} {task}").shuffle(members)
    most = max((len(members) for members in by_task.values()), default=0)
    rounds = ([m[turn] for _, m in sorted(by_task.items()) if turn < len(m)] for turn in range(most))
    return tuple(prompt for one in rounds for prompt in one)[:n]


def tasks_of(prompts: Sequence[Prompt]) -> list[Task]:
    """The tasks that `prompts` have, in the order of the enumeration."""
    return [task for task in Task if any(prompt.task is task for prompt in prompts)]


def _prompt(line: bytes, number: int, where: str) -> Prompt:
    try:
        raw = orjson.loads(line)
        found = PromptLine.model_validate(raw)
    except orjson.JSONDecodeError as error:
        raise BadPrompts(f"{where}: is not JSON: {error.msg}; one prompt a line is needed") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(step) for step in first["loc"]) or "the line"
        raise BadPrompts(f"{where}: {field}: {first['msg']}; see `tiergate calibrate --help`") from error
    if found.prompt is not None:
        raw["messages"] = [{"role": "user", "content": found.prompt}]
    metadata = raw.get("metadata") if isinstance(raw.get("metadata"), dict) else {}
    label = raw.get("data_class", metadata.get("data_class"))
    filled = {"id": str(number), "difficulty": 0.5, **raw}
    return prompt_of({**filled, "metadata": {} if label is None else {"data_class": label}})


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:_DIGITS]
