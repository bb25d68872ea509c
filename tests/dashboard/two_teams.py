"""A ledger of owners that share nothing: every name in a row of theirs says whose it is.

`two_teams` is of two teams of one organisation, `namesakes` of two organisations that both have a team
`search`: only the organisation's own column, and what the rows say, tells those apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import create_engine, insert

from router.domain.corrections import CorrectionRecord
from router.domain.teams import Team
from router.record.tables import corrections
from tests.dashboard.ledger_rows import Opinion, Rows, a_request, an_attempt, rolled, write
from tests.record.rows import feedback, judge_call, judgement, verdict

TEAMS = ("aurora", "borealis")
ORGANISATIONS = ("acme", "globex")
NAMESAKES = tuple(Team(organisation, "search") for organisation in ORGANISATIONS)
EACH = 3
_START_US = 1_793_000_000_000_000


@dataclass(frozen=True, slots=True)
class Owner:
    """A team, and the word that is in every name of its rows."""

    team: Team
    mark: str


def ids(mark: str) -> list[str]:
    """The requests of the owner with that word: of `two_teams` the team's name, of `namesakes` the
    organisation's."""
    return [f"{mark}-{n}" for n in range(EACH)]


def two_teams(
    url: str, teams: Sequence[str] = TEAMS, start_us: int = _START_US, day: str = "2026-10-26"
) -> None:
    """Writes the rows of `teams`, each the same whichever others there are, and their sums."""
    _write(url, [Owner(Team("acme", name), name) for name in TEAMS], teams, start_us, day)


def namesakes(
    url: str, of: Sequence[str] = ORGANISATIONS, start_us: int = _START_US, day: str = "2026-10-26"
) -> None:
    """The same of the organisations `of`, each with a team `search`."""
    _write(url, [Owner(team, team.organisation) for team in NAMESAKES], of, start_us, day)


def _write(url: str, everybody: Sequence[Owner], of: Sequence[str], start_us: int, day: str) -> None:
    owners = [owner for owner in everybody if owner.mark in of]
    starts = {owner.mark: start_us + n for n, owner in enumerate(everybody)}
    rows = [row for owner in owners for row in _rows(owner, starts[owner.mark], day)]
    judged = [verdict(f"{owner.mark}-0", 1, evidence=f"checked {owner.mark}") for owner in owners]
    write(url, rows, judged, _opinions(owners))
    engine = create_engine(url)
    with engine.begin() as connection:
        for owner in owners:
            connection.execute(insert(corrections).values(asdict(_correction(owner.mark))))
    engine.dispose()
    rolled(url, start_us + 10**9, tuple(f"owner-{owner.mark}" for owner in everybody))


def _rows(owner: Owner, start_us: int, day: str) -> list[Rows]:
    made: list[Rows] = []
    mark, team = owner.mark, owner.team
    for n, request_id in enumerate(ids(mark)):
        request = a_request(
            id=request_id, started_us=start_us + 1_000 * n, day=day, organisation=team.organisation,
            team=team.name, project=f"project-{mark}", key_id=f"key-{mark}", model=f"model-{mark}",
            baseline_model=f"baseline-{mark}", rule=f"rule-{mark}", cost_pico=10**12 + len(mark) * n,
            baseline_pico=3 * 10**12, tags=f'{{"owner-{mark}":"{mark}"}}',
        )  # fmt: skip
        attempt = an_attempt(request_id=request_id, model=request.model, cost_pico=request.cost_pico)
        made.append((request, (attempt,)))
    return made


def _opinions(owners: Sequence[Owner]) -> list[Opinion]:
    made: list[Opinion] = []
    for owner in owners:
        mark, whose = owner.mark, {"organisation": owner.team.organisation, "team": owner.team.name}
        report = feedback(f"{mark}-2", 1, thumb="up", id=f"report-{mark}", comment=f"from {mark}", **whose)
        judged = judgement(f"{mark}-1", 1, reason=f"reason-{mark}")
        made += [judged, judge_call(f"{mark}-1", 1, 1), report]
    return made


def _correction(mark: str) -> CorrectionRecord:
    delta = 1_000 * len(mark)
    return CorrectionRecord(
        f"{mark}-0", 1, 1, f"batch-{mark}", "rerate", _START_US, "finance", f"because of {mark}", delta, 0,
        False, delta, 0, False, 0, 0, 0, 0, None, None, "{}",
    )  # fmt: skip
