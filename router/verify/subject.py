"""What one request says of its right answer, made ready for the verifiers. Must not look at any answer.

What an app declares is looked into here, so that nonsense is refused before anything is bought. What the
prompt says is looked for only when a verifier asks, once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from router.domain.conversation import Conversation
from router.domain.declared import Declared, Reference, ReferenceKind
from router.errors import InvalidRequest
from router.verify.code import CodeTests, read_tests
from router.verify.constraints.check import Constraint, constraint
from router.verify.constraints.detect import detect
from router.verify.mathematics.notation import clean
from router.verify.mathematics.quantity import quantity
from router.verify.reference_calls import read_calls

LANGUAGE = "language:response_language"


@dataclass(eq=False)
class Subject:
    """`prompt` is the last turn's text if a user said it and it asks for free text, else ""; `alone`: it is
    all there is. `seconds` bounds the verifiers that run outside the event loop."""

    payload: Mapping[str, Any]
    prompt: str
    alone: bool
    reference: Reference | None
    constraints: tuple[Constraint, ...]
    tests: CodeTests | None
    language: str | None
    seconds: float = 10.0

    _detected: tuple[Constraint, ...] | None = None

    @property
    def detected(self) -> tuple[Constraint, ...]:
        """The constraints that the prompt states unambiguously; looked for once."""
        if self._detected is None:
            self._detected = detect(self.prompt) if self.prompt else ()
        return self._detected

    @property
    def asked_language(self) -> str | None:
        """The language that the prompt asks for in so many words."""
        asked = [dict(one.arguments)["language"] for one in self.detected if one.id == LANGUAGE]
        return str(asked[0]) if asked else None


def subject_of(payload: Mapping[str, Any], conversation: Conversation, declared: Declared) -> Subject:
    """Raises InvalidRequest for a declaration that no verifier can use."""
    turns = conversation.turns
    last = turns[-1]
    plain = last.role == "user" and conversation.response_format == "text"
    return Subject(
        payload,
        last.text if plain else "",
        plain and len(turns) == 1 and not (conversation.images or conversation.audio or conversation.tools),
        _reference(declared),
        _constraints(declared),
        _tests(declared),
        declared.language,
    )


def _reference(declared: Declared) -> Reference | None:
    reference = declared.reference
    if reference is None:
        return None
    if reference.kind is ReferenceKind.NUMBER and quantity(clean(reference.texts[0])) is None:
        raise _refused(declared, "reference", "a number is wanted, such as 42 or 3.5 km")
    if reference.kind is ReferenceKind.CALLS:
        try:
            read_calls(reference.texts)
        except ValueError as error:
            raise _refused(declared, "reference", str(error)) from None
    if reference.kind is ReferenceKind.SQL and not reference.fixture:
        raise _refused(declared, "reference", "a reference of kind sql needs a fixture")
    return reference


def _constraints(declared: Declared) -> tuple[Constraint, ...]:
    try:
        return tuple(constraint(name, arguments) for name, arguments in declared.constraints)
    except ValueError as error:
        raise _refused(declared, "constraints", str(error)) from None


def _tests(declared: Declared) -> CodeTests | None:
    try:
        return None if declared.tests is None else read_tests(declared.tests)
    except (ValueError, RecursionError) as error:
        raise _refused(declared, "tests", str(error)[:200]) from None


def _refused(declared: Declared, field: str, reason: str) -> InvalidRequest:
    place = declared.places.get(field, field)
    return InvalidRequest(f"Invalid value for '{place}': {reason}.", param=place, code="invalid_value")
