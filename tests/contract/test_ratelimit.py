"""Rate limits of a real gateway, as the official client meets them."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from openai import OpenAI, RateLimitError

from tests.contract.chat import user
from tests.contract.conftest import Desk
from tests.contract.folder import TestModel, write_folder
from tests.contract.gateway import Gateway, running_gateway
from tests.contract.until import until

Started = Callable[..., Gateway]
TIERS = [{"name": "default", "tiers": ["frontier", "small"]}]


def limit(name: str, *per: str, **amounts: Any) -> dict[str, Any]:
    return {"name": name, "per": list(per or ("key",)), **amounts}


def write_limits(folder: Path, *limits: dict[str, Any]) -> None:
    head = {"apiVersion": "tiergate.dev/v1", "kind": "RateLimits"}
    document = {**head, "metadata": {"name": "limits", "owner": "tests"}, "spec": {"limits": list(limits)}}
    (folder / "limits.yaml").write_text(json.dumps(document))


@pytest.fixture
def started(desk: Desk, tmp_path: Path) -> Iterator[Started]:
    """A gateway with these limits, on a quick frontier model and a small one."""
    running = []

    def start(*limits: dict[str, Any], slow: bool = False) -> Gateway:
        abroad = desk.slow if slow else desk.abroad
        models = [
            TestModel("big", "frontier", abroad.base_url, abroad.model),
            TestModel("little", "small", desk.home.base_url, desk.home.model),
        ]
        policy = write_folder(tmp_path / "policies", models, TIERS)
        write_limits(policy, *limits)
        context = running_gateway(tmp_path, policy)
        running.append(context)
        return context.__enter__()

    yield start
    for context in running:
        context.__exit__(None, None, None)


def asked(client: OpenAI, **options: Any) -> Any:
    return client.chat.completions.with_raw_response.create(
        **{"model": "auto", "messages": user(), "max_tokens": 50, **options}
    )


def test_requests_per_minute(started: Started) -> None:
    """What is left is in the headers; then 429 with when to come again, which the official client waits for;
    another key has its own."""
    gateway = started(
        limit("each-key", requests_per_minute=2), limit("all", "organisation", requests_per_minute=9)
    )
    with gateway.client() as client:
        told = [asked(client).headers for _ in range(2)]
        assert [h["x-ratelimit-remaining-requests"] for h in told] == ["1", "0"]
        assert {h["x-ratelimit-limit-requests"] for h in told} == {"2"}
        assert "x-ratelimit-limit-tokens" not in told[0] and told[0]["x-ratelimit-reset-requests"]
        with pytest.raises(RateLimitError) as refused:
            asked(client)
    error, headers = refused.value, refused.value.response.headers
    assert (
        error.code == "rate_limit_exceeded"
        and "'each-key' is reached: 2 requests per minute" in error.message
    )
    assert headers["x-should-retry"] == "true" and headers["x-ratelimit-remaining-requests"] == "0"
    assert 0 < int(headers["retry-after"]) <= 91
    assert 0 <= int(headers["retry-after"]) * 1000 - int(headers["retry-after-ms"]) < 1000
    with gateway.client(gateway.new_key()) as client:
        asked(client)
    assert (
        'tiergate_rate_limited_total{counts="requests",limit="each-key"} 1.0'
        in gateway.get("/metrics")[1].decode()
    )


def test_the_official_client_waits_as_long_as_it_is_told(started: Started) -> None:
    """It reads `retry-after`, sleeps, and asks again."""
    gateway = started(limit("each-key", requests_per_minute=1))
    slept: list[float] = []
    with gateway.client(max_retries=1) as client, pytest.MonkeyPatch.context() as patch:
        asked(client)
        patch.setattr(time, "sleep", slept.append)
        with pytest.raises(RateLimitError) as refused:
            asked(client)
    # Waits longer than a minute it takes for a mistake, and falls back on its own.
    told = float(refused.value.response.headers["retry-after-ms"]) / 1000
    assert len(slept) == 1 and (told - 2 < slept[0] < told + 2 or told > 58)


def test_tokens_are_set_aside_and_corrected(started: Started) -> None:
    """At the most that may be needed; in the end what was used counts. What can never fit says so."""
    gateway = started(limit("each-key", tokens_per_minute=1_000))
    with gateway.client() as client:
        first = asked(client, max_tokens=900)
        used = first.parse().usage.total_tokens
        assert int(first.headers["x-ratelimit-remaining-tokens"]) < 100
        assert used < 500

        def corrected() -> bool:
            return int(asked(client, max_tokens=1).headers["x-ratelimit-remaining-tokens"]) > 400

        assert until(corrected)
        with pytest.raises(RateLimitError) as refused:
            asked(client, max_tokens=5_000)
    assert "this request alone may need" in refused.value.message
    assert refused.value.response.headers["x-should-retry"] == "false"


async def test_requests_at_once(started: Started) -> None:
    """As many as may be; a place is free again when one has ended."""
    gateway = started(limit("each-key", parallel_requests=2), slow=True)
    async with gateway.async_client() as client:
        calls = [
            client.chat.completions.create(model="auto", messages=user(), max_tokens=20) for _ in range(4)
        ]
        done = await asyncio.gather(*calls, return_exceptions=True)
        refused = [one for one in done if isinstance(one, RateLimitError)]
        assert len(refused) == 2 and refused[0].response.headers["retry-after"] == "1"
        await client.chat.completions.create(model="auto", messages=user(), max_tokens=20)


def test_a_model_at_its_limit_is_passed_over(started: Started) -> None:
    """The next one answers; who wants that model alone is refused; the trace says why."""
    gateway = started(limit("big-model", "model", model=["big"], requests_per_minute=1))
    with gateway.client() as client:
        answered = [asked(client, extra_headers={"x-request-id": f"passed-{n}"}).headers for n in range(2)]
        assert [h["x-tiergate-model"] for h in answered] == ["big", "little"]
        with pytest.raises(RateLimitError, match="big-model"):
            asked(client, model="big")
    assert "at their rate limit: big" in gateway.named_row("passed-1")["trace"]


def test_limits_change_while_it_runs(started: Started) -> None:
    """A document that is refused leaves the old one; a file that goes away takes its limits with it."""
    gateway = started(limit("each-key", requests_per_minute=1))
    with gateway.client() as client:
        asked(client)
        write_limits(gateway.policy_dir, limit("each-key", requests_per_minute=0))
        until(lambda: "greater than or equal" in gateway.log() or "at least 1" in gateway.log())
        with pytest.raises(openai.RateLimitError):
            asked(client)
        (gateway.policy_dir / "limits.yaml").unlink()
        until(lambda: _passes(client))
        assert "x-ratelimit-limit-requests" not in asked(client).headers


def _passes(client: OpenAI) -> bool:
    try:
        asked(client)
    except RateLimitError:
        return False
    return True
