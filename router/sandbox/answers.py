"""Which answer a simulated tier gives to a known prompt.

The quality of the simulated tiers is by construction: each prompt's author gave a difficulty, and a tier
answers rightly with a probability that falls with it (`probability`). Whether it does is drawn from prompt,
tier and choice, so the same prompt always gets the same answer. The figures show how the gateway handles
right and wrong answers; they say nothing about any real model.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from router.domain.kinds import Task
from router.sandbox.profiles import ProfileName
from router.sandbox.prompts import Prompt
from router.sandbox.wire import Message

_REASONED = frozenset({Task.MATH, Task.CODE})
_LANGUAGE_DEPENDENT = 0.07


@dataclass(frozen=True, slots=True)
class Draft:
    """The content of an answer before thinking, limits and stop sequences. `calls`: (name, arguments)."""

    content: str | None
    calls: tuple[tuple[str, dict[str, Any]], ...] = ()
    work: bool = False
    """Whether a reply of this kind would show its working first."""


def probability(tier: ProfileName, task: Task, difficulty: float) -> float:
    """Chance that the tier answers rightly: 0.99 at difficulty 0, 0.79 at 1; the reasoning tier is as good
    on math and code, and 7 points lower on everything that needs knowledge or close instructions."""
    chance = 0.99 - 0.20 * difficulty**2
    if tier == "reasoning" and task not in _REASONED:
        chance -= _LANGUAGE_DEPENDENT
    return chance


class AnswerKey:
    """Finds the prompt that a conversation came from and drafts the tier's answer to it."""

    def __init__(self, prompts: Iterable[Prompt]) -> None:
        self._prompts = {
            conversation_key(Message.model_validate(m) for m in p.messages): p
            for p in prompts
            if p.answer is not None or (p.check or {}).get("type") in ("tool_call", "integer")
        }

    def find(self, messages: Iterable[Message]) -> Prompt | None:
        """The known prompt with these user and tool turns; system turns do not matter."""
        return self._prompts.get(conversation_key(messages))

    def draft(self, prompt: Prompt, tier: ProfileName, choice: int) -> Draft:
        """The answer of `tier` to a known prompt; `choice` is the index among `n`."""
        rng = seeded(prompt.id, tier, str(choice))
        if rng.random() < probability(tier, prompt.task, prompt.difficulty):
            return right_answer(prompt)
        return wrong_answer(prompt, rng)


def right_answer(prompt: Prompt) -> Draft:
    """The answer that passes the prompt's check."""
    check = prompt.check or {}
    match check.get("type"):
        case "tool_call":
            return Draft(None, tuple((c["name"], c["arguments"]) for c in check["calls"]))
        case "integer" if prompt.answer is None:
            return Draft(f"Answer: {check['value']}", work=True)
        case _:
            return Draft(prompt.answer)


def wrong_answer(prompt: Prompt, rng: random.Random) -> Draft:
    """A plausible answer that fails the prompt's check (or the right one if the prompt offers none)."""
    check = prompt.check or {}
    if prompt.wrong:
        return Draft(rng.choice(prompt.wrong))
    match check.get("type"):
        case "integer":
            return Draft(f"Answer: {_near(int(check['value']), rng)}", work=True)
        case "choice":
            return Draft(rng.choice([o for o in check["options"] if o != check["value"]]))
        case "tool_call":
            return Draft(None, _wrong_calls(check["calls"], rng))
        case "json_schema":
            return Draft(_wrong_json(check["equals"], prompt.answer or "{}", rng))
        case _:
            return right_answer(prompt)


def conversation_key(messages: Iterable[Message]) -> str:
    """Identity of a conversation: its user and tool texts without regard to white space."""
    texts = (" ".join(m.text().split()) for m in messages if m.role in ("user", "tool"))
    return hashlib.sha256("\x00".join(texts).encode()).hexdigest()


def seeded(*parts: str) -> random.Random:
    """A generator that depends on `parts` alone, in every process alike."""
    return random.Random(hashlib.sha256("\x00".join(parts).encode()).digest())


def _near(value: int, rng: random.Random) -> int:
    step = rng.choice((1, -1, 2, 10, -10))
    return rng.choice((value + step, value * 2, value + 2 * step)) if value else step


def _wrong_calls(calls: list[dict[str, Any]], rng: random.Random) -> tuple[tuple[str, dict[str, Any]], ...]:
    if len(calls) > 1:
        kept = calls[:-1]
        return tuple((c["name"], c["arguments"]) for c in kept)
    name, arguments = calls[0]["name"], dict(calls[0]["arguments"])
    changed = rng.choice(sorted(arguments))
    arguments[changed] = _other(arguments[changed])
    return ((name, arguments),)


def _wrong_json(equals: dict[str, Any], answer: str, rng: random.Random) -> str:
    whole = json.loads(answer)
    changed = rng.choice(sorted(equals))
    whole[changed] = _other(whole[changed])
    return json.dumps(whole, ensure_ascii=False)


def _other(value: Any) -> Any:
    """A value of the same JSON type that differs."""
    match value:
        case bool():
            return not value
        case int() | float():
            return value + 1
        case str():
            return f"{value} (approx.)" if value else "unknown"
        case list():
            return value[:-1] if value else [None]
        case dict():
            return {k: _other(v) for k, v in value.items()}
        case _:
            return "unknown"
