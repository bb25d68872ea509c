"""The headline figures of one request, and how it ended in a sentence. Pure."""

from __future__ import annotations

from dashboard import palette, text
from dashboard.spend_words import Figure
from router.domain.kinds import CostState
from router.domain.records import RequestRecord


def headline(request: RequestRecord, corrected: int = 0) -> list[Figure]:
    """The figures under the request's id, left to right; `corrected` pico-USD were added since."""
    known = request.cost_pico is not None or corrected
    cost = (request.cost_pico or 0) + corrected if known else None
    return [
        _corrected(cost, corrected) if corrected else _cost(request),
        _baseline(request),
        _saving(request, cost),
        Figure("Latency", text.duration(request.duration_us), "arrival to end of reply"),
        Figure("In the gateway", text.duration(request.gateway_us), "latency minus upstream"),
        Figure("First token", _first_token(request), "after arrival"),
    ]


def result(request: RequestRecord) -> str:
    """Who answered."""
    if request.model is None:
        return "nothing answered"
    tier = palette.tier_name(request.tier)
    return f"{request.model} on {request.endpoint} ({tier} tier) answered; outcome {request.outcome}"


def _cost(request: RequestRecord) -> Figure:
    shown = text.money(request.cost_pico)
    if request.cost_pico is None:
        return Figure("Cost", shown, request.cost_state.replace("_", " "), alarm=True)
    if request.cost_state == CostState.FREE:
        return Figure("Cost", shown, "nothing was consumed")
    estimated = request.cost_state == CostState.ESTIMATED
    note = "estimated" if estimated else f"exactly {text.exact(request.cost_pico)}"
    return Figure("Cost", shown, note, alarm=estimated)


def _corrected(cost: int | None, corrected: int) -> Figure:
    return Figure("Cost", text.money(cost), f"{text.signed(corrected)} corrected since")


def _baseline(request: RequestRecord) -> Figure:
    if request.baseline_model is None:
        return Figure("Baseline", text.NONE, "none: not answered")
    note = f"had {request.baseline_model} answered"
    return Figure("Baseline", text.money(request.baseline_pico), note)


def _saving(request: RequestRecord, cost: int | None) -> Figure:
    saving = text.NONE
    if request.baseline_pico is not None and cost is not None:
        saving = text.money(request.baseline_pico - cost)
    return Figure("Saving, gross", saving, "baseline minus cost")


def _first_token(request: RequestRecord) -> str:
    return text.NONE if request.ttft_us is None else text.duration(request.ttft_us)
