"""Acts as entries of the audit log, each made in the transaction of its act."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import orjson
from sqlalchemy import Connection

from router.audit.entry import Action, Detail
from router.audit.writing import Desk
from router.books.periods.calendar import Closing
from router.lifecycle.diff import difference_text, differences
from router.policy.folder import SourceFile
from router.record.credentials import Credential
from router.record.credentials import Note as CredentialNote
from router.record.keys import KeyNote, KeyRow
from router.record.policies import Applied
from router.record.policies import Note as PolicyNote

MOST_CHANGES = 200
"""Differences that one entry spells out."""


def key_note(desk: Desk, action: Action) -> KeyNote:
    """What a key stands for; neither its token nor what is stored of it."""

    def note(connection: Connection, row: KeyRow) -> None:
        detail = {
            "organisation": row.organisation,
            "team": row.team,
            "project": row.project,
            "allowed_tiers": row.allowed_tiers,
            "allowed_models": row.allowed_models,
            "label": row.label,
            "expires_us": row.expires_us,
            "rotated_from": row.rotated_from,
        }
        desk.log.append(connection, desk.act(action, row.id, detail))

    return note


def credential_note(desk: Desk, action: Action) -> CredentialNote:
    """Who may use the admin API, and as what."""

    def note(connection: Connection, made: Credential) -> None:
        detail = {
            "user_name": made.user_name,
            "role": made.role,
            "teams": [str(team) for team in made.teams] + list(made.unplaced),
            "external_id": made.external_id,
            "expires_us": made.expires_us,
        }
        desk.log.append(connection, desk.act(action, made.id, detail))

    return note


def policy_note(
    desk: Desk, action: Action, before: Mapping[str, str], after: Mapping[str, str]
) -> PolicyNote:
    """A version and what it changes. `before` and `after` are files by name."""

    def note(connection: Connection, applied: Applied) -> None:
        detail = {
            "version": applied.version,
            "previous": applied.previous,
            "reason": applied.reason,
            **changes(sources(before), sources(after)),
        }
        desk.log.append(connection, desk.act(action, applied.digest, detail, applied.applied_us))

    return note


def period_note(
    desk: Desk, action: Action, reason: str | None = None
) -> Callable[[Connection, Closing], None]:
    """A month that was closed or opened again."""

    def note(connection: Connection, closing: Closing) -> None:
        findings = [f["name"] for f in orjson.loads(closing.checks) if f["accepted"]]
        detail = {"version": closing.version, "digest": closing.digest, "accepted": findings}
        if reason is not None:
            detail["reason"] = reason
        desk.log.append(connection, desk.act(action, closing.period, detail))

    return note


def sources(files: Mapping[str, str]) -> tuple[SourceFile, ...]:
    return tuple(SourceFile(name, text.encode()) for name, text in sorted(files.items()))


def changes(before: tuple[SourceFile, ...], after: tuple[SourceFile, ...]) -> Detail:
    """What documents say differently, as `file:line: what: before > after`; of very many the first."""
    found = differences(before, after)
    told: dict[str, object] = {"changes": [difference_text(one) for one in found[:MOST_CHANGES]]}
    if len(found) > MOST_CHANGES:
        told["more_changes"] = len(found) - MOST_CHANGES
    return told
