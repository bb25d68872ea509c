"""Writes a real vLLM's responses to `recorded/`: `make vllm-record`, after a change of its version.

Paths of this machine are taken out of them; everything else is as it came over the wire.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

from tests.contract.gateway import free_port
from tests.vllm.server import KEY, VARIABLE, RealServer, real_server
from tests.vllm.wire import CHATS, FINE_TUNE, PAGES, RECORDED, chat, exchange

_CHAT = "/v1/chat/completions"


def record(server: RealServer, folder: Path) -> None:
    """All exchanges, each into its file."""
    adapter = folder / "adapter"
    subprocess.run([server.python, Path(__file__).parent / "adapter.py", adapter], check=True)
    load = {"lora_name": FINE_TUNE, "lora_path": str(adapter)}
    _keep("load-missing", server, "POST", "/v1/load_lora_adapter", load | {"lora_path": "/nowhere"}, folder)
    _keep("load", server, "POST", "/v1/load_lora_adapter", load, folder)
    _keep("load-again", server, "POST", "/v1/load_lora_adapter", load, folder)
    for name, body in CHATS.items():
        _keep(name, server, "POST", _CHAT, body, folder)
    for name, path in PAGES.items():
        _keep(name, server, "GET", path, None, folder)
    _keep("unload", server, "POST", "/v1/unload_lora_adapter", {"lora_name": FINE_TUNE}, folder)
    _keep("unload-again", server, "POST", "/v1/unload_lora_adapter", {"lora_name": FINE_TUNE}, folder)
    (RECORDED / "wrong-key.http").write_bytes(exchange(server.port, "POST", _CHAT, "wrong", chat()))


def _keep(
    name: str, server: RealServer, method: str, path: str, body: dict[str, object] | None, folder: Path
) -> None:
    response = exchange(server.port, method, path, KEY, body)
    for here in (str(server.home), str(folder)):
        # As long as before: a body must stay as long as its head says.
        response = response.replace(here.encode(), b"/" + b"x" * (len(here) - 1))
    (RECORDED / f"{name}.http").write_bytes(response)
    print(f"{name}: {response.splitlines()[0].decode()}")


def main() -> None:
    RECORDED.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with real_server(Path(os.environ[VARIABLE]), free_port(), folder / "vllm.log") as server:
            record(server, folder)


if __name__ == "__main__":
    main()
