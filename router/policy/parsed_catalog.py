"""The catalog of a policy folder as it is written, for tools that show or change it."""

from __future__ import annotations

from pathlib import Path

from router.policy.catalog_document import CatalogDocument
from router.policy.document import Parsed, parse
from router.policy.folder import read_folder
from router.policy.yamldoc import parse_documents


def parsed_catalog(policy_dir: Path) -> Parsed[CatalogDocument] | None:
    """With the endpoints that are not active here; None: the folder holds no catalog in its form. Raises
    PolicyRejected, OSError."""
    for file in read_folder(policy_dir):
        for source in parse_documents(file.name, file.content)[0]:
            document, _ = parse(source)
            if document is not None and isinstance(document.content, CatalogDocument):
                return Parsed(document.source, document.content)
    return None
