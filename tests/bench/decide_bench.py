"""classify + decide alone: the time from a parsed request to ordered candidates, without any server.

Run as `python -m tests.bench.decide_bench POLICY_DIR`; prints one JSON object with p50_us and p99_us over
distinct bodies: a classifier that remembers what it saw would otherwise be measured once.
"""

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from router.classify.learned import LearnedClassifier
from router.classify.query_model import load
from router.domain.caller import Caller
from router.ingress.openai import parse_chat
from router.policy.decide import decide
from router.policy.documents import load_documents
from router.policy.facts import gather_facts
from tests.bench import prompts
from tests.bench.load import percentile

REQUESTS, WARM_UP = 6_000, 1_000
CALLER = Caller("bench", "bench", "bench", "bench")


def main(policy_dir: Path) -> None:
    bundle = load_documents(policy_dir, {}, datetime.now(UTC))
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
        decision = decide(facts, bundle.policy, bundle.catalog, bundle.prices)
        taken.append((time.perf_counter_ns() - begin) / 1e3)
        if not decision.candidates:
            raise SystemExit("the policy leaves no candidate for the bench's request")
    measured = taken[WARM_UP:]
    print(json.dumps({"p50_us": percentile(measured, 0.5), "p99_us": percentile(measured, 0.99)}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
