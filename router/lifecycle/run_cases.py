"""The PolicyTests of a folder: read with the policy's own checks, decided, and what they cover."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from router.classify.port import Classifier
from router.errors import InvalidRequest
from router.lifecycle.cases import decided, differences
from router.lifecycle.everything import everything_set
from router.policy.cases_document import CasePart, CasesDocument
from router.policy.document import Parsed, parse
from router.policy.documents import TESTS_FOLDER, Bundle, load_documents
from router.policy.folder import read_folder
from router.policy.parsed_catalog import parsed_catalog
from router.policy.problems import PolicyRejected, Problem, choose
from router.policy.yamldoc import Path as YamlPath
from router.policy.yamldoc import parse_documents


@dataclass(frozen=True, slots=True)
class Outcome:
    """One case: where it stands, and everything that is not as expected (nothing: it passed)."""

    case: Problem
    rule: str
    wrong: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """`uncovered` are rules that no case reaches, with their lines in the policy."""

    outcomes: Sequence[Outcome]
    uncovered: Sequence[tuple[str, int]]

    @property
    def failed(self) -> int:
        return sum(bool(outcome.wrong) for outcome in self.outcomes)


def run_cases(
    folder: Path, tests: Path | None, env: Mapping[str, str], learned: Path | None, classifier: Classifier
) -> Report:
    """Runs the tests in `tests` (default: the folder's own) against the policy in `folder`. Raises
    PolicyRejected with everything that is wrong with either."""
    documents = _documents(tests or folder / TESTS_FOLDER)
    outcomes: list[Outcome] = []
    bundle: Bundle | None = None
    for document in documents:
        bundle = _bundle(folder, document.content, env, learned)
        problems = [*_unknown(document, bundle)]
        if problems:
            raise PolicyRejected(problems)
        outcomes += [
            _outcome(document, index, case, bundle, classifier)
            for index, case in enumerate(document.content.spec.cases)
        ]
    assert bundle is not None  # there is at least one document
    reached = {outcome.rule for outcome in outcomes}
    uncovered = [(rule.name, rule.line) for rule in bundle.policy.rules if rule.name not in reached]
    return Report(outcomes, uncovered)


def _documents(folder: Path) -> list[Parsed[CasesDocument]]:
    """At least one. Raises PolicyRejected."""
    problems: list[Problem] = []
    found: list[Parsed[CasesDocument]] = []
    if not folder.is_dir():
        message = "there is no such folder; write PolicyTests into a YAML file in it"
        raise PolicyRejected([Problem(str(folder), 1, message)])
    for file in read_folder(folder):
        sources, wrong = parse_documents(file.name, file.content)
        problems += wrong
        for source in sources:
            document, wrong = parse(source)
            problems += wrong
            if document is None:
                continue
            if isinstance(document.content, CasesDocument):
                found.append(Parsed(document.source, document.content))
            else:
                problems.append(source.problem(("kind",), "only documents of kind PolicyTests belong here"))
    if not found and not problems:
        message = "holds no document of kind PolicyTests; add a YAML file with `kind: PolicyTests`"
        problems.append(Problem(str(folder), 1, message))
    if problems:
        raise PolicyRejected(problems)
    return found


def _bundle(folder: Path, content: CasesDocument, env: Mapping[str, str], learned: Path | None) -> Bundle:
    """The policy as it would be at the tests' time and with the endpoints they speak of."""
    if content.spec.endpoints == "all":
        catalog = parsed_catalog(folder)
        env = {} if catalog is None else everything_set(catalog.content)
    return load_documents(folder, env, content.spec.at, learned)


def _outcome(
    document: Parsed[CasesDocument], index: int, case: CasePart, bundle: Bundle, classifier: Classifier
) -> Outcome:
    here = document.problem(("spec", "cases", index), case.name)
    try:
        decision = decided(case.given, bundle, document.content.spec.at, classifier)
    except InvalidRequest as error:
        return Outcome(here, "", (error.message,))
    return Outcome(here, decision.rule.name, tuple(differences(decision, case.expect)))


def _unknown(document: Parsed[CasesDocument], bundle: Bundle) -> Iterator[Problem]:
    """Names that neither policy nor catalog has: a case with one could pass for the wrong reason."""
    models = bundle.catalog.models
    known = {
        "rule": [rule.name for rule in bundle.policy.rules],
        "model": list(models),
        "endpoint": [endpoint.id for model in models.values() for endpoint in model.endpoints],
    }
    for index, case in enumerate(document.content.spec.cases):
        path: YamlPath = ("spec", "cases", index)
        for where, kind, name in _named(case):
            if name not in known[kind]:
                message = f"unknown {kind} '{name}'; {choose(name, known[kind])}"
                yield document.problem((*path, *where), message)


def _named(case: CasePart) -> Iterator[tuple[YamlPath, str, str]]:
    expect, given = case.expect, case.given
    for field, kind in (("rule", "rule"), ("model", "model"), ("endpoint", "endpoint")):
        name = getattr(expect, field)
        if name is not None:
            yield ("expect", field), kind, name
    for field in ("order", "never"):
        for index, name in enumerate(getattr(expect, field)):
            yield ("expect", field, index), "model", name
    for index, name in enumerate(given.allowed_models):
        yield ("given", "allowed_models", index), "model", name
    for index, name in enumerate(given.unhealthy):
        yield ("given", "unhealthy", index), "endpoint", name
    if not given.model.startswith("auto"):
        yield ("given", "model"), "model", given.model
