"""What each verifier said of each model's answers, counted out of the ledger's verdicts.

Checks before the reply and after it count alike; a simulated endpoint's answers only when asked for. Opinions
of judges and users are not verdicts and never come in here. Must not conclude anything: fewer than `FEWEST`
answers are unknown to whoever reads the counts (`router/domain/acceptance.py`).
"""

from __future__ import annotations

from sqlalchemy import Engine, func, select

from router.domain.acceptance import Acceptance
from router.domain.kinds import Task, Verdict, VerifierName
from router.learn.ledger_evidence import Window
from router.policy.ability.document import Verdicts
from router.record.tables import attempts, requests, verdicts


def acceptance(engine: Engine, window: Window) -> Verdicts:
    """Counts by model, task and verifier for the requests of the window. Raises SQLAlchemyError."""
    answer = (verdicts.c.request_id == attempts.c.request_id) & (verdicts.c.n == attempts.c.n)
    kind = (attempts.c.model, requests.c.task, verdicts.c.verifier, verdicts.c.verdict)
    query = (
        select(*kind, func.count())
        .select_from(verdicts)
        .join(attempts, answer)
        .join(requests, requests.c.id == verdicts.c.request_id)
        .where(
            requests.c.started_us >= window.since_us,
            requests.c.started_us < window.until_us,
            requests.c.task.in_([str(task) for task in Task]),
            verdicts.c.verifier.in_([str(name) for name in VerifierName]),
        )
        .group_by(*kind)
    )
    if not window.simulated:
        query = query.where(attempts.c.simulated.is_(False))
    counts: dict[tuple[str, Task, VerifierName], dict[str, int]] = {}
    with engine.connect() as connection:
        for model, task, verifier, verdict, n in connection.execute(query):
            found = counts.setdefault((model, Task(task), VerifierName(verifier)), {})
            found[verdict] = n
    return {
        key: Acceptance(*(found.get(str(verdict), 0) for verdict in Verdict))
        for key, found in sorted(counts.items())
    }
