"""Field types shared by the documents: names, labels, exact money, UTC times. No field of its own.

Every type refuses with a sentence that says what would be right, and describes itself to JSON Schema.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time
from decimal import Decimal
from difflib import get_close_matches
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import CoreSchema, core_schema

from router.domain.detected_types import DETECTED_TYPES
from router.domain.kinds import (
    Capability,
    Confidence,
    DataClass,
    Objective,
    OnError,
    Task,
    Tier,
    VerifierName,
    VerifyMode,
)
from router.domain.money import PICO_PER_USD, PicoUSD, price_per_million
from router.policy.yamldoc import SourceFloat


class Part(BaseModel):
    """Base of every mapping in a document: unknown keys and silent conversions are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A text of one form; `what` completes the sentence "must be ...". Never repeats the text itself."""

    regex: str
    what: str

    def __get_pydantic_core_schema__(self, source: Any, handler: Callable[[Any], CoreSchema]) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: Callable[[CoreSchema], dict[str, Any]]
    ) -> dict[str, Any]:
        return {**handler(schema), "pattern": f"^{self.regex}$"}

    def _check(self, text: str) -> str:
        if re.fullmatch(self.regex, text) is None:
            raise ValueError(f"must be {self.what}")
        return text


Name = Annotated[
    str,
    Pattern(
        r"[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,127}",
        "a name of at most 128 letters, digits and . _ : / @ + - that starts with a letter or digit",
    ),
]
Label = Annotated[
    str,
    Pattern(
        r"[a-z0-9][a-z0-9-]{0,62}",
        "a label of at most 63 lower-case letters, digits and -, such as on-premises",
    ),
]
Licence = Annotated[
    str,
    Pattern(r"[A-Za-z0-9][A-Za-z0-9.+-]{0,62}", "an SPDX identifier such as Apache-2.0, or proprietary"),
]
EnvName = Annotated[
    str,
    Pattern(
        r"[A-Za-z_][A-Za-z0-9_]{0,127}",
        "the name of an environment variable, such as OPENAI_API_KEY, never its value",
    ),
]
EnvNames = Annotated[
    list[EnvName],
    Field(min_length=1),
    BeforeValidator(lambda value: [value] if isinstance(value, str) else value),
    WithJsonSchema({"type": ["string", "array"], "items": {"type": "string"}, "minItems": 1}),
]
"""One name or a list of them."""
Language = Annotated[
    str, Pattern(r"[a-z]{2}|und", "an ISO 639-1 code of two letters such as en, or und for unknown")
]
Wildcard = Annotated[
    str, Pattern(r"[^*]+\*?|\*", "a text, or the start of one followed by * such as finance-*")
]
Text = Annotated[
    str, Pattern(r"\s*\S[\s\S]{0,2000}", "a text that is not empty, of at most 2,000 characters")
]
Fraction = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(gt=0, le=86_400)]
Tokens = Annotated[int, Field(ge=1, le=100_000_000)]

# Strict models refuse texts for enums; these are where a text is what YAML can give.
TierField = Annotated[Tier, Field(strict=False)]
TaskField = Annotated[Task, Field(strict=False)]
CapabilityField = Annotated[Capability, Field(strict=False)]
DataClassField = Annotated[DataClass, Field(strict=False)]
ConfidenceField = Annotated[Confidence, Field(strict=False)]
ObjectiveField = Annotated[Objective, Field(strict=False)]
VerifyField = Annotated[VerifyMode, Field(strict=False)]
VerifierField = Annotated[VerifierName, Field(strict=False)]
OnErrorField = Annotated[OnError, Field(strict=False)]


def _nearest(name: str) -> str:
    near = get_close_matches(name.upper(), sorted(DETECTED_TYPES), n=3)
    return f"did you mean {' or '.join(near)}?" if near else "the schema lists them"


def _detected_type(name: str) -> str:
    if name not in DETECTED_TYPES:
        raise ValueError(f"must be a type that detectors know; {_nearest(name)}")
    return name


DetectedTypeField = Annotated[
    str, AfterValidator(_detected_type), WithJsonSchema({"type": "string", "enum": sorted(DETECTED_TYPES)})
]

_MONEY = re.compile(r"[0-9]{1,9}(\.[0-9]{1,12})?")
_DATE = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(_DATE.pattern + r"T[0-9:.]{5,15}(Z|[+-][0-9]{2}:[0-9]{2})")
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


def _money_text(value: object) -> str:
    """The digits as they stand in the file; a float's own digits are never looked at."""
    if isinstance(value, SourceFloat):
        value = value.text
    elif isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or _MONEY.fullmatch(value) is None:
        raise ValueError("must be an amount in US dollars with plain digits, such as 1.25")
    return value


def _price(value: object) -> PicoUSD:
    text = _money_text(value)
    try:
        return price_per_million(text)
    except ValueError:
        raise ValueError("must have at most six decimals, such as 0.0375") from None


def _amount(value: object) -> PicoUSD:
    return PicoUSD(int(Decimal(_money_text(value)) * PICO_PER_USD))


def _utc(value: object) -> datetime:
    wanted = "must be a date such as 2025-08-07 (its first moment, UTC) or 2025-08-07T12:00:00Z"
    if not isinstance(value, str) or not (_DATE.fullmatch(value) or _MOMENT.fullmatch(value)):
        raise ValueError(wanted)
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(wanted) from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _iso_date(value: object) -> str:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise ValueError("must be a date such as 2026-01-31")
    return _utc(value).date().isoformat()


def _clock(value: object) -> time:
    if not isinstance(value, str) or _CLOCK.fullmatch(value) is None:
        raise ValueError("must be a time of day in UTC from 00:00 to 23:59, such as 08:00")
    return time.fromisoformat(value)


_MONEY_SCHEMA = {"type": ["string", "number"], "minimum": 0, "pattern": f"^{_MONEY.pattern}$"}

PricePerMillion = Annotated[PicoUSD, BeforeValidator(_price), WithJsonSchema(_MONEY_SCHEMA)]
"""US dollars per million tokens in the file, pico-USD per token here."""
Amount = Annotated[PicoUSD, BeforeValidator(_amount), WithJsonSchema(_MONEY_SCHEMA)]
"""US dollars in the file, pico-USD here."""
UtcMoment = Annotated[
    datetime,
    BeforeValidator(_utc),
    WithJsonSchema({"type": "string", "pattern": f"^({_DATE.pattern}|{_MOMENT.pattern})$"}),
]
IsoDate = Annotated[
    str,
    BeforeValidator(_iso_date),
    WithJsonSchema({"type": "string", "pattern": f"^{_DATE.pattern}$"}),
]
ClockTime = Annotated[
    time,
    BeforeValidator(_clock),
    WithJsonSchema({"type": "string", "pattern": f"^{_CLOCK.pattern}$"}),
]
