"""Bytes -> what somebody reports of an answer. Form only; whether the request exists, the ledger says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from router import telemetry
from router.domain.feedback import Report, Thumb
from router.errors import InvalidRequest
from router.ingress.reasons import broken_json, reason

MAX_BYTES = 1_000_000
"""Of a whole report."""
_LONGEST_TEXT = 200_000
_LONGEST_KEY = 255

LongText = Annotated[str, Field(min_length=1, max_length=_LONGEST_TEXT)]


class FeedbackBody(BaseModel):
    """What somebody reports of an answer. At least one of score, thumb, label, correction and comment."""

    model_config = ConfigDict(extra="forbid", strict=True, title="Feedback")

    request_id: Annotated[str, Field(min_length=1, max_length=64)] = Field(
        description=f"The answer's `{telemetry.OUT_REQUEST_ID}`."
    )
    score: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None = Field(
        None, description="How good the answer was, 0 to 1. Not together with `thumb`."
    )
    thumb: Literal["up", "down"] | None = Field(None, description="The answer was good or it was not.")
    label: Annotated[str, Field(pattern=r"^\S([^\r\n]*\S)?$", max_length=128)] | None = Field(
        None, description="A class of the app's own, such as `wrong-figure`; at most 128 characters."
    )
    correction: LongText | None = Field(None, description="The text that was used in the answer's place.")
    answer: LongText | None = Field(
        None,
        description="The answer that `correction` corrects. Their edit distance is kept, the answer is not; "
        "without it there is no edit distance, for the gateway does not store answers.",
    )
    comment: LongText | None = Field(None, description="Anything else, in words.")

    @model_validator(mode="after")
    def _says_something(self) -> FeedbackBody:
        if self.score is not None and self.thumb is not None:
            raise ValueError("score and thumb say the same thing: send one of them")
        if self.answer is not None and self.correction is None:
            raise ValueError("answer is only of use together with correction")
        told = (self.score, self.thumb, self.label, self.correction, self.comment)
        if all(part is None for part in told):
            raise ValueError("needs at least one of score, thumb, label, correction and comment")
        return self


def parse_feedback(body: bytes, headers: Mapping[str, str]) -> Report:
    """Raises InvalidRequest naming the field or header."""
    try:
        given = FeedbackBody.model_validate(orjson.loads(body))
    except orjson.JSONDecodeError as error:
        raise broken_json(body, error) from None
    except ValidationError as error:
        raise _refusal(error) from None
    thumb = None if given.thumb is None else Thumb(given.thumb)
    told = given.model_dump(exclude={"thumb"})
    return Report(**told, thumb=thumb, idempotency_key=_idempotency_key(headers))


def _refusal(error: ValidationError) -> InvalidRequest:
    first: Any = error.errors(include_url=False, include_context=False)[0]
    param = str(first["loc"][0]) if first["loc"] else None
    if first["type"] == "missing":
        return InvalidRequest(f"Missing required field '{param}'.", param=param, code="missing_field")
    where = f"Invalid value for '{param}'" if param else "Invalid feedback"
    said = reason(first, FeedbackBody.model_fields)
    return InvalidRequest(f"{where}: {said}.", param=param, code="invalid_value")


def _idempotency_key(headers: Mapping[str, str]) -> str | None:
    given = headers.get(telemetry.IN_IDEMPOTENCY_KEY)
    if given is None:
        return None
    if not 1 <= len(given) <= _LONGEST_KEY or not (given.isascii() and given.isprintable()):
        place = telemetry.IN_IDEMPOTENCY_KEY
        message = f"Invalid {place}: 1 to {_LONGEST_KEY} printable ASCII characters."
        raise InvalidRequest(message, param=place)
    return given
