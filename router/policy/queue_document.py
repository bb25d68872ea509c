"""The queue before an endpoint, as YAML gives it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from router.policy.fields import Part, Seconds


class QueuePart(Part):
    """Who may wait for a place, in front of a server whose own queue has no end."""

    max_waiting: int = Field(
        0,
        ge=0,
        le=100_000,
        description="Requests that may wait for a place; one more goes to the next candidate.",
    )
    max_wait_s: Seconds = Field(
        10.0, description="Longest wait for a place; a rule's latency target may make it shorter."
    )
    max_server_waiting: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(
        None,
        description="Requests waiting in the server's own queue, by its `metrics_url`, at which nobody is "
        "sent there; left out: no bound.",
    )
