"""The tables of one request's story. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dashboard import text
from dashboard.decision_trace import Considered, Excluded, Trace
from dashboard.html_tables import Cell, Column, html_table, tier_cell
from router.domain.kinds import AttemptStatus, CostState
from router.domain.records import AttemptRecord, RequestRecord, VerdictRecord
from router.record.sealed import shown

_FACTS = (CostState.PRICED, CostState.FREE)
Line = list[Cell | str]


def facts(request: RequestRecord, answered: str, decided: Trace) -> str:
    """What was asked, what was found out, what was decided: two columns of words."""
    lines: list[Line] = [
        ["Asked for", f"model {request.requested_model}, {'streamed' if request.stream else 'in one piece'}"],
        ["Classified as", _classified(request)],
        ["Rule", request.rule or "none matched: the request ended before a decision"],
        ["Result", answered],
    ]
    if decided.quality_target is not None:
        lines.append(["Quality target", f"P(success) of at least {decided.quality_target:.2f}"])
    if decided.note:
        lines.append(["Note", decided.note])
    if decided.chain:
        lines.append(["Check before the reply", decided.chain])
    if decided.signals:
        lines.append(["Signals", _pairs(decided.signals)])
    if decided.hints:
        lines.append(["The app's hints", _pairs(decided.hints)])
    lines.append(["In force", f"policy {request.policy_digest} · price book {request.price_book}"])
    return html_table([Column("", figure=False), Column("", figure=False, wrap=True)], lines)


def candidates(found: Sequence[Considered], request: RequestRecord) -> str:
    """The candidates in order; the one that answered is set off."""
    places = text.places_for(item.expected_cost for item in found)
    columns = [Column("#"), Column("Model", figure=False), Column("Endpoint", figure=False)] + [
        Column(name) for name in ("P(success)", "Meets target", "Expected output", "Expected cost")
    ]
    lines: list[Line] = [
        [
            str(number),
            item.model,
            Cell(f"{item.endpoint} (circuit open)", alarm=True) if item.healthy is False else item.endpoint,
            text.probability(item.p_success),
            _meets(item.meets_target),
            text.tokens(item.expected_output),
            text.money(item.expected_cost, places),
        ]
        for number, item in enumerate(found, 1)
    ]
    same = [(item.model, item.endpoint) == (request.model, request.endpoint) for item in found]
    return html_table(columns, lines, strong=same.index(True) if True in same else None)


def removed(found: Sequence[Excluded]) -> str:
    """The models that were out of the question, and why."""
    columns = [Column("Model", False), Column("Endpoint", False), Column("Reason", False, wrap=True)]
    return html_table(columns, [[item.model, item.endpoint, item.reason] for item in found])


def attempts(found: Sequence[AttemptRecord], request: RequestRecord) -> str:
    """Every call with its tokens and exact cost; the total is the request's own."""
    columns = [
        Column("#"),
        Column("Tier", figure=False),
        Column("Model on endpoint", figure=False, brief=True),
        Column("Cost"),
        Column("Ended", figure=False),
        Column("Check", figure=False),
        *(Column(name) for name in ("Time", "First token", "Input", "Cached", "Cache write", "Output")),
        Column("Reasoning"),
    ]
    total: Line = [
        *("Total", "", ""),
        _cost(request.cost_pico, request.cost_state),
        *("", ""),
        *(text.duration(request.upstream_us), ""),
        *map(text.count, _tokens(request)),
        _reasoning(request),
    ]
    return html_table(columns, [_attempt(item) for item in found], total)


def verdicts(found: Sequence[VerdictRecord], settled_us: int) -> str:
    """What each check said of which attempt's answer; those after `settled_us` came after the reply."""
    columns = [Column("Attempt"), Column("Check", False), Column("Verdict", False)]
    columns += [Column("Evidence", False, wrap=True), Column("Took"), Column("When", False)]
    lines: list[Line] = [
        [
            str(item.n),
            item.verifier,
            Cell(item.verdict, alarm=item.verdict == "failed", quiet=item.verdict == "unverified"),
            shown(item.evidence) or text.NONE,
            text.duration(item.duration_us),
            "after the reply" if item.decided_us > settled_us else "before the reply",
        ]
        for item in found
    ]
    return html_table(columns, lines)


def _attempt(item: AttemptRecord) -> Line:
    ended = item.status if item.error is None else f"{item.status}: {item.error}"
    simulated = " (simulated)" if item.simulated else ""
    return [
        str(item.n),
        tier_cell(item.tier),
        f"{item.model} on {item.endpoint}{simulated}",
        _cost(item.cost_pico, item.cost_state),
        Cell(ended, alarm=item.status != AttemptStatus.OK),
        Cell(item.verdict or "none ran", alarm=item.verdict == "failed", quiet=item.verdict is None),
        text.duration(item.duration_us),
        text.NONE if item.ttft_us is None else text.duration(item.ttft_us),
        *map(text.count, _tokens(item)),
        _reasoning(item),
    ]


def _tokens(row: AttemptRecord | RequestRecord) -> tuple[int | None, ...]:
    return (row.uncached_input, row.cache_read, row.cache_write, row.output)


def _reasoning(row: AttemptRecord | RequestRecord) -> str:
    """A dash: the upstream does not tell thinking from the rest of its output."""
    return text.NONE if row.reasoning is None else text.count(row.reasoning)


def _cost(amount: int | None, state: str) -> Cell:
    shown = text.exact(amount)
    if state in _FACTS:
        return Cell(shown)
    return Cell(f"{shown} ({state.replace('_', ' ')})", alarm=True)


def _classified(request: RequestRecord) -> str:
    task = request.task.replace("_", " ") if request.task else "task unknown"
    sure = text.probability(request.confidence)
    hard = text.probability(request.difficulty)
    return (
        f"{task} · difficulty {hard} of 1 · confidence {sure} of 1 · language {request.language} · "
        f"data class {request.data_class}"
    )


def _pairs(found: Mapping[str, str]) -> str:
    return ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in found.items())


def _meets(meets: bool | None) -> Cell:
    if meets is None:
        return Cell("no target", quiet=True)
    return Cell("yes" if meets else "no")
