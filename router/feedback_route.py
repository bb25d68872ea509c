"""The route `POST /v1/feedback`, and what OpenAPI says of it."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import FastAPI, Request, Response, Security
from fastapi.security import HTTPBearer
from pydantic import BaseModel, Field

from router.domain.opinions import FeedbackRecord
from router.feedback import Feedback
from router.incoming import incoming
from router.ingress.authenticate import Keys, authenticate
from router.ingress.feedback import MAX_BYTES, FeedbackBody, parse_feedback
from router.settings import Settings
from router.telemetry import IN_IDEMPOTENCY_KEY

_CREATED = 201
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": FeedbackBody.model_json_schema()}},
    },
    "parameters": [
        {
            "name": IN_IDEMPOTENCY_KEY,
            "in": "header",
            "required": False,
            "description": "The same key is the same report, however often it is sent.",
            "schema": {"type": "string", "maxLength": 255},
        }
    ],
}


class FeedbackShown(BaseModel):
    """One version of a report, as the ledger has it."""

    object: Literal["feedback"] = "feedback"
    id: str
    request_id: str
    version: int = Field(description="1 for the first report of this key on this request.")
    created: int = Field(description="Unix seconds.")
    source: Literal["reported"] = Field("reported", description="Neither verified nor judged.")
    score: float | None
    thumb: Literal["up", "down"] | None
    label: str | None
    correction: str | None
    comment: str | None
    edit_distance: float | None = Field(
        description="Levenshtein distance of correction and answer over the longer text's length; null "
        "without `answer`, or where more than 10,000 characters differ."
    )


_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"model": FeedbackShown, "description": "The report was there already."},
    201: {"model": FeedbackShown, "description": "A new report, or a new version of one."},
    400: {"description": "The report makes no sense; the error names the field."},
    401: {"description": "No key, or a wrong one."},
    404: {"description": "The key's project has no such request."},
    503: {"description": "The ledger cannot be read or written now."},
}


def add_feedback(app: FastAPI, feedback: Feedback, keys: Keys, settings: Settings) -> None:
    """Adds the route."""
    bearer = Security(HTTPBearer(auto_error=False, description="A virtual key, `tg-...`."))

    @app.post(
        "/v1/feedback", status_code=_CREATED, responses=_RESPONSES, openapi_extra=_BODY, dependencies=[bearer]
    )
    async def give_feedback(request: Request) -> Response:
        """Report how good an answer was. The same report again is the same row; a changed one is a further
        version, and the earlier ones stay."""
        caller = authenticate(request.headers, keys)
        body = await incoming(request).body(min(MAX_BYTES, settings.max_body_bytes), settings.body_timeout)
        record, new = await feedback.take(parse_feedback(body, request.headers), caller)
        status = _CREATED if new else 200
        return Response(_shown(record).model_dump_json(), status, media_type="application/json")


def _shown(record: FeedbackRecord) -> FeedbackShown:
    told = {name: getattr(record, name) for name in FeedbackShown.model_fields if hasattr(record, name)}
    return FeedbackShown(**told, created=record.created_us // 1_000_000)
