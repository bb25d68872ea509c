"""Another policy put in force in the database: only what was planned, over what it was planned against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from sqlalchemy import Engine

from router.lifecycle.in_force import Loaded
from router.lifecycle.plan_file import PlanHead
from router.record.policies import Applied, Note, add_version, files_of, latest_version

FIRST_ACTOR = "policy folder"
"""Nobody applied it: whoever applied the next version did not put this one there."""
FIRST_REASON = "in force from the policy folder before the first version was applied"


class NotApplied(Exception):
    """Nothing was changed; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Act:
    """Who does it, why, and when (Unix microseconds). `note` is told in the same transaction."""

    by: str
    reason: str
    now_us: int
    note: Note | None = None


def apply(engine: Engine, before: Loaded, after: Loaded, head: PlanHead, act: Act) -> Applied:
    """Puts `after` in force. Raises NotApplied, AppliedMeanwhile, SQLAlchemyError."""
    if after.bundle.digest != head.new:
        raise NotApplied(
            f"{head.folder} has digest {after.bundle.digest} now, the plan is for {head.new}: plan anew"
        )
    if before.bundle.digest != head.in_force:
        raise NotApplied(
            f"{before.bundle.digest} is in force now, the plan was made against {head.in_force}: plan anew"
        )
    if before.bundle.digest == after.bundle.digest:
        raise NotApplied(f"{after.bundle.digest} is in force already")
    return _add(engine, before, after, act)


@dataclass(frozen=True, slots=True)
class Earlier:
    """A version that made the same change before, and the one that ended it."""

    applied: Applied
    ended: Applied


def applied_before(versions: Sequence[Applied], head: PlanHead) -> Earlier | None:
    """The last time that the planned policy was put in force over the one it was planned against: a plan is
    good again once that one is in force again. `versions` are the newest first; None: never."""
    for ended, one in pairwise(versions):
        if (one.previous, one.digest) == (head.in_force, head.new):
            return Earlier(one, ended)
    return None


def roll_back(engine: Engine, before: Loaded, version: Applied, after: Loaded, act: Act) -> Applied:
    """Puts the files of an earlier version in force again, as a new version. Raises as `apply`."""
    if before.bundle.digest == after.bundle.digest:
        raise NotApplied(f"version {version.version} ({version.digest}) is in force already")
    return _add(engine, before, after, act)


def target(versions: list[Applied], which: str | None) -> Applied:
    """The version of that number, or the newest whose digest begins with `which`; None: the one before the
    latest. Raises NotApplied."""
    if which is None:
        if len(versions) < 2:
            raise NotApplied("there is no earlier version to roll back to; see `tiergate policy history`")
        return versions[1]
    numbered = [one for one in versions if str(one.version) == which]
    found = numbered or [one for one in versions if one.digest.startswith(which)]
    if not found:
        raise NotApplied(f"no version has the number or digest {which}; see `tiergate policy history`")
    if len({one.digest for one in found}) > 1:
        raise NotApplied(f"several versions have a digest that begins with {which}; give more of it")
    return found[0]


def _add(engine: Engine, before: Loaded, after: Loaded, act: Act) -> Applied:
    """With what was in force so far as version 1, so that the first version can be taken back too."""
    with engine.connect() as connection:
        latest = latest_version(connection)
        unchanged = latest == 0 or files_of(connection, latest) == before.files
    if not unchanged:
        raise NotApplied("another version was applied meanwhile: plan anew")
    if latest == 0:
        first = Applied(1, before.bundle.digest, None, act.now_us, FIRST_ACTOR, FIRST_REASON)
        add_version(engine, first, before.files)
        latest = 1
    applied = Applied(latest + 1, after.bundle.digest, before.bundle.digest, act.now_us, act.by, act.reason)
    add_version(engine, applied, after.files, act.note)
    return applied
