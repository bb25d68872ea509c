"""A SIMULATED judge: its opinions come from the demo's answer key, and a bias is put in by construction.

It shows how the gateway handles a judge, a biased one included; it says nothing of how well any model judges.
Of two answers it prefers the one that passes the prompt's check; where the key does not help, one that
contains the other is as good, and else a number drawn from both texts decides, whatever their order.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from router.judge.question import PAIRWISE, POINTWISE
from router.sandbox.answers import AnswerKey, seeded
from router.sandbox.checks import Answer, passes
from router.sandbox.wire import ChatCall, Message

_BLOCK = re.compile(r"<(request|answer|answer_a|answer_b) ([0-9a-f]+)>\n(.*?)\n</\1 \2>", re.DOTALL)
_SLOW = "python_tests"
"""Checks that take time: a judge here does not run code."""
_SAYS = "simulated judge"


@dataclass(frozen=True, slots=True)
class SimulatedJudge:
    """`position_bias`: the share of pairs in which it takes whatever is shown first."""

    key: AnswerKey
    position_bias: float = 0.0

    def reply(self, call: ChatCall) -> str | None:
        """The judge's JSON; None for a call that asks for no judgement."""
        system = next((m.text() for m in call.messages if m.role == "system"), "")
        if not system.startswith((PAIRWISE, POINTWISE)):
            return None
        shown = {name: text for name, _, text in _BLOCK.findall(call.messages[-1].text())}
        if system.startswith(POINTWISE):
            grade = self._grade(shown["request"], shown["answer"])
            return json.dumps({"reason": _SAYS, "grade": grade})
        better = self._better(shown["request"], shown["answer_a"], shown["answer_b"])
        return json.dumps({"reason": _SAYS, "better": better})

    def _better(self, asked: str, one: str, other: str) -> str:
        pair = sorted((one, other))
        if seeded("position", asked, *pair).random() < self.position_bias:
            return "A"
        right = self._right(asked, one), self._right(asked, other)
        if None not in right and right[0] is not right[1]:
            return "A" if right[0] else "B"
        if right == (True, True) or one.casefold() in other.casefold() or other.casefold() in one.casefold():
            return "tie"
        better = seeded("better", asked, *pair).choice(pair)
        return "A" if better == one else "B"

    def _grade(self, asked: str, answer: str) -> int:
        right = self._right(asked, answer)
        if right is None:
            return seeded("grade", asked, answer).randint(1, 5)
        return 5 if right else 1

    def _right(self, asked: str, answer: str) -> bool | None:
        """What the answer key says; None where it says nothing."""
        prompt = self.key.find([Message(role="user", content=asked)])
        if prompt is None or prompt.check is None or prompt.check["type"] == _SLOW:
            return None
        return passes(prompt, Answer(answer))
