"""Presidio's recognisers without a language model: the types there are, and what they find."""

from __future__ import annotations

import runpy
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from router.detect.detectors import HANDLER
from router.domain.detected_types import DETECTED_TYPES

pytest.importorskip("presidio_analyzer", reason="pip install --require-hashes -r requirements-detect.lock")
FOUND = [
    ("CREDIT_CARD", "Charge 4111 1111 1111 1111 please.", 1.0),
    ("CREDIT_CARD", "Charge 4111 1111 1111 1112 please.", 0.0),
    ("IBAN_CODE", "Pay to DE89 3704 0044 0532 0130 00.", 1.0),
    ("IBAN_CODE", "Pay to DE88 3704 0044 0532 0130 00.", 0.0),
    ("EMAIL_ADDRESS", "Write to bob@example.com.", 1.0),
    ("EMAIL_ADDRESS", "Write to bob@example.", 0.0),
    ("PHONE_NUMBER", "It is 212-555-0173.", 0.4),
    ("PHONE_NUMBER", "Call my telephone, 212-555-0173.", 0.75),
    ("IP_ADDRESS", "Ping 192.168.1.7.", 0.6),
]


@pytest.fixture(scope="module")
def handler() -> dict[str, Any]:
    return runpy.run_path(str(HANDLER))


@pytest.fixture
def offline() -> Iterator[None]:
    """Any look at the network fails the test."""

    def refuse(*_: Any, **__: Any) -> Any:
        raise AssertionError("a recogniser reached for the network")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", refuse)
        patch.setattr(socket.socket, "connect", refuse)
        yield


def test_the_types_are_the_librarys(handler: dict[str, Any]) -> None:
    """What a policy may name is what can be looked for."""
    assert set(handler["recognisers"]()) == DETECTED_TYPES


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize(("kind", "text", "score"), FOUND)
def test_what_is_found(handler: dict[str, Any], kind: str, text: str, score: float) -> None:
    """Check digits decide, context words count, and nothing is asked of the network; no text comes back."""
    ask: Callable[[dict[str, str]], dict[str, Any]] = handler["answer"]
    scores = ask({"text": text, "types": ",".join(sorted(DETECTED_TYPES))})["scores"].get(kind, [0.0])
    assert scores == [pytest.approx(score)]
