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
        content = orjson.loads(path.read_bytes())
        head = PlanHead.model_validate(content)
    except (orjson.JSONDecodeError, ValidationError) as error:
        reason = str(error).splitlines()[0]
        raise PlanRefused(f"{path} is no plan of `tiergate policy plan --out`: {reason}") from None
    if head.format != FORMAT:
        raise PlanRefused(f"{path} is a plan of another version of Tiergate; plan anew")
    del content["digest"]
    if _digest(content) != head.digest:
        raise PlanRefused(f"{path} was changed after it was written; plan anew")
    return head


def _digest(content: dict[str, Any]) -> str:
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()
