"""One attempt's conversation with its upstream, and how it ended, whatever happens in between."""

from __future__ import annotations

from typing import Any

import orjson

from router.clock import Clock
from router.dispatch.aggregate import Aggregator
from router.dispatch.events import LOOP_ENDED, EventReader, finish_text
from router.dispatch.job import Answer, Job, Relay
from router.dispatch.port import (
    ConnectFailed,
    NotCleared,
    QueueFull,
    TimedOut,
    Upstream,
    UpstreamCall,
    UpstreamFailure,
    UpstreamReply,
)
from router.dispatch.reading import StreamRun, read_completion
from router.dispatch.refusal import CallerFault, Miss, read_refusal
from router.dispatch.shape import shape_payload
from router.domain.kinds import AttemptStatus
from router.domain.usage import Usage
from router.meter.bill import Ending, RunningAttempt
from router.meter.usage import estimated_usage, partial_usage, reported_usage

_KEY = b"[key]"
_NOT_ENDED = Ending(AttemptStatus.ERROR)


class Exchange:
    """`ending` is valid once `run`, `failed` or `cancelled` has returned."""

    def __init__(self, job: Job, attempt: RunningAttempt, relay: Relay | None, clock: Clock) -> None:
        self.ending = _NOT_ENDED
        self._job = job
        self._attempt = attempt
        self._relay = relay
        self._clock = clock
        self._reader: EventReader | None = None
        self._stream: StreamRun | None = None
        self._reply: UpstreamReply | None = None
        self._notes: list[str] = []

    async def run(self, upstream: Upstream) -> Answer | Miss:
        """Raises UpstreamFailure: then ask `failed` what it means."""
        candidate = self._attempt.candidate
        profile = candidate.model.profile
        # A loop can only be ended while it is being written: guarded models are always read as a stream.
        guarded = profile is not None and profile.repetition_guard is not None
        streamed = self._relay is not None or guarded or self._job.held
        payload, self._notes = shape_payload(self._job.payload, candidate, streamed)
        call = UpstreamCall(candidate.endpoint, payload, streamed, self._job.headers, self._job.clearance)
        self._reply = reply = await upstream.call(call)
        if reply.status != 200:
            return self._refused(reply, await reply.read())
        if streamed:
            return await self._read_stream(reply)
        completion, body = read_completion(await reply.read(), profile)
        usage = reported_usage(completion.get("usage"), completion.get("service_tier"))
        finish = finish_text(completion["choices"][0].get("finish_reason"))
        self.ending = Ending(AttemptStatus.OK, 200, None, finish, usage)
        return self._answer(body, completion)

    def failed(self, failure: UpstreamFailure) -> Answer | Miss:
        """No usable answer; or, after the first byte went out, one that broke off."""
        if isinstance(failure, QueueFull | NotCleared):
            self.ending = self._unfinished(AttemptStatus.ERROR, failure.message, reached=False)
            return Miss(failure.message, endpoint_fault=False, busy=isinstance(failure, QueueFull))
        timeout = isinstance(failure, TimedOut)
        status = AttemptStatus.TIMEOUT if timeout else AttemptStatus.ERROR
        self.ending = self._unfinished(status, failure.message, failure.reached)
        if self._relay is not None and self._stream is not None and self._stream.begun:
            return Answer(self._attempt.candidate, 200, b"", self._notes, broken=failure.message)
        # The ledger has where and why; an app need not learn the addresses of this house.
        told = "it cannot be reached" if isinstance(failure, ConnectFailed) else failure.message
        return Miss(told, again=not timeout, timeout=timeout)

    def cancelled(self) -> Ending:
        """The caller went away, or the gateway is stopping."""
        return self._unfinished(AttemptStatus.CANCELLED, "cancelled before the end", reached=True)

    async def close(self) -> None:
        """Ends the upstream's work if it is unfinished."""
        if self._reply is not None:
            await self._reply.close()

    async def _read_stream(self, reply: UpstreamReply) -> Answer:
        self._reader = reader = EventReader(self._attempt.candidate.model.profile)
        relay, wanted = self._relay, self._job.check is not None or self._job.keep
        aggregator = Aggregator() if relay is None or wanted else None
        self._stream = StreamRun(reader, relay, aggregator, self._job.include_usage, keep=self._job.held)
        await self._stream.run(reply, self._begin)
        error = LOOP_ENDED if reader.ended_by else None
        usage = self._usage(reader)
        self.ending = Ending(AttemptStatus.OK, 200, error, reader.finish_reason, usage)
        if reader.ended_by:
            self._notes.append("answer ended: it was repeating itself")
        if aggregator is None:
            return Answer(self._attempt.candidate, 200, b"", self._notes)
        completion = aggregator.completion()
        if reader.usage is None:
            completion["usage"] = _usage_report(usage)
        if self._job.held:
            return self._answer(self._stream.kept(), completion)
        return self._answer(b"" if relay else orjson.dumps(completion), completion)

    async def _begin(self) -> None:
        elapsed = self._clock.monotonic_ns() - self._attempt.started_ns
        self._attempt.ttft_us = elapsed // 1000
        if self._relay is not None:
            await self._relay.begin(self._attempt.candidate, self._notes)

    def _answer(self, body: bytes, completion: dict[str, Any]) -> Answer:
        answer = Answer(self._attempt.candidate, 200, body, self._notes)
        if self._job.check is not None:
            answer.finding, answer.completion = self._job.check(completion), completion
        elif self._job.keep:
            answer.completion = completion
        return answer

    def _refused(self, reply: UpstreamReply, body: bytes) -> Answer | Miss:
        key = self._attempt.candidate.endpoint.api_key
        if key:  # providers repeat a key that they refuse; the caller and the ledger must not see it
            body = body.replace(key.encode(), _KEY)
        result = read_refusal(reply.status, reply.headers, body)
        if isinstance(result, CallerFault):
            self.ending = Ending(AttemptStatus.ERROR, reply.status, "the request was refused", billable=False)
            return Answer(self._attempt.candidate, result.status, result.body, self._notes)
        self.ending = Ending(AttemptStatus.ERROR, reply.status, result.reason, billable=False)
        return result

    def _unfinished(self, status: AttemptStatus, error: str, reached: bool) -> Ending:
        usage = finish = None
        if self._reader is not None and self._reader.characters:
            usage, finish = self._usage(self._reader), self._reader.finish_reason
        http_status = self._reply.status if self._reply is not None else None
        return Ending(status, http_status, error, finish, usage, billable=reached)

    def _usage(self, reader: EventReader) -> Usage:
        if reader.usage is None:
            return estimated_usage(self._job.input_tokens, reader.characters)
        if reader.ended_by or not (reader.complete or reader.finish_reason):
            return partial_usage(reader.usage, reader.characters)
        return reader.usage


def _usage_report(usage: Usage) -> dict[str, int]:
    return {
        "prompt_tokens": usage.input,
        "completion_tokens": usage.output,
        "total_tokens": usage.total,
    }
