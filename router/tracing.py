"""Requests as OpenTelemetry spans: the port, and whether anything stands behind it.

Off, the pipeline holds None and pays an `if`. The SDK is imported only where it is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, Protocol, cast

from router.domain.finding import Finding
from router.domain.records import AttemptRecord, RequestRecord
from router.errors import TiergateError

Decided = tuple[int, int]
"""When deciding began and ended, Unix microseconds."""


class TracedRequest(Protocol):
    """The span of one request, open until one of the last two methods is called."""

    def headers(self) -> Mapping[str, str]:
        """W3C trace context for the upstream: its spans become children of the request's."""
        ...

    def finished(
        self,
        request: RequestRecord,
        attempts: list[AttemptRecord],
        findings: Mapping[int, Finding],
        decided: Decided | None,
    ) -> None:
        """Ends the span with its children, from the rows that go to the ledger. `findings` are those before
        the reply, by attempt."""
        ...

    def refused(self, error: TiergateError | None, duration_us: int) -> None:
        """Ends the span of a request that has no row: no key, or no request in its bytes."""
        ...


class Tracer(Protocol):
    """Where spans come from."""

    def begin(self, headers: Mapping[str, str], started_us: int) -> TracedRequest:
        """Continues the trace that the caller's `traceparent` names, or begins one."""
        ...

    def close(self) -> None:
        """Sends what is left. Blocks for seconds where the collector does not answer."""
        ...


class TracingMissing(Exception):
    """Traces are asked for and the packages are not installed."""


def open_tracer(endpoint: str | None) -> Tracer | None:
    """A tracer that sends to the OTLP/HTTP collector at this base URL; None: no tracing. Raises
    TracingMissing."""
    if endpoint is None:
        return None
    try:
        otlp: Any = import_module("router.otlp")
    except ModuleNotFoundError as error:
        if error.name is None or not error.name.startswith("opentelemetry"):
            raise
        message = f"TIERGATE_OTLP_ENDPOINT needs {error.name}: pip install 'tiergate[otel]'"
        raise TracingMissing(message) from None
    return cast(Tracer, otlp.OtlpTracer(endpoint))
