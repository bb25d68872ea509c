"""`tiergate policy apply`, `rollback`, `history`, `show` and `diff`: the command lines."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click
import orjson
from sqlalchemy import Engine

from router.admin.notes import policy_note
from router.audit.entry import Action
from router.audit.writing import Desk, desk
from router.clock import utc
from router.lifecycle.applying import Act, Earlier, NotApplied, applied_before, apply, roll_back, target
from router.lifecycle.diff import difference_text, differences
from router.lifecycle.in_force import Loaded, Loader
from router.lifecycle.plan_file import PlanHead, PlanRefused, read_plan
from router.lifecycle.refused import refused_policy
from router.policy.ability.document import LEARNED_FILE
from router.policy.folder import SourceFile, read_folder
from router.policy.summary import summary
from router.policy.table import aligned
from router.policy_store import source_files
from router.record.command import open_ledger
from router.record.policies import Applied, AppliedMeanwhile, Files, files_of, history
from router.settings import Settings, read_settings

_REASON = click.option("--reason", required=True, help="Why; kept with the version.")
_BY = click.option("--as", "by", help="Who; left out: the user of this machine.")


@click.command("apply")
@click.argument("plan_file", metavar="PLAN", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@_REASON
@_BY
def policy_apply(plan_file: Path, reason: str, by: str | None) -> None:
    """Put in force what PLAN planned, a file of `policy plan --out`.

    Refused unless the new folder still has the planned digest and the policy in force is the one it was
    planned against: after a rollback to that one it is good again, and you are told. Running gateways take
    the version up within seconds.
    """
    settings = _stored_settings()
    loader = _loader(settings)
    with _store() as engine, refused_policy(), desk(engine, by) as audit:
        head = read_plan(plan_file)
        before, after = loader.in_force(engine), loader.folder(Path(head.folder))
        earlier = applied_before(history(engine), head)
        done = apply(engine, before, after, head, _act(audit, Action.POLICY_APPLY, reason, before, after))
    _say(done, settings)
    if earlier is not None:
        click.echo(_again(earlier, head))


@click.command("rollback")
@click.option("--to", "digest", help="Digest or number of a version; left out: the one before the latest.")
@_REASON
@_BY
def policy_rollback(digest: str | None, reason: str, by: str | None) -> None:
    """Put an earlier version in force again, as a new version."""
    settings = _stored_settings()
    loader = _loader(settings)
    with _store() as engine, refused_policy(), desk(engine, by) as audit:
        version = target(history(engine), digest)
        after = loader.load(Path(f"version {version.version}"), _files(engine, version, settings))
        before = loader.in_force(engine)
        act = _act(audit, Action.POLICY_ROLLBACK, reason, before, after)
        done = roll_back(engine, before, version, after, act)
    _say(done, settings)


@click.command("history")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
def policy_history(as_json: bool) -> None:
    """Show every version that was put in force from the database: when, by whom, and why."""
    with _store() as engine:
        found = history(engine)
    if as_json:
        click.echo(orjson.dumps(found).decode())
    elif not found:
        click.echo("No version yet: the policy folder is in force. `tiergate policy apply` adds one.")
    else:
        rows = [
            [
                str(one.version),
                one.digest,
                f"{utc(one.applied_us):%Y-%m-%d %H:%M}",
                one.applied_by,
                one.reason,
            ]
            for one in found
        ]
        rows[0][0] += " *"
        click.echo("\n".join(aligned(["version", "digest", "applied (UTC)", "by", "reason"], rows)))
        click.echo("\n* in force where TIERGATE_POLICY_SOURCE is database")


@click.command("show")
@click.argument("which", metavar="[DIGEST]", required=False)
@click.option("--write", type=click.Path(path_type=Path), help="Write its files into this new folder.")
def policy_show(which: str | None, write: Path | None) -> None:
    """Show a version by digest or number (left out: what is in force) as `policy check` shows a folder."""
    settings = read_settings()
    loader = _loader(settings)
    with _store() as engine, refused_policy():
        name, loaded = _shown(engine, loader, settings, which)
    if write is None:
        click.echo(summary(name, loaded.bundle))
        return
    try:
        write.mkdir(parents=True)
        for file, text in loaded.files.items():
            (write / file).write_text(text, "utf-8")
    except OSError as error:
        raise click.ClickException(f"{write}: {error.strerror or error}") from None
    click.echo(f"wrote {len(loaded.files)} files of {name} into {write}")


@click.command("diff")
@click.argument("one", metavar="A")
@click.argument("other", metavar="B", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
def policy_diff(one: str, other: str | None, as_json: bool) -> None:
    """Show what B says differently from A, field by field: rules, prices, models.

    A and B are folders, or versions by digest or number; B left out: what is in force, before A.
    """
    settings = read_settings()
    with _store() as engine, refused_policy():
        before, after = (other, one) if other is None else (one, other)
        found = differences(_side(engine, settings, before), _side(engine, settings, after))
    if as_json:
        click.echo(orjson.dumps(found).decode())
    elif not found:
        click.echo("No difference in what they say.")
    else:
        click.echo("\n".join(map(difference_text, found)))


def _side(engine: Engine, settings: Settings, which: str | None) -> tuple[SourceFile, ...]:
    """Files of a folder or a version, without what was learned; None: of what is in force."""
    if which is not None and Path(which).is_dir():
        return read_folder(Path(which))
    if which is None:
        loaded = _loader(settings).in_force(engine)
        return tuple(SourceFile(f"in force/{name}", text.encode()) for name, text in loaded.files.items())
    version = target(history(engine), which)
    return tuple(
        SourceFile(f"version {version.version}/{n}", t.encode()) for n, t in _raw(engine, version).items()
    )


def _shown(engine: Engine, loader: Loader, settings: Settings, which: str | None) -> tuple[str, Loaded]:
    if which is None:
        return "in force", loader.in_force(engine)
    version = target(history(engine), which)
    name = f"version {version.version}"
    return name, loader.load(Path(name), _files(engine, version, settings))


def _files(engine: Engine, version: Applied, settings: Settings) -> tuple[SourceFile, ...]:
    return source_files(version.version, _raw(engine, version), settings.data_dir / LEARNED_FILE)


def _raw(engine: Engine, version: Applied) -> Files:
    with engine.connect() as connection:
        return files_of(connection, version.version)


def _loader(settings: Settings) -> Loader:
    return Loader(settings, os.environ, datetime.now(UTC))


def _act(audit: Desk, action: Action, reason: str, before: Loaded, after: Loaded) -> Act:
    if not reason.strip():
        raise NotApplied("--reason is empty; say why, for whoever reads the history")
    note = policy_note(audit, action, before.files, after.files)
    return Act(audit.actor.name, reason.strip(), time.time_ns() // 1000, note)


def _stored_settings() -> Settings:
    settings = read_settings()
    if settings.policy_source != "database":
        raise click.ClickException(
            f"TIERGATE_POLICY_SOURCE is directory: gateways read {settings.policy_dir}, so change the files "
            "there; with TIERGATE_POLICY_SOURCE=database they take up what is applied"
        )
    return settings


@contextmanager
def _store() -> Iterator[Engine]:
    """The ledger's database, its schema brought up to date; what is not applied is one clear line."""
    with open_ledger(create=True) as engine:
        try:
            yield engine
        except (NotApplied, PlanRefused) as error:
            raise click.ClickException(str(error)) from None
        except AppliedMeanwhile:
            raise click.ClickException("another version was applied meanwhile: plan anew") from None


def _say(done: Applied, settings: Settings) -> None:
    click.echo(f"Version {done.version} is in force: {done.digest}, it was {done.previous}.")
    click.echo(f"Gateways take it up within {2 * settings.policy_refresh:g} s; `/readyz` names their digest.")
    click.echo("To take it back: tiergate policy rollback --reason '...'")


def _again(earlier: Earlier, head: PlanHead) -> str:
    """What became of the same change the last time."""
    return (
        f"This change was in force before: {_told(earlier.applied)}, until {_told(earlier.ended)}.\n"
        f"The plan was made at {head.planned}: it knows no request since."
    )


def _told(one: Applied) -> str:
    when = f"{utc(one.applied_us):%Y-%m-%d %H:%M} UTC"
    return f"version {one.version} of {when} by {one.applied_by} ({one.reason})"
