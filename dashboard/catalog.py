"""The catalog and price book that the Models page shows, and where they were found.

The ledger database holds every version that was put in force from it. Where none ever was, the gateway's
folder is in force, which this process sees only if TIERGATE_POLICY_DIR names it here too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import streamlit as st
from sqlalchemy import Connection

from dashboard import text
from dashboard.procurement import Offer
from dashboard.queries import policies
from router.lifecycle.everything import everything_set
from router.policy.catalog_document import CatalogDocument
from router.policy.documents import Bundle, compile_files
from router.policy.folder import SourceFile, read_folder
from router.policy.parsed_catalog import catalog_of
from router.record.policies import files_of

_SETTING = "TIERGATE_POLICY_DIR"
_KEPT = 4
Sources = tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True)
class Known:
    """A catalog as written and as compiled, with all its endpoints; `where` says in words what it is."""

    document: CatalogDocument
    bundle: Bundle
    where: str

    @property
    def offer(self) -> Offer:
        """Its models with all endpoints that are declared, whether their environment is here or not."""
        places = {part.name: tuple(e.id for e in part.endpoints) for part in self.document.spec.models}
        return Offer(self.bundle.catalog, places)


def known(connection: Connection, environ: Mapping[str, str]) -> Known | None:
    """None: it is not to be had here. Raises PolicyRejected where it does not load in this version."""
    versions = policies.versions(connection)
    if versions:
        stored = versions[0]
        found = files_of(connection, stored.version)
        files = tuple(
            (f"version {stored.version}/{name}", content.encode()) for name, content in found.items()
        )
        where = (
            f"policy version {stored.version} of the ledger database, put in force by "
            f"{stored.applied_by} at {text.instant(stored.applied_us)}"
        )
    elif folder := environ.get(_SETTING):
        files = tuple((file.name, file.content) for file in read_folder(Path(folder)))
        where = (
            "the policy folder as it is now: the database holds no version, so a gateway that reads another "
            "folder may have another policy"
        )
    else:
        return None
    document, bundle = _compiled(files)
    return Known(document, bundle, where)


@st.cache_resource(max_entries=_KEPT, show_spinner=False)
def _compiled(files: Sources) -> tuple[CatalogDocument, Bundle]:
    """By content: a version never changes, a folder may. Raises PolicyRejected."""
    sources = tuple(SourceFile(name, content) for name, content in files)
    found = catalog_of(sources)
    env = {} if found is None else everything_set(found.content)
    bundle = compile_files(Path("policy"), sources, env, datetime.now(UTC))
    assert found is not None, "compiled without a catalog"
    return found.content, bundle
