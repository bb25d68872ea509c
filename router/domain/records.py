"""The rows of the ledger as values: one RequestRecord per request, one AttemptRecord per upstream attempt,
one VerdictRecord per outcome check that had something to check, one PromptRecord where prompts or subjects
are kept. `opinions.py` has those of people and judges.

Field names are the column names of `record/tables.py` and the keys of the journal's JSON. All times are
Unix microseconds UTC; durations are microseconds; money is pico-USD; None is unknown, never zero.
"""

from __future__ import annotations

from router.domain.value import value


@value
class AttemptRecord:
    """One call of an upstream: retries, failures, timeouts and cancellations included.

    `n` counts from 1 within the request. `status` is an AttemptStatus, `cost_state` a CostState,
    `verdict` a Verdict or None when no check ran. `price_id` names the price-book row used and, after `#`,
    its variant. The four prices are what was agreed and the four list prices what the seller asks of
    everybody, pico-USD per token, so that `cost_pico` (at the first) and `list_pico` (at the second) can be
    recomputed from the row alone (`domain/arithmetic.py`). `service_tier` is the one the provider says it
    served, None its standard one. `units` is JSON text, `{unit: [quantity, price, list price]}`, of the
    quantities with a price of their own (`domain/units.py`); None: none.
    `finish_reason` is the upstream's own. `http_status` None: no response line was received.
    `reserved_pico` is what was set aside for it, the most it could cost, by the gateway `held_by` (the name
    of its journal); both None where no budget was declared. `duration_us` None: the gateway died before the
    attempt ended."""

    request_id: str
    n: int
    started_us: int
    tier: str
    model: str
    endpoint: str
    simulated: bool
    status: str
    http_status: int | None
    error: str | None
    finish_reason: str | None
    verdict: str | None
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
    ttft_us: int | None
    reserved_pico: int | None = None
    held_by: str | None = None


@value
class RequestRecord:
    """One request of an app. Usage and cost are sums over its attempts; None where any part is unknown.

    `tier`, `model`, `endpoint` name what answered (None: nothing did). `outcome` is an Outcome.
    `cost_pico` is at agreed prices, `list_pico` at list prices. `baseline_pico` is what the declared baseline
    model would have cost, None when unpriced: `input` x `baseline_input_price` + `baseline_output` (the
    tokens it is expected to write) x `baseline_output_price`. `holdout` is true when the request went to the
    baseline model because it was drawn for the holdout, false when it was not drawn, None where no holdout
    is configured. `answered_n` is the attempt whose answer the caller got: not always the last one.
    `gateway_us` = `duration_us` minus the union of the attempts' spans; these three are None when the
    gateway died before the request ended. `trace` is the decision as JSON
    text. `tags` is JSON text. `prompt` is what versions without PromptRecord kept in plain text; no new row
    has one. `day` is the UTC date of `started_us` as YYYY-MM-DD.
    """

    id: str
    client_request_id: str | None
    started_us: int
    day: str
    organisation: str
    team: str
    project: str
    key_id: str
    workload: str | None
    tags: str
    requested_model: str
    stream: bool
    task: str | None
    difficulty: float | None
    confidence: float | None
    language: str
    data_class: str
    rule: str | None
    policy_digest: str
    price_book: str
    tier: str | None
    model: str | None
    endpoint: str | None
    simulated: bool
    outcome: str
    verdict: str | None
    http_status: int
    error_code: str | None
    attempts: int
    uncached_input: int | None
    cache_read: int | None
    cache_write: int | None
    output: int | None
    reasoning: int | None
    usage_estimated: bool
    cost_pico: int | None
    list_pico: int | None
    cost_state: str
    baseline_model: str | None
    baseline_pico: int | None
    baseline_output: int | None
    baseline_input_price: int | None
    baseline_output_price: int | None
    holdout: bool | None
    answered_n: int | None
    duration_us: int | None
    gateway_us: int | None
    upstream_us: int | None
    ttft_us: int | None
    trace: str
    prompt: str | None


@value
class VerdictRecord:
    """What one verifier said of the answer of attempt `n`, before the reply or after it.

    `verifier` is a VerifierName, `verdict` a Verdict, `duration_us` what the check took, `decided_us` when it
    was done. Written once: the verdicts of requests and attempts stay what was known when they were settled.
    """

    request_id: str
    n: int
    verifier: str
    verdict: str
    evidence: str
    duration_us: int
    decided_us: int


@value
class PromptRecord:
    """Whose a request was and what it asked, apart from its money, so that either can go without the other.

    `subject` is a keyed hash of the person that the request named, `sealed` its messages, encrypted
    (`router/prompts/vault.py`); each None where it is not kept or was not given.
    """

    request_id: str
    stored_us: int
    subject: str | None
    sealed: str | None
