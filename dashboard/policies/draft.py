"""An edited policy: checked, tested on the cases beside the policy folder, planned on past traffic."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Engine

from dashboard.policies.current import Current, drafted
from router.classify import query_model
from router.classify.learned import LearnedClassifier
from router.lifecycle.in_force import Loaded
from router.lifecycle.past import Window
from router.lifecycle.past_cache import PastCache
from router.lifecycle.plan import Plan
from router.lifecycle.plan_file import PlanHead, plan_document
from router.lifecycle.planning import CACHE, Stages, planned
from router.lifecycle.run_cases import Report, run_cases
from router.policy.ability.document import LEARNED_FILE
from router.policy.documents import TESTS_FOLDER
from router.policy.problems import PolicyRejected, Problem
from router.settings import Settings

_DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Checked:
    """Either `loaded`, or the `problems` because of which it cannot be in force."""

    loaded: Loaded | None
    problems: tuple[Problem, ...]


def check(settings: Settings, files: Mapping[str, str], current: Current) -> Checked:
    """What `tiergate policy check` says of it."""
    try:
        return Checked(drafted(settings, files, current.endpoints), ())
    except PolicyRejected as rejected:
        return Checked(None, rejected.problems)


def test(settings: Settings, files: Mapping[str, str]) -> Report:
    """What `tiergate policy test` says of it, with the cases of the policy folder. Raises PolicyRejected."""
    learned = settings.data_dir / LEARNED_FILE
    with TemporaryDirectory(prefix="tiergate-draft-") as folder:
        for name, text in files.items():
            (Path(folder) / name).write_text(text, "utf-8")
        tests = settings.policy_dir / TESTS_FOLDER
        return run_cases(
            Path(folder), tests, os.environ, learned, _classifier(settings.query_model or query_model.SHIPPED)
        )


@cache
def _classifier(path: Path) -> LearnedClassifier:
    return LearnedClassifier(query_model.load(path))


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan and what of it `apply` holds a policy to."""

    plan: Plan
    head: PlanHead


def plan(
    settings: Settings, engine: Engine, policies: tuple[Loaded, Loaded], days: int, stages: Stages
) -> Planned:
    """What `tiergate policy plan` says of it, on the requests of so many days. Raises SQLAlchemyError,
    OSError."""
    now = time.time_ns() // 1000
    window = Window(now - days * _DAY_US, now)
    made = planned(engine, window, None, policies, PastCache(engine, settings.data_dir / CACHE), stages)
    document = plan_document(made, "the draft", datetime.now(UTC).isoformat(timespec="seconds"))
    return Planned(made, PlanHead.model_validate(document))
