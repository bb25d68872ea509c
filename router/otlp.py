"""The tracer on OpenTelemetry's SDK, sending OTLP over HTTP. The only importer of the SDK.

Attributes follow the GenAI semantic conventions. Never a prompt, an answer or an error's text: those may
quote what was said. Children are made when the request ends, from the ledger's rows and their times.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from http import HTTPStatus

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from router import telemetry as names
from router.domain.finding import Finding
from router.domain.records import AttemptRecord, RequestRecord
from router.errors import TiergateError
from router.span_attributes import Attribute, of_attempt, of_request
from router.tracing import Decided

_PROPAGATOR = TraceContextTextMapPropagator()
_NS = 1000
"""Nanoseconds in a microsecond."""


class OtlpTracer:
    """Owns the SDK's provider. Which requests are sampled, and the resource's attributes, are the SDK's own
    OTEL_ variables."""

    def __init__(self, endpoint: str) -> None:
        named = {} if "OTEL_SERVICE_NAME" in os.environ else {"service.name": names.SERVICE}
        self._provider = TracerProvider(resource=Resource.create(named))
        exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer(names.SERVICE)

    def begin(self, headers: Mapping[str, str], started_us: int) -> OtlpRequest:
        """See the port."""
        span = self._tracer.start_span(
            names.SPAN_REQUEST,
            _PROPAGATOR.extract(headers, Context()),
            SpanKind.SERVER,
            start_time=started_us * _NS,
        )
        return OtlpRequest(self._tracer, span, started_us)

    def close(self) -> None:
        """See the port."""
        self._provider.shutdown()


class OtlpRequest:
    """One request's span and its children."""

    def __init__(self, tracer: Tracer, span: Span, started_us: int) -> None:
        self._tracer = tracer
        self._span = span
        self._started_us = started_us
        self._latest_us = started_us
        """When the last child ended. Wall and monotonic clock are read one after the other, and a busy
        machine may pause in between: no child may seem to outlive its request."""
        self._inside = set_span_in_context(span, Context())

    def headers(self) -> Mapping[str, str]:
        """See the port."""
        carrier: dict[str, str] = {}
        _PROPAGATOR.inject(carrier, self._inside)
        return carrier

    def finished(
        self,
        request: RequestRecord,
        attempts: list[AttemptRecord],
        findings: Mapping[int, Finding],
        decided: Decided | None,
    ) -> None:
        """See the port."""
        if self._span.is_recording():
            self._span.update_name(f"{names.SPAN_REQUEST} {request.requested_model}")
            _set(self._span, of_request(request))
            if decided is not None:
                self._child(names.SPAN_DECIDE, SpanKind.INTERNAL, decided, {names.SPAN_RULE: request.rule})
            for attempt in attempts:
                self._attempt(attempt)
                if attempt.n in findings:
                    self._checks(attempt, findings[attempt.n])
        self._end(request.http_status, request.error_code, request.duration_us or 0)

    def refused(self, error: TiergateError | None, duration_us: int) -> None:
        """See the port."""
        status = HTTPStatus.INTERNAL_SERVER_ERROR if error is None else error.status
        self._end(status, None if error is None else error.code, duration_us)

    def _attempt(self, attempt: AttemptRecord) -> None:
        ended = attempt.started_us + (attempt.duration_us or 0)
        self._child(
            f"{names.SPAN_REQUEST} {attempt.model}",
            SpanKind.CLIENT,
            (attempt.started_us, ended),
            of_attempt(attempt),
            failed=None if attempt.status == "ok" else str(attempt.http_status or attempt.status),
        )

    def _checks(self, attempt: AttemptRecord, finding: Finding) -> None:
        """One after the other from the attempt's end on, as they are run."""
        at = attempt.started_us + (attempt.duration_us or 0)
        for part in finding.parts:
            if not part.idle:
                ended = at + part.duration_us
                said: dict[str, Attribute | None] = {names.SPAN_VERDICT: str(part.verdict)}
                self._child(f"{names.SPAN_VERIFY} {part.verifier}", SpanKind.INTERNAL, (at, ended), said)
                at = ended

    def _child(
        self,
        name: str,
        kind: SpanKind,
        times: tuple[int, int],
        attributes: Mapping[str, Attribute | None],
        failed: str | None = None,
    ) -> None:
        began, ended = times
        span = self._tracer.start_span(name, self._inside, kind, start_time=began * _NS)
        _set(span, attributes)
        if failed is not None:
            _fail(span, failed)
        span.end(ended * _NS)
        self._latest_us = max(self._latest_us, ended)

    def _end(self, status: int, code: str | None, duration_us: int) -> None:
        self._span.set_attribute(names.SPAN_STATUS, status)
        if code is not None and status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            _fail(self._span, code)
        elif code is not None:  # of a server's span, the caller's own mistakes are no errors
            self._span.set_attribute(names.SPAN_ERROR, code)
        self._span.end(max(self._started_us + duration_us, self._latest_us) * _NS)


def _set(span: Span, attributes: Mapping[str, Attribute | None]) -> None:
    span.set_attributes({name: value for name, value in attributes.items() if value is not None})


def _fail(span: Span, kind: str) -> None:
    span.set_attribute(names.SPAN_ERROR, kind)
    span.set_status(StatusCode.ERROR)
