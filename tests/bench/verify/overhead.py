"""Time of one call of each verifier, on answers of ordinary length: p50 and p99 in microseconds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from time import perf_counter_ns

from router.domain.conversation import Conversation, Turn
from router.domain.declared import NOTHING_DECLARED
from router.domain.policy import Checks
from router.verify.calls import check_calls, offer
from router.verify.constraints.check import check_constraints, constraint
from router.verify.constraints.detect import detect
from router.verify.inspection import Checker
from router.verify.language import identify
from router.verify.mathematics.compare import check_reference
from router.verify.mathematics.workers import Workers
from router.verify.reference import check_choice, check_exact, check_number, check_words
from router.verify.refusals import refusal
from router.verify.signs import check_signs
from router.verify.sql import Database
from router.verify.subject import subject_of
from router.verify.threads import Threads
from router.verify.walled import Walled
from tests.bench.verify.ifeval_texts import LANGUAGES, made_for, prose
from tests.bench.verify.tool_cases import cases

ANSWER = prose(300)
"""An answer of about 1,600 characters."""
FIXTURE = "CREATE TABLE t (a, b);" + "".join(f"INSERT INTO t VALUES ({n}, {n * n % 17});" for n in range(100))
KINDS = {
    "punctuation:no_comma": {},
    "keywords:existence": {"keywords": ["fox", "wall"]},
    "length_constraints:number_words": {"num_words": 200, "relation": "at least"},
    "length_constraints:number_sentences": {"num_sentences": 20, "relation": "at least"},
    "change_case:capital_word_frequency": {"capital_frequency": 9, "capital_relation": "less than"},
}
PLAIN_PROMPT = "Please explain shortly how a canal lock works and why it saves water for ships."
PLAIN = {"model": "auto", "messages": [{"role": "user", "content": PLAIN_PROMPT}]}
COMPLETION = {"choices": [{"index": 0, "message": {"content": ANSWER}, "finish_reason": "stop"}]}
CHECKER = Checker(Walled().verifiers, Threads())
PROMPT = (
    "Write a summary of the history of the canal with at least 300 words. Do not use any commas. Highlight at"
    " least 3 sections in markdown, such as *highlighted section*. End with a postscript starting with P.S."
)


def times(calls: int) -> Iterator[tuple[str, float, float]]:
    """(what, p50 us, p99 us)."""
    workers, database = Workers(size=1), Database()
    try:
        for name, call in _calls(workers, database).items():
            slow = name.startswith(("algebra", "SQL"))
            yield name, *_timed(call, calls // 20 if slow else calls)
    finally:
        workers.close()
        database.close()


def _calls(workers: Workers, database: Database) -> dict[str, Callable[[], object]]:
    payload, called, _, _ = next(iter(cases(1)))
    declared = {name: constraint(name, kwargs) for name, kwargs in KINDS.items()}
    boxed = ANSWER + r" The answer is $\boxed{\frac{408}{2}}$."
    numbers = count(2)

    def algebra() -> object:
        """Another formula each time: the library keeps what it has parsed."""
        n = next(numbers)
        reply = ANSWER + rf" The answer is $\boxed{{{n}\sqrt{{2}}}}$."
        return check_reference(reply, rf"\sqrt{{{2 * n * n}}}", workers.compare)

    assert not list(made_for("unknown", {}))
    return {
        "mathematics, a number": lambda: check_reference(boxed, "204"),
        "algebra in a worker": algebra,
        **{f"constraint {n}": lambda o=o: check_constraints(ANSWER, [o]) for n, o in declared.items()},  # type: ignore[misc]
        "five constraints": lambda: check_constraints(ANSWER, list(declared.values())),
        "detect constraints, none": lambda: detect("What is the capital of France, and why is it there?"),
        "detect constraints, four": lambda: detect(PROMPT),
        "language, 1,600 characters": lambda: identify(ANSWER),
        "language, one sentence": lambda: identify(LANGUAGES["de"]),
        "exact": lambda: check_exact(ANSWER, ["Paris"]),
        "number": lambda: check_number(boxed, "204"),
        "choice": lambda: check_choice(ANSWER + " The answer is B.", "B"),
        "word F1": lambda: check_words(ANSWER, [ANSWER[:800]]),
        "SQL in a worker": lambda: database.check(
            "SELECT a FROM t WHERE b > 3", "SELECT a FROM t WHERE b >= 4", FIXTURE
        ),
        "refusal, none": lambda: refusal(ANSWER),
        "all signs and the language": lambda: check_signs(ANSWER, language="en"),
        "all signs": lambda: check_signs(ANSWER),
        "one request, until its last byte": lambda: _request(early=False),
        "one request, all cheap checks before it": lambda: _request(early=True),
        "tool call, schema known": lambda: check_calls(called, offer(payload)),
    }


def _request(*, early: bool) -> object:
    """What a request that declares nothing costs the event loop, finding out what applies included."""
    subject = subject_of(PLAIN, Conversation((Turn("user", PLAIN_PROMPT),)), NOTHING_DECLARED)
    return CHECKER.inspection(subject, Checks(), early=early).check(COMPLETION)


def _timed(call: Callable[[], object], calls: int) -> tuple[float, float]:
    for _ in range(max(3, calls // 10)):
        call()
    taken = []
    for _ in range(max(20, calls)):
        start = perf_counter_ns()
        call()
        taken.append((perf_counter_ns() - start) / 1_000)
    taken.sort()
    return taken[len(taken) // 2], taken[int(len(taken) * 0.99)]
