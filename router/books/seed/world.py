"""Who asks for what in a seeded ledger: an invented company, its teams, workloads and habits. Constants."""

from __future__ import annotations

from dataclasses import dataclass

from router.domain.kinds import Task

ORGANISATION = "seeded-company"


@dataclass(frozen=True, slots=True)
class Workload:
    """One use case. `name` None: the app did not say, so its cost cannot be allocated below the project.

    `share` of all requests. `sent` and `written` are mean tokens (`written` of a model that does not think
    aloud). `cached` is the share of the prompt read from a cache, `checked` the share of answers that a check
    decides. `mix` is what answers, as weights of the slots of `sheet.py`: frontier, second frontier,
    reasoning, small.
    """

    team: str
    project: str
    name: str | None
    task: Task
    share: float
    sent: int
    written: int
    cached: float
    checked: float
    mix: tuple[float, float, float, float]
    tags: str


def _w(
    team: str,
    project: str,
    name: str | None,
    task: Task,
    share: float,
    tokens: tuple[int, int],
    habits: tuple[float, float],
    mix: tuple[float, float, float, float],
    cost_centre: str | None,
) -> Workload:
    tags = '{"environment":"production"}'
    if cost_centre:
        tags = f'{{"cost_centre":"{cost_centre}","environment":"production"}}'
    return Workload(team, project, name, task, share, *tokens, *habits, mix, tags)


_T = Task
WORKLOADS = (
    _w("support", "helpdesk", "ticket-triage", _T.CLASSIFICATION, 22,
       (620, 24), (0.35, 0.9), (0.02, 0, 0.18, 0.8), "4100"),
    _w("support", "helpdesk", "reply-drafts", _T.WRITING, 14,
       (1450, 310), (0.45, 0.2), (0.2, 0.15, 0.65, 0), "4100"),
    _w("support", "voice", "call-notes", _T.EXTRACTION, 8,
       (2900, 260), (0.1, 0.7), (0.1, 0, 0.9, 0), "4110"),
    _w("search", "site", "answers", _T.KNOWLEDGE, 15,
       (2100, 220), (0.5, 0.3), (0.15, 0, 0.85, 0), "4200"),
    _w("search", "site", "query-rewrite", _T.INSTRUCTION, 12,
       (240, 40), (0.2, 0.6), (0, 0, 0.4, 0.6), "4200"),
    _w("engineering", "assistant", "code-review", _T.CODE, 6,
       (5200, 700), (0.55, 0.5), (0.45, 0.25, 0.3, 0), "5100"),
    _w("engineering", "assistant", "code-completion", _T.CODE, 7,
       (1800, 160), (0.6, 0.4), (0.1, 0.1, 0.8, 0), "5100"),
    _w("engineering", "sandbox", None, _T.OTHER, 3,
       (900, 400), (0, 0.1), (0.5, 0.2, 0.3, 0), None),
    _w("legal", "contracts", "legal-drafting", _T.WRITING, 2,
       (7800, 1500), (0.3, 0.1), (0.1, 0.8, 0.1, 0), "6100"),
    _w("legal", "contracts", "clause-extraction", _T.EXTRACTION, 2.5,
       (9400, 380), (0.2, 0.8), (0.3, 0.2, 0.5, 0), "6100"),
    _w("finance", "reporting", "reconciliation-notes", _T.MATH, 1.5,
       (2600, 480), (0.1, 0.7), (0.3, 0, 0.7, 0), "7000"),
    _w("finance", "reporting", None, _T.OTHER, 0.8,
       (1100, 350), (0, 0.1), (0.6, 0.1, 0.3, 0), None),
    _w("marketing", "campaigns", "copy", _T.WRITING, 3.2,
       (800, 520), (0.1, 0.05), (0.55, 0.25, 0.2, 0), "8000"),
    _w("marketing", "campaigns", "translation", _T.WRITING, 3,
       (700, 680), (0.05, 0.4), (0.1, 0.1, 0.8, 0), "8000"),
)  # fmt: skip

STORY = 3
"""Index of the workload whose mix moves from the reasoning tier to the frontier for a week."""
STORY_RISE = 0.30
"""How much the bill of its team rises by that."""

HELD_OUT, HELD_OUT_SHARE = 1, 0.02
"""Index of the workload of whose requests some are held out: the baseline model answers them."""
JUDGED, JUDGED_SHARE, JUDGE = (1, 8, 12), 0.05, 1
"""Indices of workloads of which some answers are graded, and the slot of the judge."""

THINKING = 3.1
"""Tokens that a reasoning model writes for each that others write."""
SPREAD = 0.55
"""Sigma of the log-normal lengths."""

WEEKDAYS = (1.0, 1.06, 1.08, 1.04, 0.92, 0.36, 0.3)
HOURS = (2, 1, 1, 1, 1, 2, 5, 14, 34, 48, 52, 50, 40, 46, 52, 50, 44, 32, 20, 13, 9, 7, 5, 3)
"""Requests by hour of the day, UTC, relative."""
WEEKLY_GROWTH = 1.012

PASSES = (0.95, 0.94, 0.9, 0.8)
"""Share of checked answers that pass, by slot."""
