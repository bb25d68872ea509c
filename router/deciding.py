"""From a parsed request to a decision on its ticket: read, choose, and keep the trace of both.

Three steps, so that the pipeline can take requests that came together through each of them in a row. Must not
call a model.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import partial

import orjson

from router.budgets.purse import Purses
from router.classify.port import Classifier
from router.decision_trace import trace_of
from router.demand import demand_of
from router.detect.detectors import Detectors
from router.dispatch.gates import Gates
from router.domain.facts import Signals
from router.domain.kinds import VerifierName, VerifyMode
from router.domain.policy import Rule
from router.errors import NoCandidate, UnknownModel
from router.faults import told
from router.memory import Memory, names_of
from router.policy.decide import NOTHING, decide
from router.policy.facts import gather_facts
from router.policy.holdout import hold_out
from router.policy.shadow import shadow_decisions
from router.ticket import Ticket
from router.verify.inspection import Checker, Inspection, sampled
from router.verify.subject import subject_of

log = logging.getLogger(__name__)


class Deciding:
    """Puts facts, decision and trace on a ticket. `gates` are only asked who is well and how busy."""

    def __init__(
        self,
        classifier: Classifier,
        gates: Gates,
        checker: Checker,
        memory: Memory,
        purses: Purses,
        detectors: Detectors,
    ) -> None:
        self._classifier = classifier
        self._gates = gates
        self._checker = checker
        self._memory = memory
        self._purses = purses
        self._detectors = detectors
        self.steps = (self._read, self._choose, self.keep_trace, self._stay)

    async def detect(self, ticket: Ticket) -> None:
        """What detectors find, before anything is decided; of policies that look for nothing, nothing."""
        request, policy = ticket.request, ticket.bundle.policy
        assert request is not None
        if policy.sought:
            known = request.hints.data_class or policy.default_data_class
            ticket.detected = await self._detectors.look(request.payload, policy.sought, known)

    def decide(self, ticket: Ticket) -> None:
        """All steps at once. Raises UnknownModel, NoCandidate."""
        for step in self.steps:
            step(ticket)

    def inspection(self, ticket: Ticket, rule: Rule) -> Inspection | None:
        """The checks of the request under its rule, made once; None: the rule wants none of this one."""
        request, subject = ticket.request, ticket.subject
        assert request is not None and subject is not None
        wanted = rule.verify is not VerifyMode.NONE and sampled(ticket.id, rule.checks.share)
        if wanted and ticket.inspection is None:
            # What is not held back is checked when it has gone out: streams, unless the rule says so.
            early = rule.checks_before(stream=request.stream)
            ticket.inspection = self._checker.inspection(subject, rule.checks, early=early)
        return ticket.inspection

    def _read(self, ticket: Ticket) -> None:
        """What is known of the request. Raises UnknownModel."""
        request, bundle, caller = ticket.request, ticket.bundle, ticket.caller
        assert request is not None and caller is not None
        if request.pin.model is not None and request.pin.model not in bundle.catalog.models:
            message = f"The model '{request.pin.model}' does not exist; see GET /v1/models."
            raise UnknownModel(message, param="model")
        ticket.subject = subject_of(request.payload, request.conversation, request.declared)
        ticket.signals = self._classify(ticket)
        if request.hints.tags:
            ticket.tags = orjson.dumps(request.hints.tags).decode()
        ticket.names = names = names_of(caller, request.conversation)
        ticket.facts = gather_facts(
            caller,
            request.pin,
            request.hints,
            request.conversation,
            request.capabilities,
            request.greedy,
            ticket.signals,
            bundle.policy.default_data_class,
            ticket.now,
            self._memory.recall(names, ticket.now),
            names.unit if bundle.policy.by_conversation or bundle.catalog.shared else None,
            None if ticket.detected is None else ticket.detected.data_class,
        )

    def _choose(self, ticket: Ticket) -> None:
        bundle = ticket.bundle
        ticket.unhealthy = unhealthy = self._gates.unhealthy()
        ticket.loads = loads = self._gates.loads(bundle.catalog.shared, timed=bundle.policy.timed)
        assert ticket.facts is not None
        unaffordable = self._unaffordable(ticket)
        decision = decide(
            ticket.facts,
            bundle.policy,
            bundle.catalog,
            bundle.prices,
            unhealthy,
            lambda rule: self._checked_before_reply(ticket, rule),
            unaffordable,
            loads,
        )
        if ticket.purse is not None and unaffordable:
            decision = ticket.purse.closed(decision)
        ticket.decision, ticket.holdout = hold_out(decision, ticket.facts, bundle.policy, ticket.id)
        if bundle.policy.shadows:
            ticket.shadows = shadow_decisions(
                ticket.facts,
                decision.rule,
                bundle.policy,
                bundle.catalog,
                bundle.prices,
                unhealthy,
                unaffordable,
                loads,
            )

    def _unaffordable(self, ticket: Ticket) -> Mapping[str, str]:
        """Puts the request's purse on its ticket, where budgets count it; the endpoints they have no room
        for."""
        if self._purses.idle:
            return NOTHING
        caller, facts, request, bundle = ticket.caller, ticket.facts, ticket.request, ticket.bundle
        assert caller is not None and facts is not None and request is not None
        demand = partial(demand_of, request)
        ticket.purse = purse = self._purses.purse(caller, facts.workload, ticket.started_us, demand)
        if purse is None:
            return NOTHING
        return purse.unaffordable(bundle.catalog, bundle.prices, facts.now, bundle.dearest)

    def _stay(self, ticket: Ticket) -> None:
        """Raises NoCandidate for content that must stay somewhere and would make its upstream reach out."""
        request, facts, decision = ticket.request, ticket.facts, ticket.decision
        assert request is not None and facts is not None and decision is not None
        if request.reaches is None or not decision.candidates:
            return
        cleared = ticket.bundle.policy.clearance(facts.data_class, decision.rule)
        if cleared.places is not None:
            message = (
                f"{facts.data_class} data must stay in {cleared.told()}, and '{request.reaches}' would make "
                "the model's server reach out: send content as data: URLs; searches and tools are the app's."
            )
            raise NoCandidate(message, param=request.reaches, code="would_reach_out")

    def keep_trace(self, ticket: Ticket) -> None:
        """The decision and what it was made on, as the row keeps it."""
        ticket.trace = orjson.dumps(trace_of(ticket)).decode()

    def _classify(self, ticket: Ticket) -> Signals | None:
        assert ticket.request is not None
        try:
            return self._classifier.classify(ticket.request.conversation)
        except Exception as error:  # noqa: BLE001 - a classifier's defect is no reason to lose a request
            log.error("request %s could not be classified: %s", ticket.id, told(error))
            return None

    def _checked_before_reply(self, ticket: Ticket, rule: Rule) -> frozenset[VerifierName] | None:
        """The checks that `rule` makes of this request's answers before they go out; None: none."""
        inspection = self.inspection(ticket, rule)
        if inspection is not None and inspection.early:
            ticket.checks = inspection.applying()
        return ticket.checks
