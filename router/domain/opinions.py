"""Rows of what people and judging models think of answers: FeedbackRecord and JudgementRecord, and
JudgeCallRecord for what a judgement cost. None is a verdict. Units and None are as in `records.py`.
"""

from __future__ import annotations

from router.domain.value import value


@value
class FeedbackRecord:
    """What one key reported of the answer to a request: reported quality, never a verdict.

    `id` is the same for the same report however often it is sent (`domain/feedback.py`). A changed report is
    a further row with the next `version`; the latest by `created_us` is in force. `score` is from 0 to 1,
    `thumb` up or down, `edit_distance` from 0 (taken as it was) to 1, None where there was no answer to
    compare the correction with. `content` is a digest of all that was reported.
    """

    id: str
    request_id: str
    version: int
    created_us: int
    organisation: str
    team: str
    project: str
    key_id: str
    score: float | None
    thumb: str | None
    label: str | None
    correction: str | None
    comment: str | None
    edit_distance: float | None
    idempotency_key: str | None
    content: str


@value
class JudgementRecord:
    """What a judging model made of the answer of attempt `n`: an opinion, never a verdict.

    `mode` is a JudgeMode, `outcome` a JudgeOutcome. `first` and `second` are Preferences: what the reply said
    when the answer was shown first, and when it was shown second. `other` says what it was compared with, a
    CompareWith, and `other_model` whose answer that was; None: nothing. `score` is from 0 to 1, of a grade.
    `answer_chars` and `other_chars` are lengths. `reason` is the judge's own, only when storing prompts is
    switched on.
    """

    request_id: str
    n: int
    judge_model: str
    simulated: bool
    rule: str
    judged_model: str
    mode: str
    other: str | None
    other_model: str | None
    outcome: str
    first: str | None
    second: str | None
    score: float | None
    answer_chars: int
    other_chars: int | None
    reason: str | None
    decided_us: int


@value
class JudgeCallRecord:
    """One upstream call made for a judgement: overhead, in no request's cost.

    `call` counts from 1 within the judgement of attempt `n`; `purpose` is `judge`, or `baseline` for an
    answer bought to compare with. Written before the call, as interrupted and at an unknown cost, and once
    more when it has ended. The rest is as in AttemptRecord.
    """

    request_id: str
    n: int
    call: int
    purpose: str
    rule: str
    started_us: int
    day: str
    tier: str
    model: str
    endpoint: str
    simulated: bool
    status: str
    http_status: int | None
    error: str | None
    uncached_input: int | None
    cache_read: int | None
    cache_write: int | None
    output: int | None
    reasoning: int | None
    usage_estimated: bool
    units: str | None
    service_tier: str | None
    cost_pico: int | None
    list_pico: int | None
    cost_state: str
    price_id: str | None
    input_price: int | None
    cache_read_price: int | None
    cache_write_price: int | None
    output_price: int | None
    input_list_price: int | None
    cache_read_list_price: int | None
    cache_write_list_price: int | None
    output_list_price: int | None
    duration_us: int | None
    reserved_pico: int | None = None
    held_by: str | None = None
