"""The one port of all outcome checks: what a verifier is, and what it returns for a request.

A verifier is asked once per request whether it applies; what it gives then is run on each answer. None may
send anything anywhere: whatever a request holds, restricted data included, stays on this machine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from router.domain.finding import Finding
from router.domain.kinds import Verdict, VerifierName
from router.domain.value import value
from router.verify.subject import Subject

Completion = Mapping[str, Any]
"""A whole chat completion, as the upstream gave it."""


@value
class Check:
    """One verifier made ready for one request. `slow`: it blocks or takes milliseconds, so it runs off the
    event loop."""

    run: Callable[[Completion], Finding]
    slow: bool = False


class Verifier(Protocol):
    """One kind of outcome check."""

    @property
    def name(self) -> VerifierName: ...

    @property
    def needs_reference(self) -> bool:
        """Whether it never applies where no reference was declared, so that it need not be asked."""
        ...

    def prepare(self, subject: Subject) -> Check | None:
        """The check of this request's answers; None where it does not apply."""
        ...


_WORST_FIRST = (Verdict.FAILED, Verdict.UNVERIFIED, Verdict.PASSED)
NO_TEXT = Finding(Verdict.UNVERIFIED, "no text to check", idle=True)


def worst(findings: Sequence[Finding]) -> Finding:
    """The finding on an answer of several choices: that of its worst."""
    if len(findings) == 1:
        return findings[0]
    return min(findings, key=lambda one: _WORST_FIRST.index(one.verdict), default=NO_TEXT)


def of_text(check: Callable[[str], Finding]) -> Callable[[Completion], Finding]:
    """A check of texts as one of completions: choices that call tools or refuse formally have no text."""

    def run(completion: Completion) -> Finding:
        found = texts(completion)
        return check(found[0]) if len(found) == 1 else worst([check(text) for text in found])

    return run


def texts(completion: Completion) -> list[str]:
    """The texts of the choices that have one."""
    found: list[str] = []
    for choice in completion.get("choices") or ():
        said = (choice.get("message") or {}).get
        content = said("content")
        if isinstance(content, str) and not (said("tool_calls") or said("function_call") or said("refusal")):
            found.append(content)
    return found
