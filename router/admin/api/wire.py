"""What the resources of the admin API share on the wire: lists, times, names, and errors in OpenAPI."""

from __future__ import annotations

from typing import Annotated, Any, Generic, Literal, TypeVar

from fastapi import Header, Query
from pydantic import BaseModel, ConfigDict, Field

from router.admin.names import LONGEST_NAME, NAME_PATTERN, ORGANISATION_PATTERN

T = TypeVar("T", bound=BaseModel)
_LATEST = 253_402_300_799
"""The end of the year 9999."""

Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME, pattern=NAME_PATTERN)]
Organisation = Annotated[
    str,
    Field(
        min_length=1,
        max_length=LONGEST_NAME,
        pattern=ORGANISATION_PATTERN,
        description="Without a slash: `acme/search` is the team search of acme.",
    ),
]
LONGEST_TEAM = 2 * LONGEST_NAME + 1
TEAM_MEANS = "ORGANISATION/TEAM, or the name alone where one organisation has a team of that name."
TeamGiven = Annotated[
    str,
    Field(min_length=1, max_length=LONGEST_TEAM, pattern=NAME_PATTERN, description=TEAM_MEANS),
]
Reason = Annotated[
    str, Field(min_length=1, max_length=1000, pattern=r"^[^\x00]*\S[^\x00]*$", description="Kept for good.")
]
Seconds = Annotated[int, Field(ge=0, le=_LATEST, description="Unix seconds.")]
Limit = Annotated[int, Query(ge=1, le=100, description="At most so many.")]
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=r"^[\x21-\x7e]+$",
        description="The same key is the same act, however often it is sent; a token is shown once.",
    ),
]


class Given(BaseModel):
    """A body: fields that nobody knows are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Page(BaseModel, Generic[T]):
    """Part of a list. `has_more`: ask again with `after` the last entry's id."""

    object: Literal["list"] = "list"
    data: list[T]
    has_more: bool


def page(found: list[T], limit: int) -> Page[T]:
    """Of one entry more than asked for, if there is one."""
    return Page[T](data=found[:limit], has_more=len(found) > limit)


class Problem(BaseModel):
    message: str
    type: str
    param: str | None
    code: str | None


class Failure(BaseModel):
    """Every error, in OpenAI's shape."""

    error: Problem


def failures(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What a route may answer beside its success; 401 and 503 every one of them."""
    return {
        status: {"model": Failure, "description": _MEANING[status]}
        for status in sorted({401, 503, *statuses})
    }


_MEANING = {
    400: "The request makes no sense; the error names the field.",
    401: "No credential, or a wrong one.",
    403: "The role, or its teams, may not do this.",
    404: "There is none of that name, or not for this role.",
    409: "It is in another state than this needs.",
    413: "The body is too large.",
    503: "The database is away; try again.",
}


def seconds(at_us: int | None) -> int | None:
    """Unix microseconds -> seconds."""
    return None if at_us is None else at_us // 1_000_000
