"""The body one endpoint gets: the caller's own, with the few things that endpoint's profile needs changed.

Everything else passes untouched. Whatever changes what the caller asked for is said, in words, in a
response header.
"""

from __future__ import annotations

from typing import Any, Protocol

from router import telemetry
from router.dispatch.thinking import without_thinking
from router.domain.catalog import Endpoint, Model, ServingProfile
from router.domain.kinds import Wire

_IN_PROCESS = frozenset({Wire.LLAMA_CPP, Wire.TRANSFORMERS})


class Offer(Protocol):
    """A model on an endpoint, such as a candidate of a decision."""

    @property
    def model(self) -> Model: ...
    @property
    def endpoint(self) -> Endpoint: ...


def shape_payload(
    payload: dict[str, Any], candidate: Offer, stream: bool
) -> tuple[dict[str, Any], list[str]]:
    """A new body for `candidate`, and what the caller should be told of. `payload` is not changed."""
    shaped = dict(payload)
    notes: list[str] = []
    shaped["model"] = candidate.endpoint.upstream_model
    shaped["messages"] = without_thinking(payload["messages"])
    shaped.pop(telemetry.DECLARED_FIELD, None)
    if "metadata" in payload:
        _hide_hints(shaped)
    if stream:
        shaped["stream"] = True
        shaped["stream_options"] = {**(payload.get("stream_options") or {}), "include_usage": True}
    limit = candidate.model.max_output
    if limit is not None:
        _clamp(shaped, limit, notes)
        if candidate.endpoint.wire in _IN_PROCESS and shaped.get("max_tokens") is None:
            # An unbounded answer would hold one of the few places of a model in this process.
            shaped["max_tokens"] = shaped.get("max_completion_tokens") or limit
    if candidate.model.profile is not None:
        _apply(shaped, candidate.model.profile, notes)
    return shaped, notes


def _hide_hints(shaped: dict[str, Any]) -> None:
    metadata = shaped["metadata"] or {}
    kept = {k: v for k, v in metadata.items() if not k.startswith(telemetry.METADATA_PREFIX)}
    if kept:
        shaped["metadata"] = kept
    else:
        del shaped["metadata"]


def _clamp(shaped: dict[str, Any], limit: int, notes: list[str]) -> None:
    for field in ("max_tokens", "max_completion_tokens"):
        asked = shaped.get(field)
        if asked is not None and asked > limit:
            shaped[field] = limit
            notes.append(f"{field} {asked} -> {limit}")


def _apply(shaped: dict[str, Any], profile: ServingProfile, notes: list[str]) -> None:
    if profile.forbid_greedy and shaped.get("temperature") == 0:
        lifted = profile.sampling_defaults["temperature"]
        shaped["temperature"] = lifted
        notes.append(f"temperature 0 -> {lifted:g}")
    for field, value in profile.sampling_defaults.items():
        if shaped.get(field) is None:
            shaped[field] = value
    for field in profile.drop & shaped.keys():
        if shaped.pop(field) is not None:
            notes.append(f"{field} dropped: this model does not take it")
    for old, new in profile.rename.items():
        if old in shaped:
            value = shaped.pop(old)
            shaped.setdefault(new, value)
