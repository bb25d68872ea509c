"""The reference tables of docs/, made from the code: settings, headers, metrics, errors.

`make docs` rewrites them between their markers; a test fails when they are out of date.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path

from prometheus_client import Metric

from router import telemetry
from router.errors import TiergateError
from router.settings import Settings
from router.telemetry import Metrics

_HEADERS_IN = {
    telemetry.IN_REQUEST_ID: "the app's own id of the request, 256 plain characters at most; echoed and kept",
    telemetry.IN_TASK: "kind of work, when the app knows better than the classifier",
    telemetry.IN_WORKLOAD: "named use case, for rules, baselines and reports",
    telemetry.IN_DATA_CLASS: "public, internal, confidential or restricted; can only be raised by detectors",
    telemetry.IN_MIN_TIER: "no tier below this one",
    telemetry.IN_QUALITY: "P(success) wanted, 0 to 1; raises the rule's target, never lowers it",
    telemetry.IN_TAGS: "`name=value,name=value`, for allocation",
    telemetry.IN_DECLARED["reference"]: "a right answer, as `metadata.tiergate_reference`; see checks.md",
    telemetry.IN_DECLARED["reference_kind"]: "its kind: exact, number, choice, words, math or sql",
    telemetry.IN_DECLARED["fixture"]: "the script that makes the tables of a SQL reference",
    telemetry.IN_DECLARED["constraints"]: "constraints of the answer, JSON",
    telemetry.IN_DECLARED["tests"]: "tests of the answer's code, JSON",
    telemetry.IN_DECLARED["language"]: "the answer's language, ISO 639-1",
    telemetry.IN_IDEMPOTENCY_KEY: "of feedback only: the same key is the same report, however often sent",
}
_HEADERS_OUT = {
    telemetry.OUT_REQUEST_ID: "the ledger's id",
    telemetry.OUT_CLIENT_REQUEST_ID: "the app's id, or the ledger's",
    telemetry.OUT_MODEL: "the catalog model that answered",
    telemetry.OUT_TIER: "its tier",
    telemetry.OUT_RULE: "the policy rule that matched",
    telemetry.OUT_POLICY: "digest of the policy folder in force",
    telemetry.OUT_COST: "exact cost of all attempts in US dollars; absent when it is not known",
    telemetry.OUT_COST_STATE: "priced, estimated, free, unpriced or usage_missing",
    telemetry.OUT_ATTEMPTS: "upstream attempts, retries and failovers included",
    telemetry.OUT_OVERHEAD: "the gateway's own share of the duration, in milliseconds",
    telemetry.OUT_VERDICT: "passed, failed or unverified, when the rule verifies",
    telemetry.OUT_SIMULATED: "`true` when a sandbox answered",
    telemetry.OUT_ADJUSTED: "what a serving profile changed in the request, in words",
    telemetry.OUT_SHOULD_RETRY: "on errors: whether a retry can help; the official clients obey it",
}


def tables() -> dict[str, str]:
    """Markdown by section name."""
    return {
        "settings": _table(("variable", "default", "what it is"), _settings()),
        "headers-in": _table(("header", "what it says"), _code_first(_HEADERS_IN.items())),
        "headers-out": _table(("header", "what it says"), _code_first(_HEADERS_OUT.items())),
        "metrics": _table(("metric", "labels", "what it counts"), _metrics()),
        "errors": _table(("status", "type", "code", "retry", "meaning"), _errors()),
    }


def render(document: str) -> str:
    """`document` with every marked section made anew. Raises KeyError for an unknown section."""
    made = tables()

    def section(found: re.Match[str]) -> str:
        return f"<!-- {found[1]} -->\n{made[found[1]]}\n<!-- /{found[1]} -->"

    return re.sub(r"<!-- ([a-z-]+) -->\n.*?<!-- /\1 -->", section, document, flags=re.DOTALL)


def _settings() -> Iterable[tuple[str, ...]]:
    for name, field in Settings.model_fields.items():
        default = "" if field.default is None else f"`{field.default}`"
        yield f"`TIERGATE_{name.upper()}`", default, field.description or ""


def _metrics() -> Iterable[tuple[str, ...]]:
    for instrument in vars(Metrics()).values():
        if not hasattr(instrument, "describe"):
            continue
        metric: Metric = next(iter(instrument.describe()))
        name = f"{metric.name}_total" if metric.type == "counter" else metric.name
        labels = getattr(instrument, "label_names", getattr(instrument, "_labelnames", ()))
        yield f"`{name}`", ", ".join(labels), metric.documentation


def _errors() -> Iterable[tuple[str, ...]]:
    for kind in _descendants(TiergateError):
        meaning = (kind.__doc__ or "").strip().splitlines()
        retry = "yes" if kind.retryable else "no"
        yield str(kind.status), kind.type, f"`{kind.code}`", retry, meaning[0] if meaning else ""


def _descendants(kind: type[TiergateError]) -> Iterable[type[TiergateError]]:
    for child in kind.__subclasses__():
        yield child
        yield from _descendants(child)


def _code_first(rows: Iterable[tuple[str, str]]) -> Iterable[tuple[str, ...]]:
    return ((f"`{name}`", text) for name, text in rows)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [" | ".join(head), " | ".join("---" for _ in head), *(" | ".join(row) for row in rows)]
    return "\n".join(f"| {line} |" for line in lines)


def main(paths: list[str]) -> None:
    """Rewrites the files in place."""
    for path in map(Path, paths):
        path.write_text(render(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
