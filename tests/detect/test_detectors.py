"""What the gateway makes of findings, and of detectors that fail."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from router.detect.detectors import HANDLER, Detectors
from router.domain.detection import Sought, judged
from router.domain.kinds import DataClass
from router.telemetry import Metrics

CARD = "4111 1111 1111 1111"
SOUGHT = (
    Sought(DataClass.CONFIDENTIAL, frozenset({"EMAIL_ADDRESS"}), 0.5),
    Sought(DataClass.RESTRICTED, frozenset({"CREDIT_CARD", "EMAIL_ADDRESS"}), 0.9),
)


def payload(content: Any, **more: Any) -> dict[str, Any]:
    return {"model": "auto", "messages": [{"role": "user", "content": content}], **more}


@pytest.mark.parametrize(
    ("scores", "held", "found"),
    [
        ({}, None, {}),
        ({"EMAIL_ADDRESS": [0.6, 0.4]}, DataClass.CONFIDENTIAL, {"EMAIL_ADDRESS": 1}),
        ({"EMAIL_ADDRESS": [0.95, 0.6]}, DataClass.RESTRICTED, {"EMAIL_ADDRESS": 2}),
        ({"CREDIT_CARD": [0.8]}, None, {}),
        ({"CREDIT_CARD": [1.0], "URL": [1.0]}, DataClass.RESTRICTED, {"CREDIT_CARD": 1}),
    ],
)
def test_what_scores_mean(
    scores: dict[str, list[float]], held: DataClass | None, found: dict[str, int]
) -> None:
    """The strictest class that something counts for; what nobody looks for counts for nothing."""
    detected = judged(SOUGHT, scores)
    assert (detected.data_class, detected.found, detected.failed) == (held, found, None)


@pytest.fixture
async def detectors() -> AsyncIterator[Detectors]:
    pytest.importorskip(
        "presidio_analyzer", reason="pip install --require-hashes -r requirements-detect.lock"
    )
    one = Detectors(20.0, Metrics())
    await one.warm(SOUGHT)
    yield one
    one.close()


async def test_every_text_is_looked_at(detectors: Detectors) -> None:
    """Parts, tool arguments, tools and schemas; not pictures, nor what is declared for checks."""
    schema = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"description": CARD}}}
    picture = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{CARD}"}}
    for asked, held in (
        (payload(CARD), DataClass.RESTRICTED),
        (payload([{"type": "text", "text": CARD}]), DataClass.RESTRICTED),
        (payload("hi", response_format=schema), DataClass.RESTRICTED),
        (payload("hi", tools=[{"type": "function", "function": {"name": CARD}}]), DataClass.RESTRICTED),
        (payload("a@example.com"), DataClass.RESTRICTED),
        (payload([picture]), None),
        (payload("hi", tiergate={"reference": {"kind": "exact", "value": CARD}}), None),
    ):
        found = await detectors.look(asked, SOUGHT, DataClass.INTERNAL)
        assert found is not None and found.data_class is held, asked
        assert CARD not in repr(found)


async def test_nothing_runs_for_nothing() -> None:
    """No process starts where the class cannot rise."""
    one = Detectors(1.0, Metrics())
    assert await one.look(payload(CARD), SOUGHT, DataClass.RESTRICTED) is None
    assert await one.look(payload(CARD), (), DataClass.PUBLIC) is None
    await one.warm(())
    assert one._pool is None


@pytest.mark.parametrize(
    ("body", "seconds", "reason"),
    [
        ("import time\ndef answer(asked): time.sleep(60)", 0.5, "no answer within 0.5 s"),
        ("def answer(asked): raise ValueError(asked['text'])", 20.0, "the library failed: ValueError"),
        ("import os\ndef answer(asked): os._exit(3)", 20.0, "ended its worker"),
        ("raise ImportError", 20.0, "did not start"),
    ],
    ids=["hangs", "fails", "dies", "cannot start"],
)
async def test_who_cannot_look_takes_the_strictest(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, body: str, seconds: float, reason: str
) -> None:
    """Whatever happens to the process; the log says so and quotes nothing."""
    handler = tmp_path / "handler.py"
    handler.write_text(body)
    one = Detectors(seconds, Metrics(), handler)
    try:
        found = await one.look(payload(CARD), SOUGHT, DataClass.CONFIDENTIAL)
    finally:
        one.close()
    assert found is not None and found.data_class is DataClass.RESTRICTED and found.found == {}
    assert found.failed is not None and reason in found.failed
    assert "restricted" in caplog.text and CARD not in caplog.text and HANDLER.exists()
