"""Sending the demo's prompts through the gateway, as an app would: one key per team, a few at a time.

A reply that may be asked for again (a retryable status, a connection or a stream that broke) is asked for
again, up to two more times; each try is a request of its own in the ledger.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from router import telemetry
from router.sandbox.checks import Answer, passes
from router.sandbox.prompts import Prompt

_TRIES: Final = 3
_RETRYABLE: Final = frozenset({408, 409, 429, 500, 502, 503, 504})
_PAUSE_S: Final = 0.2


@dataclass(frozen=True, slots=True)
class Try:
    """One request to the gateway. `status` None: no response; `answer` None: none, or it broke off."""

    request_id: str | None
    status: int | None
    tier: str | None
    answer: Answer | None
    error: str | None
    may_retry: bool = False


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of one prompt. `passed` None: it has no check, or there is no answer."""

    prompt: Prompt
    tries: tuple[Try, ...]
    passed: bool | None

    @property
    def last(self) -> Try:
        return self.tries[-1]

    @property
    def as_expected(self) -> bool:
        """Answered, or refused with 403 where the prompt expects a refusal."""
        if self.prompt.expect == "refusal":
            return self.last.status == 403
        return self.last.answer is not None


@dataclass(slots=True)
class _Gathered:
    """A streamed answer so far."""

    content: list[str] = field(default_factory=list)
    names: dict[int, str] = field(default_factory=dict)
    arguments: dict[int, str] = field(default_factory=dict)

    def take(self, delta: Mapping[str, Any]) -> None:
        self.content.append(delta.get("content") or "")
        for call in delta.get("tool_calls") or []:
            function, at = call.get("function") or {}, call["index"]
            self.names[at] = self.names.get(at, "") + (function.get("name") or "")
            self.arguments[at] = self.arguments.get(at, "") + (function.get("arguments") or "")

    def answer(self) -> Answer:
        calls = tuple((self.names[at], self.arguments[at]) for at in sorted(self.names))
        return Answer("".join(self.content), calls)


async def send_all(
    client: httpx.AsyncClient,
    prompts: Iterable[Prompt],
    tokens: Mapping[str, str],
    concurrency: int,
    done: Callable[[Sent], None],
) -> list[Sent]:
    """Sends each prompt with its team's token, in order, at most `concurrency` at a time."""
    waiting = iter(list(prompts))
    sent: list[Sent] = []

    async def worker() -> None:
        for prompt in waiting:
            result = await _send(client, prompt, tokens[prompt.metadata["team"]])
            sent.append(result)
            done(result)

    async with asyncio.TaskGroup() as workers:
        for _ in range(concurrency):
            workers.create_task(worker())
    return sent


async def _send(client: httpx.AsyncClient, prompt: Prompt, token: str) -> Sent:
    tries: list[Try] = []
    while not tries or (tries[-1].may_retry and len(tries) < _TRIES):
        if tries:
            await asyncio.sleep(_PAUSE_S * len(tries))
        tries.append(await ask(client, prompt, token))
    answer = tries[-1].answer
    passed = await asyncio.to_thread(passes, prompt, answer) if answer is not None else None
    return Sent(prompt, tuple(tries), passed)


async def ask(client: httpx.AsyncClient, prompt: Prompt, token: str) -> Try:
    """One request to the gateway."""
    headers = {"authorization": f"Bearer {token}"}
    request_id = status = tier = None
    try:
        async with client.stream(
            "POST", "/v1/chat/completions", json=prompt.request(), headers=headers
        ) as reply:
            request_id, status = reply.headers.get(telemetry.OUT_REQUEST_ID), reply.status_code
            tier = reply.headers.get(telemetry.OUT_TIER)
            if status != 200:
                return _refused(reply, await reply.aread())
            if prompt.stream:
                answer, error = await _read_stream(reply)
            else:
                answer, error = _read_whole(await reply.aread()), None
    except (httpx.TransportError, ValueError, KeyError, IndexError) as failure:
        error = f"{type(failure).__name__}: {failure}"
        return Try(request_id, status, tier, None, error, may_retry=True)
    return Try(request_id, status, tier, answer, error, may_retry=answer is None)


def _refused(reply: httpx.Response, body: bytes) -> Try:
    try:
        error = json.loads(body)["error"]
        text = f"{error['code']}: {error['message']}"
    except (ValueError, KeyError, TypeError):
        text = body[:200].decode("utf-8", "replace")
    verdict = reply.headers.get(telemetry.OUT_SHOULD_RETRY)
    again = verdict == "true" or (verdict is None and reply.status_code in _RETRYABLE)
    named = reply.headers.get(telemetry.OUT_REQUEST_ID)
    return Try(named, reply.status_code, reply.headers.get(telemetry.OUT_TIER), None, text, may_retry=again)


def _read_whole(body: bytes) -> Answer:
    message = json.loads(body)["choices"][0]["message"]
    calls = message.get("tool_calls") or []
    return Answer(
        message.get("content"), tuple((c["function"]["name"], c["function"]["arguments"]) for c in calls)
    )


async def _read_stream(reply: httpx.Response) -> tuple[Answer | None, str | None]:
    """The joined answer; None and a reason when the stream ended without `[DONE]`."""
    gathered = _Gathered()
    async for data in _events(reply):
        if data == "[DONE]":
            return gathered.answer(), None
        event = json.loads(data)
        if "error" in event:
            return None, str(event["error"].get("message"))
        for choice in event["choices"]:
            gathered.take(choice["delta"])
    return None, "the stream ended early"


async def _events(reply: httpx.Response) -> AsyncIterator[str]:
    async for line in reply.aiter_lines():
        if line.startswith("data:"):
            yield line.removeprefix("data:").strip()
