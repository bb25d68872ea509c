"""How often the code check is wrong, and what it costs: writes CODE_CHECKS.md.

    python -m tests.bench.code_checks [--quick]

Right solutions: two per problem in several dresses. Broken ones: mutants that a plain run, without any
sandbox, shows to be wrong on hidden arguments. The check sees the visible tests only; so a broken solution
that passes is counted apart by whether the tests could have shown it (a fault of the check) or not.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Any

from rich.progress import track

from router.domain import interval
from router.domain.kinds import Verdict
from router.verify.code import Limits, check_code, find_isolation
from tests.bench.code_costs import costs
from tests.bench.code_problems import PROBLEMS
from tests.bench.code_samples import HIDDEN, Sample, dressed, samples_of, tests_of

OUT = Path(__file__).with_name("CODE_CHECKS.md")
LIMITS = Limits(cpu_s=1, wall_s=5.0)
LAUNCHES = 100
FORMS = ("calls", "assertions", "judged", "doctest", "program")


def main() -> None:
    quick = "--quick" in sys.argv[1:]
    if find_isolation() is None:
        raise SystemExit("no isolation on this machine: nothing to measure")
    problems = PROBLEMS[:3] if quick else PROBLEMS
    samples = [sample for problem in track(problems, "solutions") for sample in samples_of(problem)]
    counts: Counter[tuple[str, bool, bool, Verdict]] = Counter()
    surprises = []
    for number, sample in enumerate(track(samples, "checks")):
        form = FORMS[number % len(FORMS)]
        finding = check_code(dressed(sample, form, number), tests_of(sample.problem, form), LIMITS)
        assert "no Python code" not in finding.evidence, finding  # failing for that would prove nothing
        counts[form, sample.visible_ok, sample.hidden_ok, finding.verdict] += 1
        if sample.visible_ok is not (finding.verdict is Verdict.PASSED):
            surprises.append(f"{sample.problem.name}, {sample.kind}, {form}: {finding}")
    text = "\n".join([*_heading(samples), *_table(counts), "", *costs(20 if quick else LAUNCHES), ""])
    print(text, *surprises, sep="\n")
    if not quick:
        OUT.write_text(text)


def wilson(hits: int, n: int) -> str:
    """A share in percent with its 95% interval."""
    if n == 0:
        return "-"
    low, high = interval.wilson(hits, n, 1.96)
    return f"{100 * hits / n:.1f}% ({100 * low:.1f} to {100 * high:.1f})"


def _heading(samples: list[Sample]) -> list[str]:
    broken = [sample for sample in samples if not sample.hidden_ok]
    kinds = ", ".join(f"{kind} {n}" for kind, n in Counter(s.kind for s in broken).most_common())
    return [
        "# Code checks: how often they are wrong, and what they cost",
        "",
        "`python -m tests.bench.code_checks` wrote this. Problems and solutions are the project's own.",
        "",
        f"{len({s.problem.name for s in samples})} problems, {len(samples) - len(broken)} right solutions, "
        f"{len(broken)} broken ones ({kinds}). Truth: a plain run outside any sandbox, on the visible tests",
        f"and on {HIDDEN} hidden arguments. Intervals are Wilson's, 95%.",
        "",
    ]


def _table(counts: Counter[tuple[str, bool, bool, Verdict]]) -> list[str]:
    lines = [
        "| tests given as | right | rejected | broken, tests show it | accepted "
        "| broken, tests do not show it | accepted |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for form in (*FORMS, "all"):
        chosen = {k: n for k, n in counts.items() if form in (k[0], "all")}

        def total(visible: bool, hidden: bool, accepted: bool | None = None, of: Any = chosen) -> int:
            wanted = (k for k in of if k[1:3] == (visible, hidden))
            return sum(of[k] for k in wanted if accepted is None or (k[3] is Verdict.PASSED) is accepted)

        right, shown, blind = (total(*truth) for truth in ((True, True), (False, False), (True, False)))
        rejected, accepted = total(True, True, False), total(False, False, True)
        lines.append(
            f"| {form} | {right} | {rejected}: {wilson(rejected, right)} | {shown} | {accepted}: "
            f"{wilson(accepted, shown)} | {blind} | {total(True, False, True)} |"
        )
    unverified = sum(n for k, n in counts.items() if k[3] is Verdict.UNVERIFIED)
    broken = sum(n for k, n in counts.items() if not k[2])
    passed = sum(n for k, n in counts.items() if not k[2] and k[3] is Verdict.PASSED)
    return [
        *lines,
        "",
        f"Unverified: {unverified}. Broken solutions accepted with these tests, theirs and ours together: "
        f"{passed} of {broken}, {wilson(passed, broken)}; the tests, not the check, let these pass.",
    ]


if __name__ == "__main__":
    main()
