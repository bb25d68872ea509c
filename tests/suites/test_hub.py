"""Suites from a model hub: the hub's own library against a hub on loopback, and without one."""

from __future__ import annotations

import hashlib
import io
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pyarrow as arrow
import pyarrow.parquet as parquet
import pytest

from router.suites import hub
from router.suites.item import BadSuite
from router.suites.known import KNOWN
from router.suites.load import load

pytest.importorskip("huggingface_hub")
COMMIT = "0" * 40


def _parquet() -> bytes:
    rows = [{"id": n, "problem": f"{n} + 1?", "solution": "", "answer": str(n + 1)} for n in range(3)]
    buffer = io.BytesIO()
    parquet.write_table(arrow.Table.from_pylist(rows), buffer)
    return buffer.getvalue()


def _files() -> dict[str, bytes]:
    """What the hub on loopback holds, by its address."""
    offered = [{"name": "f", "description": "", "parameters": {"type": "dict", "properties": {}}}]
    question = {"id": "simple_0", "question": [[{"role": "user", "content": "?"}]], "function": offered}
    answer = {"id": "simple_0", "ground_truth": [{"f": {}}]}
    bodies = {
        KNOWN["aime24"].hub: _parquet(),
        KNOWN["bfcl"].hub: json.dumps(question).encode(),
        KNOWN["bfcl"].answers: json.dumps(answer).encode(),
    }
    return {
        f"/datasets/{file.repository}/resolve/main/{file.path}": body
        for file, body in bodies.items()
        if file is not None
    }


class _Hub(BaseHTTPRequestHandler):
    """Answers as huggingface.co does for a public file."""

    files = _files()

    def do_HEAD(self) -> None:
        self._send(body=False)

    def do_GET(self) -> None:
        self._send(body=True)

    def _send(self, *, body: bool) -> None:
        content = self.files.get(self.path)
        self.send_response(404 if content is None else 200)
        self.send_header("content-length", str(len(content or b"")))
        if content is None:
            self.send_header("x-error-code", "EntryNotFound")
        else:
            self.send_header("etag", f'"{hashlib.sha256(content).hexdigest()}"')
            self.send_header("x-repo-commit", COMMIT)
        self.end_headers()
        if body and content is not None:
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def on_loopback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The hub's library talks to `_Hub` and keeps what it fetched in a folder of the test."""
    from huggingface_hub import constants  # noqa: PLC0415 - it is an optional package

    with ThreadingHTTPServer(("127.0.0.1", 0), _Hub) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        origin = f"http://127.0.0.1:{server.server_address[1]}"
        monkeypatch.setattr(constants, "ENDPOINT", origin)
        monkeypatch.setattr(
            constants, "HUGGINGFACE_CO_URL_TEMPLATE", origin + "/{repo_id}/resolve/{revision}/{filename}"
        )
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
        # Read once, when the library is first imported, which may have been in a test without a hub.
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        yield
        server.shutdown()


@pytest.mark.usefixtures("on_loopback")
def test_a_named_suite_comes_from_the_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parquet and JSON lines, questions and their answers; what was fetched serves without the hub."""
    suite = load("aime24", None, None, None)
    assert [item.declared["reference"]["value"] for item in suite.items] == ["1", "2", "3"]
    assert suite.benchmark == "AIME 2024"
    assert len(load("bfcl", None, None, None).items) == 1
    monkeypatch.setattr(_Hub, "files", {})
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert load("aime24", None, None, None).name == suite.name


@pytest.mark.usefixtures("on_loopback")
def test_a_file_that_the_hub_does_not_have_says_what_to_do() -> None:
    """One line, with the way around it."""
    with pytest.raises(BadSuite, match=r"the hub does not give it: .*--data FOLDER") as refused:
        hub.fetch(KNOWN["ifeval"].hub)
    assert "\n" not in str(refused.value)


def test_without_the_hubs_library_a_file_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an optional package."""
    monkeypatch.setitem(__import__("sys").modules, "huggingface_hub", None)
    with pytest.raises(BadSuite, match="install the package huggingface_hub"):
        hub.fetch(KNOWN["ifeval"].hub)
