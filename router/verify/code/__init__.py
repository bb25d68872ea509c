"""Code in answers, tested in isolation: `check_code` gives a verdict that the code itself cannot forge.

    check       the whole check of one reply                   extract    the code in a reply
    suite       kinds of tests and how they are sent           split      assertions taken apart
    isolation   which wall this machine allows                 backends   bubblewrap, namespaces, Landlock
    session     one walled process and the talk with it        runtime    what is visible inside
    calls, programs, judged: one way of testing each           compare    expected values, held outside
    jail/       what runs on the far side of the wall

The gateway never runs a line of a reply, and expected values stay on this side wherever the tests' form
allows it. Must not let "passed" rest on anything that the tested code says of itself.
"""

from router.verify.code.check import check_code
from router.verify.code.isolation import describe_isolation, find_isolation
from router.verify.code.limits import Limits
from router.verify.code.suite import (
    Assertions,
    Calls,
    Case,
    CodeTests,
    Example,
    Examples,
    ProgramCase,
    Programs,
    examples_in,
    read_tests,
)

__all__ = [
    "Assertions",
    "Calls",
    "Case",
    "CodeTests",
    "Example",
    "Examples",
    "Limits",
    "ProgramCase",
    "Programs",
    "check_code",
    "describe_isolation",
    "examples_in",
    "find_isolation",
    "read_tests",
]
