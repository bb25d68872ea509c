"""What is stored of one request in words, opened with the key: asked by it, and said of its answer."""

from __future__ import annotations

import orjson
from sqlalchemy import Connection, select

from router.prompts.vault import Vault
from router.record.sealed import is_sealed
from router.record.tables import feedback, judgements, prompts, verdicts


def asked(connection: Connection, request_id: str, vault: Vault) -> str | None:
    """Its messages as JSON; None: none are stored. Raises CannotOpen."""
    query = select(prompts.c.sealed).where(prompts.c.request_id == request_id)
    sealed = connection.execute(query).scalar_one_or_none()
    return None if sealed is None else vault.open(request_id, sealed).decode()


def said(connection: Connection, request_id: str, vault: Vault) -> str | None:
    """Corrections, comments, evidence of checks and reasons of judges as a JSON object of lists; None: there
    are none. Words of before there was a key are as they were stored. Raises CannotOpen."""
    columns = {
        "corrections": (feedback, feedback.c.correction),
        "comments": (feedback, feedback.c.comment),
        "evidence": (verdicts, verdicts.c.evidence),
        "reasons": (judgements, judgements.c.reason),
    }
    found: dict[str, list[str]] = {}
    for name, (table, column) in columns.items():
        query = select(column).where(table.c.request_id == request_id, column.is_not(None))
        texts = connection.execute(query).scalars()
        found[name] = [_opened(text, request_id, vault) for text in texts]
    return orjson.dumps(found).decode() if any(found.values()) else None


def _opened(text: str, request_id: str, vault: Vault) -> str:
    return vault.open(request_id, text).decode() if is_sealed(text) else text
