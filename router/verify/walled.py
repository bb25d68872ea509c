"""The verifiers that use processes of their own: algebra, SQL and code. They can hang, and are then killed.

Worker processes start when the first request needs them: most gateways never see a formula, and a worker
takes seconds and a hundred megabytes. Everything here blocks; it is called off the event loop.
"""

from __future__ import annotations

import ast
import threading
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from router.domain.declared import ReferenceKind
from router.domain.finding import Finding
from router.domain.kinds import Verdict, VerifierName
from router.verify.code import Assertions, CodeTests, Limits, check_code, examples_in
from router.verify.code.extract import code_in, defined
from router.verify.code.split import needed_names
from router.verify.mathematics.compare import check_reference
from router.verify.mathematics.workers import Comparison, Workers
from router.verify.port import Check, Verifier, of_text
from router.verify.sql import Database
from router.verify.subject import Subject
from router.verify.verifiers import IN_PROCESS, Simple

_DEFAULT_LIMITS = Limits()
_NO_EXAMPLES = Finding(
    Verdict.UNVERIFIED, "the answer does not define what the prompt's examples call", idle=True
)


class _Closing(Protocol):
    def close(self) -> None: ...


_C = TypeVar("_C", bound=_Closing)


class _Lazy(Generic[_C]):
    """Something with processes, made when it is first needed."""

    def __init__(self, make: Callable[[], _C]) -> None:
        self._make = make
        self._made: _C | None = None
        self._lock = threading.Lock()
        self._closed = False

    def get(self) -> _C | None:
        """None once it is closed."""
        with self._lock:
            if self._made is None and not self._closed:
                self._made = self._make()
            return None if self._closed else self._made

    def close(self) -> None:
        with self._lock:
            self._closed = True
            if self._made is not None:
                self._made.close()


class Walled:
    """Owns the worker processes; `verifiers` is every verifier there is. Close it when done."""

    def __init__(self) -> None:
        self._algebra: _Lazy[Workers] = _Lazy(Workers)
        self._database: _Lazy[Database] = _Lazy(Database)
        self.verifiers: tuple[Verifier, ...] = (
            *IN_PROCESS,
            Simple(VerifierName.MATHEMATICS, self._mathematics, needs_reference=True),
            Simple(VerifierName.SQL, self._sql, needs_reference=True),
            Simple(VerifierName.CODE, _code),
        )

    def close(self) -> None:
        """Ends the processes."""
        self._algebra.close()
        self._database.close()

    def _mathematics(self, subject: Subject) -> Check | None:
        reference = subject.reference
        if reference is None or reference.kind is not ReferenceKind.MATH:
            return None
        return Check(of_text(lambda text: check_reference(text, reference.texts[0], self._equal)), slow=True)

    def _equal(self, reference: str, answer: str, /) -> Comparison:
        workers = self._algebra.get()
        if workers is None:
            return Comparison(None, "the gateway is stopping", broken=True)
        return workers.compare(reference, answer)

    def _sql(self, subject: Subject) -> Check | None:
        reference = subject.reference
        if reference is None or reference.kind is not ReferenceKind.SQL:
            return None

        def check(text: str) -> Finding:
            database = self._database.get()
            if database is None:
                return Finding(Verdict.UNVERIFIED, "the gateway is stopping", broken=True)
            return database.check(text, reference.texts[0], reference.fixture)

        return Check(of_text(check), slow=True)


def _code(subject: Subject) -> Check | None:
    """Declared tests; else the prompt's doctests, on answers that define what those call."""
    declared = subject.tests
    if declared is None and ">>>" not in subject.prompt:
        return None
    limits = Limits(
        wall_s=min(_DEFAULT_LIMITS.wall_s, subject.seconds),
        total_s=min(_DEFAULT_LIMITS.total_s, subject.seconds),
        wait_s=min(_DEFAULT_LIMITS.wait_s, subject.seconds),
    )

    def check(text: str) -> Finding:
        tests = declared or _examples_of(subject, text)
        return _NO_EXAMPLES if tests is None else check_code(text, tests, limits)

    return Check(of_text(check), slow=True)


def _examples_of(subject: Subject, text: str) -> CodeTests | None:
    examples = examples_in(subject.prompt)
    if examples is None:
        return None
    called = set(needed_names(Assertions(tuple(one.source for one in examples.examples))))
    source = code_in(text, called) if called and "```" in text else None
    if source is None or not called <= set(defined(ast.parse(source))):
        return None
    return examples
