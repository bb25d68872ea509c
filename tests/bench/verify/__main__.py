"""`python -m tests.bench.verify`: how often the verifiers are wrong, and what they cost. See ../VERIFY.md.

Prints tables in Markdown, and every mistake with --mistakes. Judges nothing: the exit code is 0.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

from router.classify.language import UNKNOWN, detect
from router.domain.kinds import Verdict
from router.verify.calls import check_calls, offer
from router.verify.language import identify
from router.verify.mathematics.compare import check_reference
from router.verify.mathematics.workers import Workers
from router.verify.refusals import refusal
from router.verify.signs import looping
from tests.bench.verify import ifeval, math_cases, overhead, texts, tool_cases
from tests.bench.verify.ifeval_texts import LANGUAGES
from tests.bench.verify.stats import Tally, share

VERDICTS = ("verifier", "cases", "false accept", "false reject", "right, unverified", "wrong, unverified")


def main() -> None:
    """Runs what is named, in the order of the document."""
    options = _options()
    for name in options.parts:
        print(f"\n## {name}\n")
        {
            "mathematics": _mathematics,
            "tools": _tools,
            "signs": _signs,
            "ifeval": _ifeval,
            "detection": _detection,
            "language": _language,
            "overhead": _overhead,
        }[name](options)


def _options() -> argparse.Namespace:
    parts = ("mathematics", "tools", "signs", "ifeval", "detection", "language", "overhead")
    parser = argparse.ArgumentParser(description="Measure the verifiers.")
    parser.add_argument("parts", nargs="*", default=parts, help=f"of {', '.join(parts)}; default all")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder with benchmarks/")
    parser.add_argument("--oracle", type=Path, help="folder with IFEval's own checks; see VERIFY.md")
    parser.add_argument("--calls", type=int, default=2_000, help="timed calls per verifier, default 2000")
    parser.add_argument("--mistakes", action="store_true", help="print each false accept and false reject")
    return parser.parse_args()


def _mathematics(options: argparse.Namespace) -> None:
    workers = Workers()
    tallies = []
    for name, cases in (
        ("AIME answers", math_cases.aime_cases(options.data)),
        ("formulas, tuned", math_cases.table_cases("math_tuned.txt")),
        ("formulas, held out", math_cases.table_cases("math_held_out.txt")),
    ):
        tallies.append(tally := Tally(name))
        for reply, reference, is_right in cases:
            finding = check_reference(reply, reference, workers.compare)
            tally.add(is_right, finding.verdict, finding.evidence)
    workers.close()
    _print(VERDICTS, (tally.row() for tally in tallies))
    _mistakes(options, tallies)


def _tools(options: argparse.Namespace) -> None:
    tally = Tally("tool calls")
    for payload, calls, is_right, what in tool_cases.cases(60):
        finding = check_calls(calls, offer(payload))
        tally.add(is_right, finding.verdict, f"{what}: {finding.evidence}")
    _print(VERDICTS, [tally.row()])
    _mistakes(options, [tally])


def _signs(options: argparse.Namespace) -> None:
    """Here a right answer is one without the sign; seeing a sign is `failed`, seeing none is `passed`."""
    tallies = []
    for name, cases, look in (
        ("refusal, tuned", texts.refusals("refusal_texts.txt"), refusal),
        ("refusal, held out", texts.refusals("refusal_held_out.txt"), refusal),
        ("endless loop", texts.loops(), looping),
    ):
        tallies.append(tally := Tally(name))
        for text, has_sign in cases:
            seen = look(text)
            tally.add(not has_sign, Verdict.FAILED if seen else Verdict.PASSED, f"{seen}: {text[-80:]!r}")
    _print(("sign", "texts", "not seen", "seen wrongly"), (tally.row()[:4] for tally in tallies))
    _mistakes(options, tallies)


def _ifeval(options: argparse.Namespace) -> None:
    if options.oracle is None:
        print("needs --oracle")
        return
    found = ifeval.against_oracle(ifeval.prompts(options.data), options.oracle)
    total = ifeval.Agreement()
    for one in found.values():
        total.followed += one.followed
        total.not_followed += one.not_followed
        total.doubts += one.doubts
        total.false_accepts += one.false_accepts
        total.false_rejects += one.false_rejects
    rows = [found[name].row(name) for name in sorted(found)]
    _print(("kind", "judged", "false accept", "false reject", "in doubt"), [*rows, total.row("all")])
    if options.mistakes:
        print("\n".join([*total.false_accepts, *total.false_rejects]))


def _detection(options: argparse.Namespace) -> None:
    counts, unlabelled = ifeval.detection(ifeval.prompts(options.data))
    rows = [
        [
            name,
            share(count["right"], count["right"] + count["wrong"]),
            share(count["right"], count["right"] + count["missed"]),
        ]
        for name, count in sorted(counts.items())
    ]
    _print(("kind", "precision by the labels", "recall"), rows)
    if options.mistakes:
        print("\n".join(unlabelled))


def _language(options: argparse.Namespace) -> None:
    """The verifiers' identifier beside the classifier's word lists, on one sentence of each language."""

    def sure(text: str) -> str:
        guess = identify(text)
        return guess.language if guess.sure else UNKNOWN

    rows = []
    for name, look in (("py3langid, when sure", sure), ("word lists of the classifier", detect)):
        for part, cut in (("a sentence", 200), ("its first 25 characters", 25)):
            said = [(code, look(text[:cut])) for code, text in LANGUAGES.items()]
            right = sum(code == one for code, one in said)
            none = sum(one == UNKNOWN for _, one in said)
            rows.append([name, part, str(len(said)), str(right), str(len(said) - right - none), str(none)])
    _print(("identifier", "text", "languages", "right", "wrong", "does not say"), rows)


def _overhead(options: argparse.Namespace) -> None:
    rows = [[name, f"{p50:,.0f}", f"{p99:,.0f}"] for name, p50, p99 in overhead.times(options.calls)]
    _print(("verifier", "p50 us", "p99 us"), rows)


def _print(head: Iterable[str], rows: Iterable[list[str]]) -> None:
    head = list(head)
    print("| " + " | ".join(head) + " |")
    print("| " + " | ".join("---" for _ in head) + " |")
    for row in rows:
        print("| " + " | ".join(row) + " |", flush=True)


def _mistakes(options: argparse.Namespace, tallies: Iterable[Tally]) -> None:
    if options.mistakes:
        print("\n".join(f"{tally.name}: {one}" for tally in tallies for one in tally.mistakes))


if __name__ == "__main__":
    main()
