"""Every verifier behind the port, in the order in which they run: cheap and certain ones first.

Each says when it applies; the checks themselves stand in the modules beside this one. Nothing that an app did
not declare is checked unless the prompt leaves no doubt.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from router.domain.declared import Reference, ReferenceKind
from router.domain.finding import Finding
from router.domain.kinds import Verdict, VerifierName
from router.domain.value import value
from router.verify.constraints.check import check_constraints
from router.verify.language import identify
from router.verify.mathematics.substitute import check_problem, reads
from router.verify.port import Check, Completion, Verifier, of_text, worst
from router.verify.reference import check_choice, check_exact, check_number, check_words
from router.verify.reference_calls import check_reference_calls, read_calls
from router.verify.signs import check_signs, wrong_language
from router.verify.structure import SAYS, check_completion, expectation
from router.verify.subject import LANGUAGE, Subject

_IDENTIFYING = frozenset({LANGUAGE, "change_case:english_capital", "change_case:english_lowercase"})
"""Constraints that identify a language, which loads a model on first use."""
_LONG_REFERENCE = 20_000
"""Characters beyond which comparing takes milliseconds."""


@value
class Simple:
    """A verifier that is a name and a function."""

    name: VerifierName
    prepare: Callable[[Subject], Check | None]
    needs_reference: bool = False


def _structure(subject: Subject) -> Check:
    if subject.payload.keys().isdisjoint(SAYS):
        return _FREE_TEXT
    expected = expectation(subject.payload)
    return Check(lambda completion: check_completion(completion, expected))


_NOTHING_SAID = expectation({})
_FREE_TEXT = Check(lambda completion: check_completion(completion, _NOTHING_SAID))
"""Of most requests."""
_SIGNS = Check(of_text(check_signs))


def _reference(subject: Subject) -> Check | None:
    reference = subject.reference
    if reference is not None and reference.kind is ReferenceKind.CALLS:
        return _calls(reference.texts)
    if reference is None or reference.kind not in _COMPARE:
        return None
    compare = _COMPARE[reference.kind]
    long = sum(map(len, reference.texts)) > _LONG_REFERENCE
    return Check(of_text(lambda text: compare(text, reference)), slow=long)


def _calls(texts: Sequence[str]) -> Check:
    wanted = read_calls(texts)

    def check(completion: Completion) -> Finding:
        messages = [choice.get("message") or {} for choice in completion.get("choices") or ()]
        return worst([check_reference_calls(message, wanted) for message in messages])

    return Check(check)


_COMPARE: dict[ReferenceKind, Callable[[str, Reference], Finding]] = {
    ReferenceKind.EXACT: lambda text, ref: check_exact(text, ref.texts),
    ReferenceKind.NUMBER: lambda text, ref: check_number(text, ref.texts[0], relative=ref.tolerance),
    ReferenceKind.CHOICE: lambda text, ref: check_choice(text, ref.texts[0], ref.options),
    ReferenceKind.WORDS: lambda text, ref: check_words(text, ref.texts, threshold=ref.threshold),
}


def _arithmetic(subject: Subject) -> Check | None:
    """Only where the prompt is all there is: an earlier turn can change what a problem means."""
    if not subject.alone or not reads(subject.prompt):
        return None
    return Check(of_text(lambda text: check_problem(text, subject.prompt)))


def _constraints(subject: Subject) -> Check | None:
    """Declared ones; else those detected, less the language, which `language` judges with more patience."""
    wanted = subject.constraints or tuple(one for one in subject.detected if one.id != LANGUAGE)
    if not wanted:
        return None
    slow = any(one.id in _IDENTIFYING for one in wanted)
    return Check(of_text(lambda text: check_constraints(text, wanted)), slow)


def _language(subject: Subject) -> Check | None:
    declared = subject.language
    wanted = declared or subject.asked_language
    if wanted is None:
        return None

    def check(text: str) -> Finding:
        if wrong := wrong_language(text, wanted):
            return Finding(Verdict.FAILED, wrong)
        guess = identify(text)
        if declared and guess.sure and guess.language == wanted:
            return Finding(Verdict.PASSED, f"in {wanted}, as declared")
        return Finding(Verdict.UNVERIFIED, guess.reason or f"in {guess.language}", idle=guess.sure)

    return Check(of_text(check), slow=True)


IN_PROCESS: tuple[Verifier, ...] = (
    Simple(VerifierName.STRUCTURE, _structure),
    Simple(VerifierName.SIGNS, lambda _: _SIGNS),
    Simple(VerifierName.REFERENCE, _reference, needs_reference=True),
    Simple(VerifierName.ARITHMETIC, _arithmetic),
    Simple(VerifierName.CONSTRAINTS, _constraints),
    Simple(VerifierName.LANGUAGE, _language),
)
"""Pure functions of the answer."""
