"""litellm is loaded late, and talks to nobody but the provider. Seen from a process of its own."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec

import pytest

pytestmark = pytest.mark.skipif(find_spec("litellm") is None, reason="extra `hosted` is not installed")

PROGRAM = """
import asyncio, sys

outside = []

def watch(event, args):
    if event == "socket.connect" and isinstance(args[1], tuple) and args[1][0] != "127.0.0.1":
        outside.append(args[1])
        raise OSError("blocked")
    if event == "socket.getaddrinfo" and args[0] not in (None, "127.0.0.1", "localhost"):
        outside.append(args[0])
        raise OSError("blocked")

sys.addaudithook(watch)
from router.dispatch.hosted import HostedUpstream
from router.dispatch.port import ConnectFailed, UpstreamCall
from router.domain.catalog import Endpoint
from router.domain.kinds import Wire
from tests.policy import build

assert "litellm" not in sys.modules, "imported before it was needed"
endpoint = Endpoint(
    "e", "m", Wire.HOSTED, "anthropic/claude-sonnet-4-5", "m", 1000, "us", "key", False,
    5.0, 10.0, 10.0, 20.0, 1, 0,
)
payload = {"messages": [{"role": "user", "content": "hi"}]}

async def main():
    hosted = HostedUpstream(api_bases={"e": "http://127.0.0.1:1"})
    await hosted.warm()
    assert "litellm" in sys.modules
    for stream in (False, True):
        try:
            await hosted.call(UpstreamCall(endpoint, payload, stream, {}, build.ANYWHERE))
        except ConnectFailed:
            continue
        raise SystemExit("nothing listens there, yet it answered")
    await hosted.aclose()

asyncio.run(main())
print("outside:", outside)
"""


def test_nothing_but_the_provider_is_contacted() -> None:
    """Import, warm-up and calls reach nothing outside this machine, look up no name and print nothing."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stdout) == (0, "outside: []\n"), done.stderr
    assert done.stderr == ""
