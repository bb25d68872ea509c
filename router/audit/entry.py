"""One entry of the audit log, and the bytes of it that are signed. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import orjson

from router.domain.roles import Role

_FORMAT = 1
FIRST = ""
"""The `previous` of the first entry."""


class Action(StrEnum):
    """What was done, as `<thing>.<verb>`."""

    KEY_CREATE = "key.create"
    KEY_CHANGE = "key.change"
    KEY_ROTATE = "key.rotate"
    KEY_REVOKE = "key.revoke"
    CREDENTIAL_CREATE = "credential.create"
    CREDENTIAL_REVOKE = "credential.revoke"
    POLICY_APPLY = "policy.apply"
    POLICY_ROLLBACK = "policy.rollback"
    POLICY_RELOAD = "policy.reload"
    BUDGET_GIVE_UP = "budget.give_up"
    PRICES_IMPORT = "prices.import"
    CORRECTION_BEGIN = "correction.begin"
    CORRECTION_END = "correction.end"
    ABILITIES_PROMOTE = "abilities.promote"
    ABILITIES_PIN = "abilities.pin"
    ABILITIES_UNPIN = "abilities.unpin"
    ABILITIES_ROLLBACK = "abilities.rollback"
    CATALOG_CALIBRATE = "catalog.calibrate"
    GPU_BILL = "gpu.bill"
    INVOICE_RECONCILE = "invoice.reconcile"
    PERIOD_CLOSE = "period.close"
    PERIOD_REOPEN = "period.reopen"
    SUBJECT_ERASE = "subject.erase"
    PROMPT_SHOW = "prompt.show"


Detail = Mapping[str, object]
"""Plain data of an act: names, ids, digests, reasons, numbers."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. `source` says from where: `cli user@host`, `api address`, `gateway host`."""

    name: str
    source: str
    role: Role | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """What is to be entered. `target` names what it was done to; `at_us` is in Unix microseconds."""

    actor: Actor
    action: Action
    target: str
    at_us: int
    detail: Detail


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as stored. `seq` counts from 1 without gaps; `detail` is JSON text; `key` names the key that
    made `mac`, an HMAC-SHA256 in hex over all other fields; `previous` is the `mac` of the entry before."""

    seq: int
    at_us: int
    actor: str
    role: str | None
    source: str
    action: str
    target: str
    detail: str
    key: str
    previous: str
    mac: str

    def signed(self) -> bytes:
        """What `mac` is over."""
        values = [getattr(self, name) for name in self.__dataclass_fields__ if name != "mac"]
        return orjson.dumps(["tiergate audit entry", _FORMAT, *values])


def text_of(detail: Detail) -> str:
    """As it is stored: keys in order, so that equal details are equal texts."""
    return orjson.dumps(detail, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS).decode()
