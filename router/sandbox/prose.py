"""Filler text for simulated models: thinking, working, and replies to prompts nobody knows the answer of.

It is recognisably filler and says that it is simulated. It holds no digits, so that a check which looks
for a number never finds one here.
"""

from __future__ import annotations

import random

from router.sandbox import tokens

_THOUGHTS = (
    "Okay, let me read the question once more and see what is really being asked.",
    "The statement gives a few conditions; I should write each of them down before I start.",
    "First I restate the problem in my own words so that I do not miss a constraint.",
    "Wait, that does not look right, let me go back one step and check the sign.",
    "Hmm, an alternative would be to count the complement and subtract it from everything.",
    "Let me try a small case by hand and see whether the pattern holds there.",
    "The small case agrees with the formula, so the general step is plausible.",
    "But what if two of the cases overlap? Then I would be counting something twice.",
    "No, they cannot overlap, because the first condition already excludes that.",
    "So the expression simplifies, and the remaining factor is easy to handle.",
    "I should double-check the boundary, since that is where mistakes usually hide.",
    "Alternatively I could argue by symmetry, which gives the same thing with less work.",
    "Let me verify this result with an independent method before I write it out.",
    "The requested format matters too: I must answer in exactly the form that was asked for.",
    "Both ways lead to the same value, which makes me fairly confident.",
    "Putting these pieces together, the answer follows.",
)
_WORKING = (
    "We begin by naming the unknown quantity and writing down what is given.",
    "Each condition of the statement becomes one equation.",
    "Substituting the first relation into the second removes one unknown.",
    "The cases are disjoint, so their counts may be added.",
    "Collecting terms leaves a single expression to evaluate.",
    "A check with the original statement confirms that every condition holds.",
    "The boundary cases contribute nothing further.",
)
_REPLY = (
    "A real model would answer the question at this point.",
    "The text you are reading only has the length and the timing of an answer.",
    "Nothing in it was derived from your prompt.",
    "Configure a real upstream in the model catalog to get real answers.",
    "Latency, token counts and cache hits in this reply follow a simple statistical model.",
    "The gateway treats it like any other reply: it is metered, priced and recorded.",
)


def thinking(rng: random.Random, length: int) -> str:
    """About `length` tokens of simulated thinking; empty for 0."""
    return _fill(rng, _THOUGHTS, "(simulated thinking) ", length)


def working(rng: random.Random, length: int) -> str:
    """About `length` tokens of simulated working before a result; empty for 0."""
    return _fill(rng, _WORKING, "(simulated working) ", length)


def reply(rng: random.Random, title: str, length: int) -> str:
    """A reply to an unknown prompt; it begins by saying what it is."""
    return f"This is a reply of a {title}. " + _fill(rng, _REPLY, "", length)


def _fill(rng: random.Random, bank: tuple[str, ...], opening: str, length: int) -> str:
    if length <= 0:
        return ""
    out, total = [opening], tokens.count(opening)
    while total < length:
        sentence = rng.choice(bank)
        out.append(sentence + " ")
        total += tokens.count(out[-1])
    return "".join(out).strip()
