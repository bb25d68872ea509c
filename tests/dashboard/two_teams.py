"""A ledger of teams that share nothing: every name in a row of theirs says whose it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import create_engine, insert

from router.domain.corrections import CorrectionRecord
from router.record.tables import corrections
from tests.dashboard.ledger_rows import Opinion, Rows, a_request, an_attempt, rolled, write
from tests.record.rows import feedback, judge_call, judgement, verdict

TEAMS = ("aurora", "borealis")
EACH = 3
_START_US = 1_793_000_000_000_000


def ids(team: str) -> list[str]:
    """The team's requests."""
    return [f"{team}-{n}" for n in range(EACH)]


def two_teams(
    url: str, teams: Sequence[str] = TEAMS, start_us: int = _START_US, day: str = "2026-10-26"
) -> None:
    """Writes the rows of `teams`, each the same whichever others there are, and their sums."""
    rows = [row for n, team in enumerate(TEAMS) if team in teams for row in _rows(team, start_us + n, day)]
    judged = [verdict(f"{team}-0", 1, evidence=f"checked {team}") for team in teams]
    write(url, rows, judged, _opinions(teams))
    engine = create_engine(url)
    with engine.begin() as connection:
        for team in teams:
            connection.execute(insert(corrections).values(asdict(_correction(team))))
    engine.dispose()
    rolled(url, start_us + 10**9, tuple(f"owner-{team}" for team in TEAMS))


def _rows(team: str, start_us: int, day: str) -> list[Rows]:
    made: list[Rows] = []
    for n, request_id in enumerate(ids(team)):
        request = a_request(
            id=request_id, started_us=start_us + 1_000 * n, day=day, team=team, project=f"project-{team}",
            key_id=f"key-{team}", model=f"model-{team}", baseline_model=f"baseline-{team}",
            rule=f"rule-{team}", cost_pico=10**12 + len(team) * n, baseline_pico=3 * 10**12,
            tags=f'{{"owner-{team}":"{team}"}}',
        )  # fmt: skip
        attempt = an_attempt(request_id=request_id, model=request.model, cost_pico=request.cost_pico)
        made.append((request, (attempt,)))
    return made


def _opinions(teams: Sequence[str]) -> list[Opinion]:
    made: list[Opinion] = []
    for team in teams:
        report = feedback(f"{team}-2", 1, thumb="up", team=team, id=f"report-{team}", comment=f"from {team}")
        judged = judgement(f"{team}-1", 1, reason=f"reason-{team}")
        made += [judged, judge_call(f"{team}-1", 1, 1), report]
    return made


def _correction(team: str) -> CorrectionRecord:
    delta = 1_000 * len(team)
    return CorrectionRecord(
        f"{team}-0", 1, 1, f"batch-{team}", "rerate", _START_US, "finance", f"because of {team}", delta, 0,
        False, delta, 0, False, 0, 0, 0, 0, None, None, "{}",
    )  # fmt: skip
