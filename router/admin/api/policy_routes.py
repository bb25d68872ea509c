"""Policies: what is in force and was; checked, tested, planned, applied and taken back as by the verbs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path as FilePath
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from sqlalchemy import Connection

from router.admin.api.access import Administrator, Anybody
from router.admin.api.context import Session, now_us
from router.admin.api.policy_wire import (
    ApplyWanted,
    Checked,
    Differences,
    InForce,
    PlanWanted,
    Proposed,
    RollbackWanted,
    Tested,
    TestWanted,
    Version,
    VersionFiles,
    differences_shown,
    problem_shown,
    tested_shown,
    version_shown,
    with_files,
)
from router.admin.api.replays import Replays
from router.admin.api.wire import IdempotencyKey, Limit, Page, failures, page
from router.admin.api.work import planned, tested
from router.admin.notes import policy_note
from router.audit.entry import Action
from router.domain.teams import NotOneTeam
from router.errors import Conflict, InvalidRequest, UnknownResource
from router.lifecycle.applying import Act, NotApplied, apply, roll_back, target
from router.lifecycle.diff import differences
from router.lifecycle.in_force import Loaded
from router.lifecycle.plan_file import PlanRefused, head_of
from router.policy.ability.document import LEARNED_FILE
from router.policy.folder import SourceFile
from router.policy.problems import PolicyRejected
from router.policy_store import source_files
from router.record.policies import Applied, AppliedMeanwhile, files_of, history

routes = APIRouter(prefix="/policies", tags=["policies"])
_WHICH = r"^[0-9a-f]{1,64}$"
Which = Annotated[str, Path(pattern=_WHICH, description="Number or digest of a version.")]
Side = Annotated[
    str | None,
    Query(pattern=_WHICH, description="Number or digest of a version; left out: what is in force."),
]
Before = Annotated[int | None, Query(ge=1, le=2**31 - 1, alias="after", description="The last one before.")]


@routes.get("", responses=failures(400, 401))
def list_versions(session: Anybody, after: Before = None, limit: Limit = 20) -> Page[Version]:
    """Every version that was put in force from the database, newest first."""
    found = history(session.engine)
    latest = found[0].version if found else 0
    rest = [one for one in found if after is None or one.version < after]
    return page([version_shown(one, latest) for one in rest[: limit + 1]], limit)


@routes.get("/in-force", responses=failures(401))
def show_in_force(session: Anybody) -> InForce:
    """What gateways with these settings have in force."""
    loaded = session.context.loader().in_force(session.engine)
    return InForce(
        digest=loaded.bundle.digest,
        price_book=loaded.bundle.prices.version,
        source=session.context.settings.policy_source,
        files=dict(loaded.files),
    )


@routes.get("/diff", responses=failures(400, 401, 404, 409))
def diff(session: Anybody, before: Side = None, after: Side = None) -> Differences:
    """What one version says differently from another, field by field."""
    return differences_shown(differences(_side(session, before), _side(session, after)))


@routes.get("/{which}", responses=failures(400, 401, 404, 409))
def show_version(session: Anybody, which: Which) -> VersionFiles:
    """One version with its files."""
    versions = history(session.engine)
    found = _target(versions, which)
    with session.engine.connect() as connection:
        files = files_of(connection, found.version)
    return with_files(found, versions[0].version, dict(files))


@routes.post("/check", responses=failures(400, 401, 403, 413))
def check(session: Administrator, proposed: Proposed) -> Checked:
    """Whether the documents can be put in force here; every problem with file and line."""
    try:
        bundle = _load(session, proposed.files).bundle
    except PolicyRejected as rejected:
        problems = [problem_shown(one) for one in rejected.problems]
        return Checked(ok=False, digest=None, problems=problems, notes=[])
    notes = [problem_shown(one) for one in bundle.notes]
    return Checked(ok=True, digest=bundle.digest, problems=[], notes=notes)


@routes.post("/test", responses=failures(400, 401, 403, 413, 503))
def test(session: Administrator, wanted: TestWanted) -> Tested:
    """Decide cases by the documents."""
    work = session.context.work
    with _refused():
        return tested_shown(work.do(tested, session.context.settings, wanted.files, wanted.tests))


@routes.post("/plan", responses=failures(400, 401, 403, 413, 503))
def plan(session: Administrator, wanted: PlanWanted) -> dict[str, Any]:
    """Decide recorded requests again under the documents: what would change, by team, in money, quality and
    time. Give the answer whole to `apply`."""
    until_us = now_us() if wanted.until is None else wanted.until * 1_000_000
    if wanted.since * 1_000_000 >= until_us:
        raise InvalidRequest("Invalid since: it must be before until, and over.", param="since")
    context = session.context
    files = _sources(session, wanted.files)
    with _refused():
        return context.work.do(
            planned, context.settings, files, wanted.since * 1_000_000, until_us, wanted.team
        )


@routes.post("/apply", status_code=201, response_model=Version, responses=failures(400, 401, 403, 409, 413))
def apply_plan(
    session: Administrator, wanted: ApplyWanted, idempotency_key: IdempotencyKey = None
) -> Response:
    """Put in force what was planned: refused unless the documents have the planned digest and the policy in
    force is the one they were planned against."""
    replays = Replays(session, idempotency_key, "POST policies/apply", wanted)
    if (known := replays.known()) is not None:
        return known
    _stored(session)
    with _refused(), _conflicts():
        head = head_of(wanted.plan, "plan")
        before = session.context.loader().in_force(session.engine)
        after = _load(session, wanted.files)
        act = _act(session, Action.POLICY_APPLY, wanted.reason, before, after, replays)
        done = apply(session.engine, before, after, head, act)
    return _put_in_force(session, done)


@routes.post(
    "/rollback", status_code=201, response_model=Version, responses=failures(400, 401, 403, 404, 409, 413)
)
def rollback(
    session: Administrator, wanted: RollbackWanted, idempotency_key: IdempotencyKey = None
) -> Response:
    """Put an earlier version in force again, as a new version."""
    replays = Replays(session, idempotency_key, "POST policies/rollback", wanted)
    if (known := replays.known()) is not None:
        return known
    _stored(session)
    with _refused(), _conflicts():
        versions = history(session.engine)
        version = target(versions, None) if wanted.to is None else _target(versions, wanted.to)
        loader = session.context.loader()
        with session.engine.connect() as connection:
            raw = files_of(connection, version.version)
        files = source_files(version.version, raw, session.context.settings.data_dir / LEARNED_FILE)
        before, after = (
            loader.in_force(session.engine),
            loader.load(FilePath(f"version {version.version}"), files),
        )
        act = _act(session, Action.POLICY_ROLLBACK, wanted.reason, before, after, replays)
        done = roll_back(session.engine, before, version, after, act)
    return _put_in_force(session, done)


def _act(
    session: Session, action: Action, reason: str, before: Loaded, after: Loaded, replays: Replays
) -> Act:
    enter = policy_note(session.desk, action, before.files, after.files)

    def note(connection: Connection, applied: Applied) -> None:
        replays.keep(connection, 201, version_shown(applied, applied.version))
        enter(connection, applied)

    return Act(session.principal.name, reason.strip(), now_us(), note)


def _put_in_force(session: Session, done: Applied) -> Response:
    session.done()
    return Response(version_shown(done, done.version).model_dump_json(), 201, media_type="application/json")


def _load(session: Session, files: Mapping[str, str]) -> Loaded:
    return session.context.loader().load(FilePath("files"), _sources(session, files))


def _sources(session: Session, files: Mapping[str, str]) -> tuple[SourceFile, ...]:
    """With what was learned, unless it is among them; names as they were given."""
    learned = session.context.settings.data_dir / LEARNED_FILE
    given = [SourceFile(name, text.encode()) for name, text in sorted(files.items())]
    if LEARNED_FILE not in files and learned.exists():
        given.append(SourceFile(str(learned), learned.read_bytes()))
    return tuple(given)


def _side(session: Session, which: str | None) -> tuple[SourceFile, ...]:
    if which is None:
        files, name = session.context.loader().in_force(session.engine).files, "in force"
    else:
        version = _target(history(session.engine), which)
        name = f"version {version.version}"
        with session.engine.connect() as connection:
            files = files_of(connection, version.version)
    return tuple(SourceFile(f"{name}/{file}", text.encode()) for file, text in sorted(files.items()))


def _target(versions: list[Applied], which: str) -> Applied:
    try:
        return target(versions, which)
    except NotApplied as error:
        if any(one.digest.startswith(which) for one in versions):
            raise Conflict(f"{error}.") from None
        raise UnknownResource(f"{error}.") from None


def _stored(session: Session) -> None:
    if session.context.settings.policy_source != "database":
        raise Conflict(
            "TIERGATE_POLICY_SOURCE is directory: gateways read their folder, so change the files there.",
            code="policy_source_is_directory",
        )


@contextmanager
def _refused() -> Iterator[None]:
    """Documents that cannot be put in force: every problem in the message. And no team's name."""
    try:
        yield
    except NotOneTeam as error:
        raise InvalidRequest(f"Invalid team: {error}.", param="team") from None
    except PolicyRejected as rejected:
        raise InvalidRequest(
            f"The policy is refused:\n{rejected}", param="files", code="policy_refused"
        ) from None


@contextmanager
def _conflicts() -> Iterator[None]:
    try:
        yield
    except PlanRefused as error:
        raise InvalidRequest(f"{error}.", param="plan") from None
    except NotApplied as error:
        raise Conflict(f"{error}.") from None
    except AppliedMeanwhile:
        raise Conflict("Another version was applied meanwhile: plan anew.") from None
