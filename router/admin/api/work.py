"""What takes long, in a child process at low priority, one at a time: no request of an app waits behind it.

The functions here run in the child: they take and return values that can be sent, and raise only such.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from importlib import import_module
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any, ParamSpec, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from router.admin.notes import period_note
from router.audit.anchors import read_anchors
from router.audit.entry import Action, Actor
from router.audit.verify import Report, verify
from router.audit.writing import Desk, open_audit
from router.books.focus.providers import BadMap, read_providers
from router.books.periods.calendar import Closing
from router.books.periods.check import Finding, check
from router.books.periods.close import NotClosed, Who, blocked, close
from router.books.rollups.roll import roll
from router.domain.teams import NotOneTeam
from router.errors import Unavailable
from router.lifecycle import planning
from router.lifecycle.in_force import Loader
from router.lifecycle.past import Window
from router.lifecycle.past_cache import PastCache
from router.lifecycle.plan_file import plan_document
from router.lifecycle.planning import CACHE
from router.lifecycle.run_cases import Report as CasesReport
from router.lifecycle.run_cases import run_cases
from router.policy.ability.document import LEARNED_FILE
from router.policy.documents import TESTS_FOLDER
from router.policy.folder import SourceFile
from router.policy.problems import PolicyRejected, Problem
from router.record.engine import ledger_engine
from router.settings import Settings

P = ParamSpec("P")
T = TypeVar("T")
_NICENESS = 10
_SPAWN = multiprocessing.get_context("spawn")
_EXPECTED = (PolicyRejected, NotOneTeam, SQLAlchemyError, OSError, BadMap)
"""What the functions raise for a reason that callers can be told; anything else is a defect and ends them."""


class Work:
    """A process for each piece, made when it is needed and gone after it."""

    def __init__(self) -> None:
        self._turn = Lock()
        self._process: SpawnProcess | None = None

    def do(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `function` returns or, of the expected errors, raises; blocks. Raises Unavailable if its
        process ends without either."""
        with self._turn:
            ours, theirs = _SPAWN.Pipe(duplex=False)
            call = (theirs, function, args, kwargs)
            self._process = _SPAWN.Process(target=_child, args=call, name="admin work", daemon=True)
            self._process.start()
            theirs.close()
            try:
                done, result = ours.recv()
            except EOFError:
                raise Unavailable("The process that worked on this ended; see the gateway's log.") from None
            finally:
                ours.close()
                self._process.join()
        if not done:
            raise result
        answer: T = result
        return answer

    def close(self) -> None:
        """Ends what is being done."""
        if self._process is not None:
            self._process.terminate()


def _child(
    pipe: Connection, function: Callable[..., object], args: tuple[object, ...], kwargs: dict[str, object]
) -> None:
    os.nice(_NICENESS)
    try:
        pipe.send((True, function(*args, **kwargs)))
    except _EXPECTED as error:
        pipe.send((False, error))


class _Quiet:
    """Stages of a plan that nobody watches."""

    def run(self, name: str, total: int, work: Callable[[Callable[[int], None]], T]) -> T:
        return work(lambda _: None)


def planned(
    settings: Settings, files: Sequence[SourceFile], since_us: int, until_us: int, team: str | None
) -> dict[str, Any]:
    """A plan as `tiergate policy plan --json` prints it. Raises PolicyRejected, NotOneTeam."""
    now = datetime.now(UTC)
    loader = Loader(settings, os.environ, now)
    engine = ledger_engine(settings.ledger_url)
    try:
        before, after = loader.in_force(engine), loader.load(Path("the new policy"), files)
        cache = PastCache(engine, settings.data_dir / CACHE)
        window = Window(since_us, until_us)
        made = planning.planned(engine, window, team, (before, after), cache, _Quiet())
    finally:
        engine.dispose()
    return plan_document(made, "the files of the request", now.isoformat(timespec="seconds"))


def tested(settings: Settings, files: dict[str, str], tests: dict[str, str]) -> CasesReport:
    """As `tiergate policy test` does it. Raises PolicyRejected, its files named by their own names."""
    query_model = import_module("router.classify.query_model")
    classifier = import_module("router.classify.learned").LearnedClassifier(
        query_model.load(settings.query_model or query_model.SHIPPED)
    )
    with TemporaryDirectory() as name:
        folder = Path(name)
        for part, content in ((folder, files), (folder / TESTS_FOLDER, tests)):
            part.mkdir(exist_ok=True)
            for file, text in content.items():
                (part / file).write_text(text, "utf-8")
        learned = settings.data_dir / LEARNED_FILE
        try:
            found = run_cases(folder, None, os.environ, learned if learned.exists() else None, classifier)
        except PolicyRejected as rejected:
            raise PolicyRejected(_own_name(one, folder) for one in rejected.problems) from None
        outcomes = [replace(one, case=_own_name(one.case, folder)) for one in found.outcomes]
        return CasesReport(outcomes, found.uncovered)


def _own_name(problem: Problem, folder: Path) -> Problem:
    """Named as it was sent, not as it lay here for a moment."""
    return replace(problem, file=problem.file.replace(f"{folder}/", ""))


@dataclass(frozen=True, slots=True)
class Closed:
    """What a closing found. `closing` is None where the month was left open."""

    closing: Closing | None
    findings: tuple[Finding, ...]
    blocking: tuple[str, ...]


def closed(
    settings: Settings, month: date, actor: Actor, accepted: Sequence[str], now_us: int, *, dry_run: bool
) -> Closed:
    """As `tiergate close` does it. Raises BadMap, SQLAlchemyError, OSError."""
    providers = read_providers(settings.sellers)
    desk = Desk(open_audit(settings), actor)
    engine = ledger_engine(settings.ledger_url)
    try:
        roll(engine, settings.kept_tags, now_us)
        with engine.connect() as connection:
            findings = check(connection, month, settings.data_dir, now_us, providers)
        left = [finding.name for finding in blocked(findings, accepted)]
        if left or dry_run:
            return Closed(None, tuple(findings), tuple(left))
        who = Who(actor.name, now_us, period_note(desk, Action.PERIOD_CLOSE))
        try:
            closing, findings = close(engine, month, settings.data_dir, who, accepted, providers)
        except NotClosed as error:  # rows came in between
            return Closed(None, tuple(error.findings), tuple(one.name for one in error.findings))
        return Closed(closing, tuple(findings), ())
    finally:
        engine.dispose()


def verified(settings: Settings) -> Report:
    """As `tiergate audit verify` does it. Raises SQLAlchemyError, OSError."""
    log = open_audit(settings)
    engine = ledger_engine(settings.ledger_url)
    try:
        with engine.connect() as connection:
            path = log.anchors.path
            return verify(connection, log.keys, read_anchors(path) if path.exists() else ())
    finally:
        engine.dispose()
