"""A plan as a file: JSON that names both digests and carries a digest of itself, so that `apply` takes the
plan that somebody read and no other."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from router.lifecycle.plan import FORMAT, Plan


class PlanRefused(Exception):
    """A file that is no plan, or one that was changed; the message says which."""


class PlanHead(BaseModel):
    """What `apply` needs of a plan."""

    model_config = ConfigDict(frozen=True)

    format: int
    in_force: str
    new: str
    folder: str
    planned: str
    digest: str


def plan_document(plan: Plan, folder: str, planned: str) -> dict[str, Any]:
    """The plan as plain data. `folder` holds the new policy, `planned` is a UTC time."""
    content: dict[str, Any] = orjson.loads(orjson.dumps(plan))
    content |= {"folder": folder, "planned": planned}
    return {**content, "digest": _digest(content)}


def read_plan(path: Path) -> PlanHead:
    """Raises PlanRefused, OSError."""
    try:
        return head_of(orjson.loads(path.read_bytes()), str(path))
    except orjson.JSONDecodeError as error:
        raise PlanRefused(f"{path} is no plan of `tiergate policy plan --out`: {error}") from None


def head_of(content: dict[str, Any], name: str) -> PlanHead:
    """Of a plan as plain data; `name` is what messages call it. Raises PlanRefused."""
    try:
        head = PlanHead.model_validate(content)
    except ValidationError as error:
        reason = str(error).splitlines()[0]
        raise PlanRefused(f"{name} is no plan of `tiergate policy plan --out`: {reason}") from None
    if head.format != FORMAT:
        raise PlanRefused(f"{name} is a plan of another version of Tiergate; plan anew")
    rest = {key: value for key, value in content.items() if key != "digest"}
    if _digest(rest) != head.digest:
        raise PlanRefused(f"{name} was changed after it was written; plan anew")
    return head


def _digest(content: dict[str, Any]) -> str:
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()
