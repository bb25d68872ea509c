"""A folder of YAML to the Bundle in force: read, parse, compile; everything or nothing.

The environment and the time are passed in. Must not log: whoever called decides what to do with problems.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from router.domain.budget import NO_BUDGETS, Budgets
from router.domain.budget_bound import Dearest, dearest
from router.domain.catalog import Catalog
from router.domain.limits import NO_LIMITS, Limits
from router.domain.policy import Policy
from router.domain.prices import PriceBook
from router.policy.ability.document import LearnedDocument
from router.policy.budget_document import BudgetDocument
from router.policy.catalog_document import CatalogDocument
from router.policy.compile import Documents, compile_documents
from router.policy.document import Parsed, parse
from router.policy.envelope import Document
from router.policy.folder import SourceFile, read_folder
from router.policy.limit_document import LimitDocument
from router.policy.policy_document import PolicyDocument
from router.policy.price_document import PriceDocument
from router.policy.problems import Findings, PolicyRejected, Problem
from router.policy.schemas import KINDS, OPTIONAL
from router.policy.yamldoc import Plain, SourceDocument, SourceFloat, parse_documents

TESTS_FOLDER = "tests"
"""Where a policy folder's PolicyTests lie, for `tiergate policy test`."""
DIGEST_CHARS = 16
"""64 bits: enough that no two policies of an organisation ever share a digest by accident."""

D = TypeVar("D", bound=Document)


@dataclass(frozen=True, slots=True)
class Bundle:
    """Everything the documents say, in force together. `digest` names their content and which endpoints
    are active; no environment value and no comment changes it. `notes` inform, they refuse nothing."""

    catalog: Catalog
    prices: PriceBook
    policy: Policy
    digest: str
    loaded_at: datetime
    notes: tuple[Problem, ...]
    budgets: Budgets = NO_BUDGETS
    limits: Limits = NO_LIMITS
    dearest: Dearest = field(init=False, repr=False, compare=False)
    """What no call of any endpoint costs more than."""

    def __post_init__(self) -> None:
        rows = (price for found in self.prices.rows.values() for price in found)
        object.__setattr__(self, "dearest", dearest(self.catalog.models.values(), rows))


def load_documents(
    folder: Path, env: Mapping[str, str], now: datetime, learned: Path | None = None
) -> Bundle:
    """The bundle that `folder` describes at `now` (UTC), with the evidence in `learned` as `read_folder`
    reads it. Raises PolicyRejected with every problem found."""
    return compile_files(folder, read_folder(folder, learned), env, now)


def compile_files(folder: Path, files: Sequence[SourceFile], env: Mapping[str, str], now: datetime) -> Bundle:
    """The bundle that `files` of `folder` describe. Raises PolicyRejected with every problem found."""
    findings = Findings()
    sources = _sources(files, findings)
    complete = not findings.problems
    parsed: list[Parsed[Document]] = []
    for source in sources:
        document, problems = parse(source)
        findings.problems += problems
        if document is not None:
            parsed.append(document)
    _check_kinds(folder, sources, complete, findings)
    documents = Documents(
        _only(parsed, CatalogDocument),
        _only(parsed, PriceDocument),
        _only(parsed, PolicyDocument),
        _only(parsed, LearnedDocument),
        _only(parsed, BudgetDocument),
        _only(parsed, LimitDocument),
    )
    compiled = compile_documents(documents, env, now, findings)
    if compiled is None or findings.problems:
        raise PolicyRejected(findings.problems)
    return Bundle(
        compiled.catalog,
        compiled.prices,
        compiled.policy,
        _digest(sources, compiled.catalog),
        now,
        tuple(sorted(findings.notes)),
        compiled.budgets,
        compiled.limits,
    )


def _sources(files: Iterable[SourceFile], findings: Findings) -> list[SourceDocument]:
    sources = []
    for file in files:
        found, problems = parse_documents(file.name, file.content)
        sources += found
        findings.problems += problems
    return sources


def _kind(source: SourceDocument) -> Plain:
    return source.data.get("kind") if isinstance(source.data, dict) else None


def _check_kinds(folder: Path, sources: Iterable[SourceDocument], complete: bool, findings: Findings) -> None:
    """Exactly one document of each kind. A file that is not YAML may hold the missing one: `complete`."""
    first: dict[str, SourceDocument] = {}
    for source in sources:
        kind = _kind(source)
        if not isinstance(kind, str) or kind not in KINDS:
            complete = False
        elif kind == "PolicyTests":
            message = f"the gateway runs no tests; move the file into the folder {folder / TESTS_FOLDER}"
            findings.problems.append(source.problem(("kind",), message))
        elif kind in first:
            where = f"{first[kind].file}:{first[kind].line(('kind',))}"
            message = f"a second {kind}; the first is at {where}: put both into one document"
            findings.problems.append(source.problem(("kind",), message))
        else:
            first[kind] = source
    missing = [kind for kind in KINDS if kind not in first and kind not in OPTIONAL]
    if missing and complete:
        message = f"no document of kind {', '.join(missing)}; add a YAML file with `kind: {missing[0]}`"
        findings.problems.append(Problem(str(folder), 1, message))


def _only(parsed: Iterable[Parsed[Document]], wanted: type[D]) -> Parsed[D] | None:
    for document in parsed:
        if isinstance(document.content, wanted):
            return Parsed(document.source, document.content)
    return None


def _digest(sources: Iterable[SourceDocument], catalog: Catalog) -> str:
    """Of the content only: neither comments, layout, file names nor the order of keys change it."""
    active = sorted(e.id for model in catalog.models.values() for e in model.endpoints)
    contents = sorted((str(_kind(source)), _canonical(source.data)) for source in sources)
    text = json.dumps([contents, active], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:DIGEST_CHARS]


def _canonical(data: Plain) -> str:
    """JSON text with sorted keys in which numbers keep their source text."""
    if isinstance(data, dict):
        entries = (f"{json.dumps(key)}:{_canonical(value)}" for key, value in sorted(data.items()))
        return "{" + ",".join(entries) + "}"
    if isinstance(data, list):
        return "[" + ",".join(_canonical(item) for item in data) + "]"
    return data.text if isinstance(data, SourceFloat) else json.dumps(data)
