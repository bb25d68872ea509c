"""Answers made of parts: two different responses, or the request repeated before the answer."""

from __future__ import annotations

from router.verify.constraints.outcome import Outcome


def two_responses(answer: str) -> Outcome:
    """Exactly two different responses, divided by six asterisks."""
    parts = answer.split("******")
    if any(not part.strip() for part in parts[1:-1]):
        return "an empty response between dividers"
    given = [part.strip() for part in parts if part.strip()]
    if len(given) != 2:
        return f"{len(given)} responses, asked for 2"
    return "both responses are the same" if given[0] == given[1] else None


def repeat_prompt(answer: str, prompt_to_repeat: str) -> Outcome:
    """The answer begins with the request, word for word."""
    begins = answer.strip().lower().startswith(prompt_to_repeat.strip().lower())
    return None if begins else "does not begin with the request"
