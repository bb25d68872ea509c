"""The catalog of a policy folder as it is written, for tools that show or change it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from router.policy.catalog_document import CatalogDocument
from router.policy.document import Parsed, parse
from router.policy.folder import SourceFile, read_folder
from router.policy.yamldoc import parse_documents


def parsed_catalog(policy_dir: Path) -> Parsed[CatalogDocument] | None:
    """With the endpoints that are not active here; None: the folder holds no catalog in its form. Raises
    PolicyRejected, OSError."""
    return catalog_of(read_folder(policy_dir))


def catalog_of(files: Iterable[SourceFile]) -> Parsed[CatalogDocument] | None:
    """The same of files that were read."""
    for file in files:
        for source in parse_documents(file.name, file.content)[0]:
            document, _ = parse(source)
            if document is not None and isinstance(document.content, CatalogDocument):
                return Parsed(document.source, document.content)
    return None
