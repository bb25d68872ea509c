"""Runs the tests of a request against the code in a reply, and says what came of it."""

from __future__ import annotations

import os
import threading
from typing import Final

from router.domain.finding import Finding
from router.verify.code.calls import check_calls, check_examples
from router.verify.code.extract import code_in
from router.verify.code.isolation import Isolation, describe_isolation, find_isolation
from router.verify.code.judged import check_assertions
from router.verify.code.limits import Limits
from router.verify.code.outcome import failed, not_run, unverified
from router.verify.code.programs import check_programs
from router.verify.code.session import Lost, Session
from router.verify.code.split import as_calls, needed_names
from router.verify.code.suite import Assertions, Calls, CodeTests, Examples, Programs

_slots: Final = threading.BoundedSemaphore(max(2, os.cpu_count() or 1))
"""Checks at once: each may use a whole core and its memory limit."""

_DEFAULT: Final = Limits()


def check_code(
    reply: str, tests: CodeTests, limits: Limits = _DEFAULT, isolation: Isolation | None = None
) -> Finding:
    """The verdict on the Python code in a reply.

    `passed` only if every test was run, in isolation, and holds. `failed` with the first test that does
    not hold, or with what the code did instead. `unverified` when nothing can be said: no isolation here,
    no tests, a module that the sandbox lacks, all slots taken, the sandbox itself lost. Blocks for at most
    `limits.wait_s + limits.total_s` and some seconds; never raises for anything that the reply contains.
    `isolation` None takes the best there is.
    """
    isolation = isolation or find_isolation()
    if isolation is None:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in describe_isolation())
        return not_run(f"not run: no isolation on this machine ({reasons})")
    if not _count(tests):
        return unverified("not run: no tests")
    source = code_in(reply, _needed(tests))
    if source is None:
        return failed("no Python code in the reply")
    if not _slots.acquire(timeout=limits.wait_s):
        return not_run("not run: too many checks at once")
    try:
        with Session(isolation, limits) as session:
            return _run(source, tests, session, limits)
    except Lost as error:
        return not_run(f"not run to its end: {error}")
    finally:
        _slots.release()


def _run(source: str, tests: CodeTests, session: Session, limits: Limits) -> Finding:
    if isinstance(tests, Assertions):
        calls = as_calls(tests)
        if calls is None:
            return check_assertions(source, tests, session, limits)
        tests = calls
    if isinstance(tests, Calls):
        return check_calls(source, tests, session, limits)
    if isinstance(tests, Programs):
        return check_programs(source, tests, session, limits)
    return check_examples(source, tests, session, limits)


def _count(tests: CodeTests) -> int:
    if isinstance(tests, Assertions):
        return len(tests.tests)
    return len(tests.examples if isinstance(tests, Examples) else tests.cases)


def _needed(tests: CodeTests) -> set[str]:
    """Names that the code must define."""
    if isinstance(tests, Assertions):
        return set(needed_names(tests))
    return {case.call for case in tests.cases} if isinstance(tests, Calls) else set()
