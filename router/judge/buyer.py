"""Buys one call for a judgement: admitted as a candidate is, paid from its budget, booked as overhead.

Its money is set aside at the most it can cost before anything is sent, in its rule's budget and in those that
count the caller's spend; what it cost comes back to them when it is known. Knows nothing of what a judge is
asked."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

import orjson
from sqlalchemy.exc import SQLAlchemyError

from router.budgets.purse import Purses
from router.clock import Clock, utc
from router.dispatch.job import Answer, Job
from router.dispatch.loop import Dispatcher
from router.domain.budget_bound import Demand
from router.domain.decision import Candidate, Decision
from router.domain.facts import Facts, Pin
from router.domain.kinds import Objective
from router.domain.match import Match
from router.domain.money import PicoUSD
from router.domain.policy import Rule
from router.errors import TiergateError
from router.judge.book import CallBook, Order
from router.meter.bill import Bill
from router.policy.decide import decide, unchecked
from router.record.journal import Journal
from router.record.judge_budget import JudgeBudget
from router.record.write import brief

log = logging.getLogger(__name__)
JUDGE, BASELINE = "judge", "baseline"
"""What a call is for."""
_TEMPLATE = 64
"""Tokens that an upstream's chat template may add to a message."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A call that may be made, and the most it can cost."""

    purpose: str
    candidate: Candidate
    payload: dict[str, Any]
    most_input: int
    most: PicoUSD


class Buyer:
    """Its database work runs in a thread of its own."""

    def __init__(
        self, dispatcher: Dispatcher, journal: Journal, budget: JudgeBudget, clock: Clock, purses: Purses
    ) -> None:
        self._dispatcher = dispatcher
        self._journal = journal
        self._budget = budget
        self._clock = clock
        self._purses = purses
        self._thread = ThreadPoolExecutor(1, "judge-budget")

    def offer(
        self, order: Order, purpose: str, model: str, payload: dict[str, Any], most_output: int
    ) -> Offer | None:
        """A call of `model` with `payload`; None where nothing of it may see this request, or is healthy."""
        payload = {**payload, "model": model, "max_tokens": most_output}
        most_input = len(orjson.dumps(payload)) + _TEMPLATE * len(payload["messages"])
        facts = replace(
            order.facts,
            pin=Pin("model", model=model),
            capabilities=order.facts.capabilities if purpose == BASELINE else frozenset(),
            min_tier=None,
            quality=None,
            greedy=False,
            classifier_failed=False,
            input_tokens=most_input // 3,
            max_output_tokens=most_output,
            previous=None,
            tool_loop=False,
            now=utc(self._clock.wall_us()),
        )
        decision = self._decide(order, facts)
        healthy = [candidate for candidate in decision.candidates if candidate.healthy]
        if not healthy:
            return None
        # A token is at least one byte of the text, so this bounds what any tokenizer makes of it.
        rates = healthy[0].price.expected(most_input, facts.now)
        *inward, outward = rates.directions()
        most = most_input * max(inward) + most_output * outward
        return Offer(purpose, healthy[0], payload, most_input, PicoUSD(most))

    async def reserve(self, order: Order, offers: Sequence[Offer], now: datetime) -> bool:
        """Sets the money of all of them aside, or none: whether there is enough. Raises SQLAlchemyError."""
        most = PicoUSD(sum(offer.most for offer in offers))
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self._thread, self._budget.reserve, order.rule.name, order.judge, now, most
        )

    async def call(self, order: Order, number: int, offer: Offer, reserved: datetime) -> str | None:
        """The text of the answer to a call whose money was set aside; None: there is none, or half of one."""
        bill = Bill(order.request_id, self._clock)
        bill.quotes = order.keeps_texts
        decision = Decision(_rule(order), (offer.candidate,), (), None)
        purse = self._purses.purse(
            order.facts.caller, order.facts.workload, self._clock.wall_us(), partial(_demand, offer)
        )
        cleared = order.bundle.policy.clearance(order.facts.data_class, order.rule)
        job = Job(offer.payload, decision, False, offer.most_input // 4, None, {}, cleared, purse=purse)
        book = CallBook(self._journal, order, number, offer.purpose)
        try:
            answer = await self._dispatcher.run(job, bill, book, None)
        except TiergateError as error:
            log.info("judging %s: no answer: %s", order.request_id, error.code)
            return None
        finally:  # a gateway that is stopping books and settles all the same
            self._end(order, offer, reserved, bill, book)
        return _text(answer)

    def give_back(self, order: Order, offer: Offer, reserved: datetime) -> None:
        """The money of a call that will not be made."""
        self._settle(order, offer, reserved, PicoUSD(0))

    def close(self) -> None:
        """After what is queued: settled budgets."""
        self._thread.shutdown()

    def _end(self, order: Order, offer: Offer, reserved: datetime, bill: Bill, book: CallBook) -> None:
        if not bill.attempts:
            self.give_back(order, offer, reserved)
            return
        [attempt] = bill.attempts
        self._journal.end_judge_call(book.ended(attempt))
        if attempt.cost_pico is not None:  # unknown: it may have cost all that was set aside
            self._settle(order, offer, reserved, PicoUSD(attempt.cost_pico))

    def _settle(self, order: Order, offer: Offer, reserved: datetime, spent: PicoUSD) -> None:
        self._thread.submit(self._settled, order, offer, reserved, spent)

    def _settled(self, order: Order, offer: Offer, reserved: datetime, spent: PicoUSD) -> None:
        try:
            self._budget.settle(order.rule.name, order.judge, reserved, offer.most, spent)
        except SQLAlchemyError as error:
            log.warning("the judge's budget of rule %s keeps %d pico-USD too many: %s",
                        order.rule.name, offer.most - spent, brief(error))  # fmt: skip

    def _decide(self, order: Order, facts: Facts) -> Decision:
        policy = replace(order.bundle.policy, rules=(_rule(order),))
        gates, bundle = self._dispatcher.gates, order.bundle
        return decide(
            facts, policy, bundle.catalog, bundle.prices, gates.unhealthy(), unchecked, loads=gates.loads()
        )


def _demand(offer: Offer) -> Demand:
    return Demand(offer.most_input, offer.payload["max_tokens"], 1, ("max_tokens",))


def _rule(order: Order) -> Rule:
    """What the request's own rule requires of an endpoint, and one attempt."""
    own = order.rule
    return Rule(
        own.name,
        Match(),
        own.line,
        objective=Objective.CHEAPEST,
        residency=own.residency,
        licence=own.licence,
        max_attempts=1,
    )


def _text(answer: Answer) -> str | None:
    """Of a whole answer that came to its end; what was cut off says nothing sure."""
    if answer.status != 200:
        return None
    choice = orjson.loads(answer.body)["choices"][0]
    text = choice["message"].get("content")
    return text if isinstance(text, str) and text and choice.get("finish_reason") != "length" else None
