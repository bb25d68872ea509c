"""An OpenTelemetry collector for tests: takes OTLP over HTTP, as the exporter sends it."""

from __future__ import annotations

import gzip
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.contract.until import until


class Collector:
    """Takes OTLP over HTTP and keeps every span, and every byte."""

    def __init__(self) -> None:
        pytest.importorskip("opentelemetry.sdk", reason="pip install 'tiergate[otel]'")
        self.spans: list[Any] = []
        self.services: set[str] = set()
        self.bytes = b""
        self.paths: set[str] = set()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def take(self, body: bytes) -> None:
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (  # noqa: PLC0415 - optional
            ExportTraceServiceRequest,
        )

        self.bytes += body
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            values = {a.key: a.value.string_value for a in resource.resource.attributes}
            self.services.add(values["service.name"])
            for scope in resource.scope_spans:
                self.spans.extend(scope.spans)

    def family(self, trace: str) -> tuple[Any, list[Any]]:
        """The request's span of a trace and its children by time, as soon as they are here."""

        def root() -> list[Any]:
            return [s for s in self.spans if s.trace_id.hex() == trace and s.kind == s.SPAN_KIND_SERVER]

        [server] = until(root)
        children = [s for s in self.spans if s.parent_span_id == server.span_id]
        return server, sorted(children, key=lambda span: span.start_time_unix_nano)

    def _handler(collector) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - `self` is the handler's
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                zipped = self.headers.get("content-encoding") == "gzip"
                collector.paths.add(self.path)
                collector.take(gzip.decompress(body) if zipped else body)
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        return Handler
