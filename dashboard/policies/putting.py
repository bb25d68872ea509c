"""Another policy put in force from the dashboard, or an earlier one again: who is the one who is signed in.

Through a connection of its own (TIERGATE_ADMIN_DATABASE_URL), because the dashboard's cannot write. The
steps and the refusals are those of `tiergate policy apply` and `rollback`.
"""

from __future__ import annotations

import time
from pathlib import Path

from dashboard import access
from dashboard.policies.current import loader
from dashboard.policies.draft import Planned
from router.admin.notes import policy_note
from router.audit.entry import Action, Actor
from router.audit.writing import Desk, open_audit
from router.lifecycle.applying import Act, NotApplied, apply, roll_back
from router.lifecycle.in_force import Endpoints, Loaded
from router.policy.ability.document import LEARNED_FILE
from router.policy_store import source_files
from router.record.policies import Applied, AppliedMeanwhile, files_of
from router.settings import Settings

_MEANWHILE = "another version was applied meanwhile: plan anew"


def may_put(settings: Settings) -> str | None:
    """Why nothing can be put in force from here; None: it can."""
    if settings.policy_source != "database":
        return (
            f"TIERGATE_POLICY_SOURCE is directory: gateways read {settings.policy_dir}. Change the files "
            "there, or set it to database for gateways and dashboard."
        )
    if settings.admin_ledger_url is None:
        return "TIERGATE_ADMIN_DATABASE_URL is not set, and the dashboard's own connection only reads."
    return None


def put(settings: Settings, after: Loaded, planned: Planned, endpoints: Endpoints, reason: str) -> Applied:
    """Raises NotApplied, SettingsRefused, OSError, SQLAlchemyError, and what `access.principal` raises."""
    desk = _desk(settings, reason)
    with access.writing() as engine:
        before = loader(settings, endpoints).in_force(engine)
        act = _act(desk, Action.POLICY_APPLY, reason, before, after)
        try:
            done = apply(engine, before, after, planned.head, act)
        except AppliedMeanwhile:
            raise NotApplied(_MEANWHILE) from None
        desk.log.anchor(engine)
        return done


def put_back(settings: Settings, version: Applied, endpoints: Endpoints, reason: str) -> Applied:
    """Raises as `put`, and PolicyRejected where an earlier version cannot be in force any more."""
    desk = _desk(settings, reason)
    with access.writing() as engine:
        reading = loader(settings, endpoints)
        before = reading.in_force(engine)
        with engine.connect() as connection:
            files = files_of(connection, version.version)
        sources = source_files(version.version, files, settings.data_dir / LEARNED_FILE)
        after = reading.load(Path(f"version {version.version}"), sources)
        act = _act(desk, Action.POLICY_ROLLBACK, reason, before, after)
        try:
            done = roll_back(engine, before, version, after, act)
        except AppliedMeanwhile:
            raise NotApplied(_MEANWHILE) from None
        desk.log.anchor(engine)
        return done


def _desk(settings: Settings, reason: str) -> Desk:
    """The audit log, where the act is entered in its own transaction."""
    if not reason.strip():
        raise NotApplied("say why, for whoever reads the history")
    who = access.principal()
    return Desk(open_audit(settings), Actor(who.name, "dashboard", who.role))


def _act(desk: Desk, action: Action, reason: str, before: Loaded, after: Loaded) -> Act:
    note = policy_note(desk, action, before.files, after.files)
    return Act(desk.actor.name, reason.strip(), time.time_ns() // 1000, note)
