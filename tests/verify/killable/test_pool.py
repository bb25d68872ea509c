"""Whatever a child process does, its caller gets a reply or a reason in time, and the next question works."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from router.verify.killable.pool import Pool

HANDLER = """
import os, time, signal

def answer(asked):
    match asked["do"]:
        case "echo": return {"said": asked["text"], "environment": sorted(os.environ)}
        case "hang": time.sleep(60)
        case "spin":
            while True: pass
        case "eat": return {"size": len([bytes(1_000_000) for _ in range(10_000)])}
        case "exit": os._exit(3)
        case "kill": os.kill(os.getpid(), signal.SIGKILL)
        case "raise": raise RuntimeError("no")
        case "print": print("{}"); return {"said": "quiet"}
        case "write":
            with open(asked["path"], "w") as file: file.write("x")
        case "nothing": return None
        case "flood": return {"said": "x" * 1_000_000}
"""


@pytest.fixture
def pool(tmp_path: Path) -> Iterator[Pool]:
    """One child with a short limit."""
    handler = tmp_path / "handler.py"
    handler.write_text(HANDLER)
    running = Pool(handler, size=1, limit_s=1.0, memory_bytes=1 << 28)
    yield running
    running.close()


@pytest.mark.parametrize("deed", ["hang", "spin", "eat", "exit", "kill", "flood"])
def test_a_child_that_misbehaves_is_replaced(pool: Pool, deed: str) -> None:
    """No reply but a reason, and the spare answers."""
    reply = pool.ask({"do": deed})
    assert reply.said is None and reply.reason
    after = pool.ask({"do": "echo", "text": "well"})
    assert after.said is not None and after.said["said"] == "well"


def test_a_failure_of_the_handler_is_a_reply(pool: Pool, tmp_path: Path) -> None:
    """An exception, a forbidden write and printing do no harm to the protocol."""
    assert pool.ask({"do": "raise"}).said == {"reason": "the library failed: RuntimeError"}
    assert pool.ask({"do": "print"}).said == {"said": "quiet"}
    assert pool.ask({"do": "nothing"}).reason == "the worker replied nothing of use"
    written = pool.ask({"do": "write", "path": str(tmp_path / "x")})
    assert written.said == {"reason": "the library failed: OSError"}


def test_a_child_knows_nothing_of_its_parent(pool: Pool) -> None:
    """No variable of the gateway, so no key, reaches it."""
    os.environ.setdefault("TIERGATE_TEST_SECRET", "x")
    said = pool.ask({"do": "echo", "text": ""}).said
    assert said is not None and "TIERGATE_TEST_SECRET" not in said["environment"]


def test_text_that_cannot_be_passed_on_is_no_error(pool: Pool) -> None:
    """A lone surrogate is refused before it reaches a child."""
    assert pool.ask({"do": "echo", "text": "\ud800"}).reason == "not a text that can be passed on"


def test_a_broken_handler_is_a_reason(tmp_path: Path) -> None:
    """A child that cannot start leaves every question without a reply."""
    broken = Pool(tmp_path / "missing.py", size=1, limit_s=1.0, memory_bytes=1 << 28)
    assert "did not start" in broken.ask({}).reason
    broken.close()
    assert broken.ask({}).reason == "the workers are closed"
