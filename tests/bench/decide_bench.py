"""classify + decide alone: the time from a parsed request to ordered candidates, without any server.

Run as `python -m tests.bench.decide_bench POLICY_DIR`; prints one JSON object with p50_us and p99_us over
distinct bodies: a classifier that remembers what it saw would otherwise be measured once. `chained` is the
same with every rule checking before the reply, by a check that the decision may count on for every model.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from router.classify.learned import LearnedClassifier
from router.classify.query_model import load
from router.domain.acceptance import Acceptance
from router.domain.caller import Caller
from router.domain.catalog import Catalog
from router.domain.kinds import Task, VerifierName, VerifyMode
from router.ingress.openai import parse_chat
from router.policy.decide import Applying, decide, unchecked
from router.policy.documents import Bundle, load_documents
from router.policy.facts import gather_facts
from tests.bench import prompts
from tests.bench.load import percentile

REQUESTS, WARM_UP = 6_000, 1_000
CALLER = Caller("bench", "bench", "bench", "bench")


def main(policy_dir: Path) -> None:
    bundle = load_documents(policy_dir, {}, datetime.now(UTC))
    plain = measured(bundle, unchecked)
    chained = measured(checked(bundle), lambda _: frozenset({VerifierName.CODE}))
    print(json.dumps({**plain, "chained": chained}))


def measured(bundle: Bundle, applying: Applying) -> dict[str, float]:
    """p50 and p99 of one policy, in microseconds."""
    classifier = LearnedClassifier(load())
    taken: list[float] = []
    for number in range(WARM_UP + REQUESTS):
        request = parse_chat(prompts.numbered(prompts.body("auto", stream=False), number).encode(), {})
        now = datetime.now(UTC)
        begin = time.perf_counter_ns()
        signals = classifier.classify(request.conversation)
        facts = gather_facts(
            CALLER,
            request.pin,
            request.hints,
            request.conversation,
            request.capabilities,
            request.greedy,
            signals,
            bundle.policy.default_data_class,
            now,
        )
        decision = decide(facts, bundle.policy, bundle.catalog, bundle.prices, applying=applying)
        taken.append((time.perf_counter_ns() - begin) / 1e3)
        if not decision.candidates:
            raise SystemExit("the policy leaves no candidate for the bench's request")
    kept = taken[WARM_UP:]
    return {"p50_us": percentile(kept, 0.5), "p99_us": percentile(kept, 0.99)}


def checked(bundle: Bundle) -> Bundle:
    """The same documents, every rule checking before the reply, every model's answers often checked."""
    seen = {(task, VerifierName.CODE): Acceptance(90, 9, 1) for task in Task}
    models = {name: replace(model, acceptance=seen) for name, model in bundle.catalog.models.items()}
    rules = tuple(replace(rule, verify=VerifyMode.BEFORE_REPLY) for rule in bundle.policy.rules)
    policy = replace(bundle.policy, rules=rules)
    return replace(bundle, catalog=Catalog(models), policy=policy)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
