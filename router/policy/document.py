"""Plain data to typed documents: which kind is it, does it have that kind's form, and if not, where not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import ValidationError

from router.policy.envelope import API_VERSION, Document
from router.policy.explain import dotted, explain
from router.policy.problems import Problem, choose
from router.policy.schemas import KINDS
from router.policy.yamldoc import Path, Plain, SourceDocument

D_co = TypeVar("D_co", bound=Document, covariant=True)

_INTERPOLATION = re.compile(r"\$\{")


@dataclass(frozen=True, slots=True)
class Parsed(Generic[D_co]):
    """A typed document with its source, so that later checks can still name a line."""

    source: SourceDocument
    content: D_co

    def problem(self, path: Path, message: str) -> Problem:
        """A problem at `path` below the document's root, such as ("spec", "rules", 3)."""
        return self.source.problem(path, message)


def parse(source: SourceDocument) -> tuple[Parsed[Document] | None, list[Problem]]:
    """The typed document, or None; and everything wrong with its form."""
    data = source.data
    if not isinstance(data, dict):
        message = f"must be a mapping that starts with `apiVersion: {API_VERSION}` and `kind:`"
        return None, [source.problem((), message)]
    kind = data.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        return None, [_unknown_kind(source, kind)]
    problems = list(_interpolations(source, (), data))
    try:
        content = KINDS[kind].model_validate(data)
    except ValidationError as error:
        return None, [*problems, *explain(source, kind, error)]
    return Parsed(source, content), problems


def _unknown_kind(source: SourceDocument, kind: Plain) -> Problem:
    if isinstance(kind, str):
        return source.problem(("kind",), f"unknown kind '{kind[:40]}'; {choose(kind, list(KINDS))}")
    if kind is None:
        return source.problem((), f"the document has no kind; add `kind:` ({', '.join(KINDS)})")
    return source.problem(("kind",), f"kind must be one of {', '.join(KINDS)}")


def _interpolations(source: SourceDocument, path: Path, data: Plain) -> Iterator[Problem]:
    """Texts that expect to be expanded: nothing expands them, so they would be sent as they stand."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield from _interpolations(source, (*path, key), value)
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _interpolations(source, (*path, index), value)
    elif isinstance(data, str) and _INTERPOLATION.search(data):
        message = (
            f"{dotted(path)} holds a placeholder; documents are not expanded: write the value, "
            "use `api_key_env: NAME` for keys and `base_url: {env: NAME}` for URLs"
        )
        yield source.problem(path, message)
