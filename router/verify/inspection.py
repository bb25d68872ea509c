"""The checks of one request: some before its answer is let go, the rest when there is time for them.

A check that raises, hangs or is killed is an `unverified` finding that says so; nothing here raises for any
answer. After a `failed` nothing more is run: the answer is known to be wrong. Must not read the policy.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from router.domain.finding import Finding, overall
from router.domain.kinds import Verdict, VerifierName
from router.domain.policy import Checks
from router.domain.value import value
from router.verify.port import Check, Completion, Verifier, texts
from router.verify.subject import Subject
from router.verify.threads import Stuck, Threads

log = logging.getLogger(__name__)
_LONG = 20_000
"""Characters of answers beyond which even a cheap check takes milliseconds."""


@value
class Wanted:
    """The verifiers that a rule wants; those of them that may apply without a declared reference, as most
    requests are; and those that look at structure."""

    all: tuple[Verifier, ...]
    without_reference: tuple[Verifier, ...]
    structure: tuple[Verifier, ...]


class Inspection:
    """`early`: every cheap check belongs before the reply, and the slow ones with it; else only structure
    does. Used by one request."""

    def __init__(self, subject: Subject, wanted: Wanted, threads: Threads, *, early: bool) -> None:
        self.early = early
        self._subject = subject
        self._threads = threads
        self._all = wanted.all if subject.reference is not None else wanted.without_reference
        self._structure = wanted.structure
        self._prepared: dict[VerifierName, Check | None] = {}

    def applying(self) -> frozenset[VerifierName]:
        """The verifiers that have something to check in answers to this request."""
        return frozenset(one.name for one in self._all if self._check(one) is not None)

    def check(self, completion: Mapping[str, Any]) -> Finding:
        """What can be said at once. Blocks for microseconds."""
        found: list[Finding] = []
        for verifier in self._all if self.early and not _is_long(completion) else self._structure:
            check = self._check(verifier)
            if check is not None and not check.slow:
                found.append(_run(verifier.name, check, completion))
                if found[-1].verdict is Verdict.FAILED:
                    break
        return overall(found)

    def check_cheap(self, completion: Mapping[str, Any], known: Finding) -> tuple[list[Finding], bool]:
        """The parts of `known`, of `check`, with the cheap checks that come next, and whether it is then a
        slow one's turn: that is for `check_rest`. Blocks for some tens of microseconds."""
        found = list(known.parts)
        long = _is_long(completion)
        for name, check in self._left(known):
            if check.slow or long:
                return found, True
            found.append(_run(name, check, completion))
            if found[-1].verdict is Verdict.FAILED:
                break
        return found, False

    async def check_rest(self, completion: Mapping[str, Any], known: Finding) -> Finding:
        """`known`, of one of the others, with all that is left. Takes as long as the slow checks may."""
        found = list(known.parts)
        ends = time.monotonic() + self._subject.seconds
        long = _is_long(completion)
        for name, check in self._left(known):
            if check.slow or long:
                found.append(await self._run_slowly(name, check, completion, ends))
            else:
                found.append(_run(name, check, completion))
            if found[-1].verdict is Verdict.FAILED:
                break
        return overall(found)

    def _left(self, known: Finding) -> Iterator[tuple[VerifierName, Check]]:
        """The checks that apply and have not been run, each made ready when its turn comes; none once the
        answer has failed."""
        if known.verdict is Verdict.FAILED:
            return
        done = {part.verifier for part in known.parts}
        for verifier in self._all:
            name = verifier.name
            if name not in done and (check := self._check(verifier)) is not None:
                yield name, check

    async def _run_slowly(
        self, name: VerifierName, check: Check, completion: Completion, ends: float
    ) -> Finding:
        began = time.perf_counter_ns()
        try:
            return await self._threads.run(lambda: _run(name, check, completion), ends - time.monotonic())
        except TimeoutError:
            reason = f"not checked within {self._subject.seconds:g} s"
        except Stuck:
            reason = "not checked: too many checks never came back"
        except (OSError, RuntimeError) as error:  # no thread can be started
            reason = f"not checked: {type(error).__name__}"
        log.warning("verifier %s: %s", name, reason)
        return Finding(Verdict.UNVERIFIED, reason, broken=True).by(name, _since(began))

    def _check(self, verifier: Verifier) -> Check | None:
        name, prepared = verifier.name, self._prepared
        if name in prepared:
            return prepared[name]
        found: Check | None = None
        try:
            found = verifier.prepare(self._subject)
        except Exception as error:  # noqa: BLE001 - a verifier's defect is no reason to lose an answer
            log.error("verifier %s failed on a request: %s", name, _told(error))
        prepared[name] = found
        return found


class Checker:
    """Makes inspections: the verifiers there are, and the threads they share. Late checks have threads of
    their own, so that no reply ever waits behind one."""

    def __init__(
        self, verifiers: Sequence[Verifier], threads: Threads, late_threads: Threads | None = None
    ) -> None:
        self._verifiers = verifiers
        self._threads = threads
        self._late_threads = late_threads or threads
        self._wanted: dict[frozenset[VerifierName], Wanted] = {}

    def inspection(self, subject: Subject, checks: Checks, *, early: bool) -> Inspection:
        """The checks of one request, as its rule wants them."""
        subject.seconds = checks.time_limit
        names = checks.verifiers
        wanted = self._wanted.get(names)
        if wanted is None:
            wanted = self._wanted[names] = self._want(names)
        return Inspection(subject, wanted, self._threads if early else self._late_threads, early=early)

    def _want(self, names: frozenset[VerifierName]) -> Wanted:
        """By a rule's list, of which a policy has few; an empty one wants all."""
        chosen = tuple([one for one in self._verifiers if not names or one.name in names])
        return Wanted(
            chosen,
            tuple([one for one in chosen if not one.needs_reference]),
            tuple([one for one in chosen if one.name is VerifierName.STRUCTURE]),
        )


def sampled(request_id: str, share: float) -> bool:
    """Whether a request belongs to the share that is checked, by the random end of its id."""
    return share >= 1 or int(request_id[-8:], 16) < share * 2**32


def _run(name: VerifierName, check: Check, completion: Completion) -> Finding:
    began = time.perf_counter_ns()
    try:
        found = check.run(completion)
    except Exception as error:  # noqa: BLE001 - a verifier's defect is no reason to lose an answer
        log.error("verifier %s failed on an answer: %s", name, _told(error))
        found = Finding(Verdict.UNVERIFIED, f"the check failed: {type(error).__name__}", broken=True)
    return found.by(name, _since(began))


def _told(error: Exception) -> str:
    """What and where, never its text: that may quote the request or the answer."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace is not None else "somewhere"
    return f"{type(error).__name__} at {place}"


def _is_long(completion: Completion) -> bool:
    found = texts(completion)
    return (len(found[0]) if len(found) == 1 else sum(map(len, found))) > _LONG


def _since(began: int) -> int:
    return (time.perf_counter_ns() - began) // 1000
