"""How a rule's answers are checked, as YAML gives it: one word, or a mapping with limits."""

from __future__ import annotations

from typing import Any

from pydantic import Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from router.domain.kinds import OnError, VerifyMode
from router.domain.policy import Checks
from router.policy.fields import Fraction, OnErrorField, Part, Seconds, VerifierField, VerifyField

_HEARTBEAT = 5.0
"""Seconds. Proxies give up after 30 to 60 seconds of silence, careful clients after 10."""


class VerifyPart(Part):
    """When and how answers are checked."""

    mode: VerifyField = Field(
        description="Never, after the reply, or before it: then a failed check tries the next candidate. "
        "Streams are checked after it, unless `buffer_streams` says otherwise.",
    )
    share: Fraction = Field(1.0, description="Share of the requests that are checked, from 0 to 1.")
    verifiers: list[VerifierField] = Field(
        default_factory=list, description="Checks to run; left out: all that apply."
    )
    time_limit: Seconds = Field(
        10.0, description="Longest time of the checks that run in threads and processes, together."
    )
    on_error: OnErrorField = Field(
        OnError.ALLOW,
        description="With `before_reply`, for an answer that a check applies to and could not be run on: "
        "`allow` gives it unverified, `escalate` tries the next candidate, `deny` also never gives it.",
    )

    escalate_within: Seconds | None = Field(
        None,
        description="With `before_reply`: seconds since the first call after which a failed check tries no "
        "further candidate; left out: no limit. `max_cost_usd` bounds the money, `max_attempts` the calls.",
    )
    buffer_streams: bool = Field(
        False,
        description="With `before_reply`: hold streams back too, until the whole answer is checked.",
    )
    heartbeat: Seconds | None = Field(
        None,
        description="With `buffer_streams`: seconds after which a waiting client gets a comment, and again "
        "and again; 5 if left out. To be shorter than the clients' timeouts. The first one fixes the status "
        "200: an error after it comes as an event.",
    )

    @model_validator(mode="before")
    @classmethod
    def _accept_word(cls, value: Any) -> Any:
        if not isinstance(value, str | dict | VerifyPart):
            raise ValueError("must be none, after_reply, before_reply, or {mode: ..., share: ...}")
        return {"mode": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _sound(self) -> VerifyPart:
        if len(set(self.verifiers)) != len(self.verifiers):
            raise ValueError("verifiers names one twice")
        if self.escalate_within is not None and self.mode is not VerifyMode.BEFORE_REPLY:
            raise ValueError("escalate_within needs `mode: before_reply`; only that tries another candidate")
        return self

    @model_validator(mode="after")
    def _held_for_a_reason(self) -> VerifyPart:
        if self.buffer_streams and self.mode is not VerifyMode.BEFORE_REPLY:
            raise ValueError("buffer_streams needs `mode: before_reply`; only that holds answers back")
        if self.heartbeat is not None and not self.buffer_streams:
            raise ValueError("heartbeat needs `buffer_streams: true`; only held streams have one")
        return self

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """A word in place of the mapping is fine too."""
        mapping = handler.resolve_ref_schema(handler(schema))
        words = {"type": "string", "enum": [str(mode) for mode in VerifyMode]}
        return {"description": mapping.pop("description"), "anyOf": [words, mapping]}

    def checks(self) -> Checks:
        """All but the mode, as the decision reads it."""
        return Checks(
            self.share,
            frozenset(self.verifiers),
            self.time_limit,
            self.on_error,
            self.escalate_within,
            self.buffer_streams,
            self.heartbeat or _HEARTBEAT,
        )
