"""Judges answers that went out, and books what the judge makes of them.

Off the request path: tasks of their own, few at once; when too many wait, an answer goes unjudged. A judge
is an upstream like any other (`buyer.py`). Its opinion is a row of its own, never a verdict, and its cost is
overhead, never the request's.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from router.clock import Clock, utc
from router.domain.judgement import CompareWith, JudgeMode, JudgeOutcome, Opinion, of_grade, of_pair
from router.domain.opinions import JudgementRecord
from router.judge.book import Order
from router.judge.buyer import BASELINE, JUDGE, Buyer
from router.judge.case import Case, case_of
from router.judge.question import Messages, pair, single, without_names
from router.judge.reply import grade, preference, reason
from router.observe import Observer
from router.record.journal import Journal
from router.record.write import brief
from router.ticket import Ticket

log = logging.getLogger(__name__)
_MOST_WAITING = 64
_AT_ONCE = 2
"""Judges use the endpoints that requests use: not many places of them."""
_REASON_SHOWN = 300


class NotJudged(Exception):
    """Nothing comes of it; the message is the reason, in a word."""


@dataclass(slots=True)
class _Bought:
    """The calls of one judgement so far."""

    calls: int = 0
    simulated: bool = False


class Judging:
    """Owns the judgements on their way."""

    def __init__(self, buyer: Buyer, journal: Journal, observer: Observer, clock: Clock) -> None:
        self._buyer = buyer
        self._journal = journal
        self._observer = observer
        self._clock = clock
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._running: set[asyncio.Task[None]] = set()

    def later(self, ticket: Ticket) -> None:
        """Starts judging the answer that went out, if its rule wants this one judged."""
        if not ticket.judged or ticket.served_by() is None:
            return
        case = case_of(ticket)
        if case is None:
            self._observer.unjudged("no_text")
        elif len(self._running) >= _MOST_WAITING:
            self._observer.unjudged("busy")
        else:
            task = asyncio.create_task(self._judge(case))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def close(self, seconds: float) -> None:
        """Waits for what is being judged, then ends it; before the upstreams are closed."""
        if self._running:
            _, waiting = await asyncio.wait(self._running, timeout=seconds)
            for task in waiting:
                task.cancel()
            if waiting:
                log.warning("%d answers stay unjudged", len(waiting))
                await asyncio.wait(waiting)
        with suppress(TimeoutError):  # a database that is away must not keep the gateway from ending
            async with asyncio.timeout(seconds):
                await asyncio.to_thread(self._buyer.close)

    async def _judge(self, case: Case) -> None:
        async with self._places:
            try:
                await self._of(case)
            except NotJudged as reason:
                self._observer.unjudged(str(reason))
            except SQLAlchemyError as error:
                log.warning("request %s stays unjudged: %s", case.order.request_id, brief(error))
                self._observer.unjudged("ledger_away")

    async def _of(self, case: Case) -> None:
        """Raises NotJudged, SQLAlchemyError."""
        bought, other = _Bought(), case.other
        if case.compared is CompareWith.BASELINE:
            assert case.other_model is not None
            wanted = (BASELINE, case.other_model, case.payload, case.most_output)
            [text] = await self._buy(case.order, bought, [wanted])
            if text is None:
                self._record(case, bought, None, Opinion(JudgeOutcome.NO_ANSWER), None)
                return
            other = without_names(text, case.names)
        messages = _questions(case, other)
        judge = case.order.judge
        replies = await self._buy(
            case.order,
            bought,
            [(JUDGE, judge.model, {"messages": one}, judge.max_output_tokens) for one in messages],
        )
        self._record(case, bought, other, _opinion(replies), replies[0])

    async def _buy(
        self, order: Order, bought: _Bought, wanted: Sequence[tuple[str, str, dict[str, Any], int]]
    ) -> list[str | None]:
        """The texts of these calls, all paid for before the first is made; None: no answer, and no further
        call after one."""
        offers = [self._buyer.offer(order, *one) for one in wanted]
        able = [offer for offer in offers if offer is not None]
        if len(able) < len(offers):
            raise NotJudged("not_allowed")
        reserved = utc(self._clock.wall_us())
        if not await self._buyer.reserve(order, able, reserved):
            raise NotJudged("budget")
        texts: list[str | None] = []
        try:
            while len(texts) < len(able) and None not in texts:
                offer = able[len(texts)]
                texts.append(None)
                bought.calls += 1
                bought.simulated |= offer.candidate.endpoint.simulated
                texts[-1] = await self._buyer.call(order, bought.calls, offer, reserved)
        finally:
            for offer in able[len(texts) :]:
                self._buyer.give_back(order, offer, reserved)
        return texts + [None] * (len(able) - len(texts))

    def _record(
        self, case: Case, bought: _Bought, other: str | None, opinion: Opinion, reply: str | None
    ) -> None:
        order = case.order
        told = reason(reply) if reply is not None and case.keep_reason else None
        record = JudgementRecord(
            order.request_id,
            order.n,
            order.judge.model,
            bought.simulated,
            order.rule.name,
            case.judged_model,
            str(JudgeMode.POINTWISE if case.compared is None else JudgeMode.PAIRWISE),
            None if case.compared is None else str(case.compared),
            case.other_model,
            str(opinion.outcome),
            None if opinion.first is None else str(opinion.first),
            None if opinion.second is None else str(opinion.second),
            opinion.score,
            len(case.answer),
            None if other is None else len(other),
            None if told is None else told[:_REASON_SHOWN],
            self._clock.wall_us(),
        )
        self._journal.judgement(record)
        self._observer.judged(record)


def _questions(case: Case, other: str | None) -> list[Messages]:
    key, asked, rubric = case.order.request_id, case.asked, case.order.judge.rubric
    if other is None:
        return [single(key, asked, case.answer, rubric)]
    return [pair(key, asked, case.answer, other, rubric), pair(key, asked, other, case.answer, rubric)]


def _opinion(replies: Sequence[str | None]) -> Opinion:
    """Of one reply with a grade, or of two, the answer shown first in the first of them."""
    if None in replies:
        return Opinion(JudgeOutcome.NO_ANSWER)
    texts = [text for text in replies if text is not None]
    if len(texts) == 1:
        return of_grade(grade(texts[0]))
    first, second = texts
    return of_pair(preference(first, answer_first=True), preference(second, answer_first=False))
