"""A settled ticket -> the client's bytes: whole answers, streams, errors, and what each of them tells."""

from __future__ import annotations

import asyncio

from router import telemetry
from router.clock import Clock
from router.dispatch.job import Answer
from router.domain.decision import Candidate
from router.errors import error_body, render
from router.ingress.call import ClientCall
from router.reply_headers import (
    base_headers,
    candidate_headers,
    closing,
    closing_comment,
    decision_headers,
)
from router.ticket import Ticket

_DONE = b"data: [DONE]\n\n"
_BEAT = b": tiergate is checking the answer\n\n"
_JSON = ("content-type", "application/json")
_STREAM = [
    ("content-type", "text/event-stream; charset=utf-8"),
    ("cache-control", "no-cache"),
    ("x-accel-buffering", "no"),
]


class Heartbeat:
    """While it is entered, the client of a held stream hears something every so often.

    The first beat sends the head, with what is known by then; an answer or an error that comes sooner still
    has its own status and headers.
    """

    def __init__(self, call: ClientCall, ticket: Ticket, seconds: float) -> None:
        self._call = call
        self._ticket = ticket
        self._seconds = seconds

    async def __aenter__(self) -> None:
        self._task = asyncio.create_task(self._beat())

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.wait((self._task,))

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self._seconds)
            if not self._call.started:
                await self._call.begin(200, [*_STREAM, *decision_headers(self._ticket)])
            await self._call.send(_BEAT)


class Relay:
    """The caller's end of a stream, as the attempt loop sees it."""

    def __init__(self, call: ClientCall, ticket: Ticket, clock: Clock) -> None:
        self._call = call
        self._ticket = ticket
        self._clock = clock
        self.send = call.send

    async def begin(self, candidate: Candidate, notes: list[str]) -> None:
        """Sends the head with all that is known by now; cost and attempts follow in the last comment."""
        ticket = self._ticket
        ticket.ttft_us = (self._clock.monotonic_ns() - ticket.started_ns) // 1000
        attempts = (telemetry.OUT_ATTEMPTS, str(len(ticket.bill.attempts) + 1))
        headers = [*_STREAM, *decision_headers(ticket), *candidate_headers(candidate, notes), attempts]
        await self._call.begin(200, headers)


async def respond(call: ClientCall, ticket: Ticket, overhead_us: int) -> None:
    """Sends what is left to send."""
    if ticket.held and ticket.answer is not None and (call.started or ticket.answer.status == 200):
        await _replay(call, ticket, ticket.answer, overhead_us)
    elif call.started:
        await call.finish(_end_of_stream(ticket, overhead_us))
    elif ticket.error is not None:
        status, body, extra = render(ticket.error)
        headers = [_JSON, *_known(ticket), *extra.items()]
        if ticket.bill.attempts:
            headers += closing(ticket, overhead_us)
        await call.reply(status, headers, body)
    elif ticket.answer is not None:
        answer = ticket.answer
        told = [*decision_headers(ticket), *candidate_headers(answer.candidate, answer.notes)]
        if answer.status != 200:  # its upstream refuses the request itself: again it would be the same
            told.append((telemetry.OUT_SHOULD_RETRY, "false"))
        await call.reply(answer.status, [_JSON, *told, *closing(ticket, overhead_us)], answer.body)


async def _replay(call: ClientCall, ticket: Ticket, answer: Answer, overhead_us: int) -> None:
    """A held stream, all at once; or, after a sign of life, its upstream's complaint of the request."""
    if not call.started:
        told = [*decision_headers(ticket), *candidate_headers(answer.candidate, answer.notes)]
        await call.begin(200, [*_STREAM, *told, *closing(ticket, overhead_us)])
    if answer.status == 200:
        await call.finish(answer.body + _end_of_stream(ticket, overhead_us))
    else:
        await call.finish(_comment(ticket, overhead_us) + b"data: " + answer.body + b"\n\n")


def _known(ticket: Ticket) -> list[tuple[str, str]]:
    if ticket.decision is None:
        return base_headers(ticket.id, ticket.client_request_id)
    return decision_headers(ticket)


def _end_of_stream(ticket: Ticket, overhead_us: int) -> bytes:
    """The closing comment, then `[DONE]`; or, for a stream that broke off, an error event and no `[DONE]`:
    that is how the official clients notice."""
    comment = _comment(ticket, overhead_us)
    if ticket.held and ticket.error is not None:
        return comment + b"data: " + render(ticket.error)[1] + b"\n\n"
    broken = ticket.answer.broken if ticket.answer is not None else "the gateway failed"
    if broken is None:
        return comment + _DONE
    body = error_body(f"The answer broke off: {broken}", "upstream_error", "upstream_broke_off", None)
    return comment + b"data: " + body + b"\n\n"


def _comment(ticket: Ticket, overhead_us: int) -> bytes:
    """What the headers could not say yet: of a held stream, who answered too."""
    told = closing(ticket, overhead_us)
    if ticket.held and ticket.answer is not None:
        told = candidate_headers(ticket.answer.candidate, ticket.answer.notes) + told
    return closing_comment(told)
