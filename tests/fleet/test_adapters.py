"""LoRA adapters by vLLM's API: its recorded answers, and what the operator reads of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from click.testing import CliRunner, Result

from router.cli import main
from tests.contract.folder import TestModel, write_folder
from tests.vllm.wire import FINE_TUNE, MODEL, recorded


class Server(HTTPServer):
    """A vLLM of recorded answers: `answers` by path, what was posted in `asked`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: dict[str, bytes] = {}
        self.asked: list[tuple[str, Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.asked.append((self.path, json.loads(body)))
        self._answer()

    def _answer(self) -> None:
        self.wfile.write(self.server.answers[self.path])
        self.close_connection = True

    def log_message(self, *_: Any) -> None:
        """Not to the test's output."""


@pytest.fixture
def server() -> Iterator[Server]:
    found = Server()
    thread = Thread(target=found.serve_forever, daemon=True)
    thread.start()
    found.answers["/v1/models"] = recorded("models").replace(FINE_TUNE.encode(), b"another-tuned")
    yield found
    found.shutdown()
    found.server_close()
    thread.join()


@pytest.fixture
def folder(server: Server, tmp_path: Path) -> Path:
    tuned = {"adapter": "/adapters/tuned"}
    models = [
        TestModel(MODEL, "reasoning", server.url, MODEL),
        TestModel("tuned", "reasoning", server.url, FINE_TUNE, endpoint=tuned, more={"base": MODEL}),
    ]
    return write_folder(tmp_path / "policies", models, [{"name": "default", "objective": "cheapest"}])


def fleet(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["fleet", *arguments, "--policy", str(folder)])


def test_what_is_loaded(server: Server, folder: Path) -> None:
    """The catalog's adapters first, then those that it does not know."""
    said = fleet(folder, "adapters")
    assert said.exit_code == 0
    assert said.output.splitlines() == [
        "tuned: not loaded, at tuned-endpoint, from /adapters/tuned",
        f"another-tuned: loaded, on {MODEL}, at {server.url}; the catalog does not have it",
    ]
    server.answers["/v1/models"] = recorded("models")
    assert fleet(folder, "adapters").output.startswith(f"tuned: loaded, on {MODEL}, at tuned-endpoint")


def test_load_and_unload(server: Server, folder: Path) -> None:
    """Under the name that the server is to know it by; what is there already is left alone."""
    server.answers["/v1/load_lora_adapter"] = recorded("load")
    server.answers["/v1/unload_lora_adapter"] = recorded("unload")
    assert "tuned is loaded at tuned-endpoint" in fleet(folder, "load", "tuned").output
    server.answers["/v1/models"] = recorded("models")
    assert "tuned is loaded already" in fleet(folder, "load", "tuned").output
    assert "tuned is unloaded" in fleet(folder, "unload", "tuned").output
    name = {"lora_name": FINE_TUNE}
    assert server.asked == [
        ("/v1/load_lora_adapter", {**name, "lora_path": "/adapters/tuned"}),
        ("/v1/unload_lora_adapter", name),
    ]


@pytest.mark.parametrize(
    ("path", "answer", "verb", "said"),
    [
        ("load", recorded("load-missing"), "load", "No adapter found for"),
        ("unload", recorded("unload-again"), "unload", "cannot be found"),
        (
            "load",
            b'HTTP/1.1 404 Not Found\r\ncontent-length: 22\r\n\r\n{"detail":"Not Found"}',
            "load",
            "start vLLM with --enable-lora and VLLM_ALLOW_RUNTIME_LORA_UPDATING=True",
        ),
    ],
)
def test_a_server_that_says_no(
    server: Server, folder: Path, path: str, answer: bytes, verb: str, said: str
) -> None:
    """One line with vLLM's own words, exit code 1."""
    server.answers[f"/v1/{path}_lora_adapter"] = answer
    found = fleet(folder, verb, "tuned")
    assert found.exit_code == 1 and said in found.output and server.url in found.output


def test_what_the_catalog_does_not_have(folder: Path) -> None:
    """The nearest name is offered."""
    assert "did you mean 'tuned'?" in fleet(folder, "load", "tunde").output
    assert (
        "did you mean 'tuned-endpoint'?"
        in fleet(folder, "load", "tuned", "--endpoint", "tuned-endpont").output
    )
