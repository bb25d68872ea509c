"""Reading one upstream's successful reply: whole, folded from a stream, or relayed as a stream."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import orjson

from router.dispatch.aggregate import Aggregator
from router.dispatch.events import Event, EventReader, error_text
from router.dispatch.job import Relay
from router.dispatch.port import BrokenReply, UpstreamReply
from router.dispatch.thinking import separate
from router.domain.catalog import ServingProfile


def read_completion(body: bytes, profile: ServingProfile | None) -> tuple[dict[str, Any], bytes]:
    """A whole chat completion, parsed, and the bytes for the caller. Raises BrokenReply if it is none."""
    try:
        completion = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise BrokenReply("the reply is not JSON") from None
    if not isinstance(completion, dict):
        raise BrokenReply("the reply is not a chat completion")
    if completion.get("error"):
        raise BrokenReply(error_text(completion["error"]))
    choices = completion.get("choices")
    if not isinstance(choices, list) or not choices or not all(map(_is_choice, choices)):
        raise BrokenReply("the reply is not a chat completion")
    changed = False
    thinking = profile.thinking if profile is not None else None
    for choice in choices:
        changed |= separate(choice["message"], thinking, choice.get("finish_reason"))
    return completion, orjson.dumps(completion) if changed else body


def _is_choice(choice: object) -> bool:
    return isinstance(choice, dict) and isinstance(choice.get("message"), dict)


class StreamRun:
    """Reads a stream to its end. With a relay, events go to the caller from the first one of substance on;
    with an aggregator they are folded into one completion. `keep`: they are for the caller, but later."""

    def __init__(
        self,
        reader: EventReader,
        relay: Relay | None,
        aggregator: Aggregator | None,
        include_usage: bool,
        *,
        keep: bool = False,
    ) -> None:
        self.begun = False
        self._reader = reader
        self._relay = relay
        self._aggregator = aggregator
        self._include_usage = include_usage
        self._wanted = keep or relay is not None
        self._waiting: list[bytes] = []

    async def run(self, reply: UpstreamReply, begin: Callable[[], Awaitable[None]]) -> None:
        """Raises UpstreamFailure when the stream breaks, or ends before any choice finished."""
        async for chunk in reply.chunks():
            await self._pass_on(self._reader.feed(chunk), begin)
            if self._reader.complete or self._reader.ended_by:
                break
        else:
            await self._pass_on(self._reader.finish(), begin)
        if not (self._reader.complete or self._reader.finish_reason):
            raise BrokenReply("the stream ended before the answer did")
        if not self.begun:
            raise BrokenReply("the stream carried no answer")

    async def _pass_on(self, events: Iterable[Event], begin: Callable[[], Awaitable[None]]) -> None:
        substance = False
        try:
            for event in events:
                if self._aggregator is not None:
                    self._aggregator.feed(event.data)
                substance |= event.substance
                if self._wanted and (self._include_usage or not event.usage_only):
                    self._waiting.append(event.raw)
        except BrokenReply:
            # Before the caller has heard anything the next candidate can still answer; afterwards what came
            # in the same read as the error is part of the answer, and is billed.
            if self.begun:
                await self._send_waiting()
            raise
        if substance and not self.begun:
            self.begun = True
            await begin()
        if self.begun:
            await self._send_waiting()

    def kept(self) -> bytes:
        """All events for the caller, as they would have been relayed."""
        return b"".join(self._waiting)

    async def _send_waiting(self) -> None:
        if self._relay is not None and self._waiting:
            data, self._waiting = b"".join(self._waiting), []
            await self._relay.send(data)
