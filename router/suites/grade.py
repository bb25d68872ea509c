"""An answer checked by the gateway's own verifiers, with what the question declares.

The scorecard counts the verdict on what was declared alone. The gateway's verdict of the same answer, which
the ledger keeps, also counts structure and signs of trouble; here those only turn an answer that nothing
could be said of into a wrong one (an empty or cut-off answer is not right).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

from router.domain.finding import Finding
from router.domain.kinds import Verdict, VerifierName
from router.domain.policy import Checks
from router.ingress.openai import parse_chat
from router.suites.item import Item
from router.telemetry import DECLARED_FIELD
from router.verify.inspection import Checker
from router.verify.subject import Subject, subject_of

_DECIDING: Final = frozenset(
    {
        VerifierName.REFERENCE,
        VerifierName.CONSTRAINTS,
        VerifierName.MATHEMATICS,
        VerifierName.SQL,
        VerifierName.CODE,
    }
)
_TROUBLE: Final = frozenset({VerifierName.STRUCTURE, VerifierName.SIGNS})
_SECONDS = 60.0


def request(item: Item, model: str) -> dict[str, Any]:
    """The whole request."""
    return {"model": model, **item.body, DECLARED_FIELD: dict(item.declared)}


def subject(item: Item) -> Subject:
    """What the gateway would make of the question. Raises InvalidRequest."""
    chat = parse_chat(orjson.dumps(request(item, "auto")), {})
    return subject_of(chat.payload, chat.conversation, chat.declared)


async def grade(checker: Checker, item: Item, completion: Mapping[str, Any]) -> Finding:
    """The finding on a whole answer; `unverified` where the check could not be run."""
    found = await _checked(checker, item, completion, _DECIDING)
    if found.verdict is not Verdict.UNVERIFIED:
        return found
    trouble = await _checked(checker, item, completion, _TROUBLE)
    return trouble if trouble.verdict is Verdict.FAILED else found


async def _checked(
    checker: Checker, item: Item, completion: Mapping[str, Any], names: frozenset[VerifierName]
) -> Finding:
    inspection = checker.inspection(subject(item), Checks(verifiers=names, time_limit=_SECONDS), early=True)
    return await inspection.check_rest(completion, inspection.check(completion))
