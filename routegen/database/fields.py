"""What a request may hold so that both databases can keep it; each type's JSON schema says exactly what it takes.

JSON bodies are taken strictly: `"5"` is no number and `0` is no boolean. Query strings are text, so they have types of
their own. Where SQLite would take more than PostgreSQL (NUL in text, say), it is refused for both.
"""

import math
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, cast
from uuid import UUID

import fastapi
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    JsonValue,
    StringConstraints,
)
from pydantic_core import CoreSchema, core_schema

LEAST, MOST = -(2**63), 2**63 - 1
"""What BIGINT can hold."""

EXACT = 2**53 - 1
"""The largest number that every JSON program reads exactly (RFC 8259, section 6), and that OpenAPI can name as a bound:
FastAPI publishes bounds as floats. What is larger, such as the ids of other services, is text."""

NO_NUL = r"^[^\x00]*$"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = rf"{_LABEL}(?:\.{_LABEL})*"
_EMAIL = (  # the HTML standard's, which browsers use: shorter than RFC 5322, and nobody has an address outside of it
    rf"^[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{_DOMAIN}$"
)
_HEX = "[0-9A-Fa-f]{1,4}"
_IPV6 = "|".join(  # RFC 4291 2.2, in hexadecimal; `::` stands anywhere, once
    (
        f"(?:{_HEX}:){{7}}{_HEX}",
        f"(?:{_HEX}:){{1,7}}:",
        *(f"(?:{_HEX}:){{1,{7 - after}}}(?::{_HEX}){{1,{after}}}" for after in range(1, 7)),
        f":(?::{_HEX}){{1,7}}",
        "::",
    )
)
_PORT = "[0-9]{1,4}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]"
_URL = (  # absolute, of the web, without a password in it; other letters than ASCII are percent-encoded or punycode
    rf"^https?://(?:{_DOMAIN}|\[(?:{_IPV6})\])(?::(?:{_PORT}))?(?:[/?#][!-~]*)?$"
)
_INT = r"-?[0-9]{1,19}"
_FLOAT = r"-?[0-9]{1,400}(\.[0-9]{1,400})?([eE][+-]?[0-9]{1,3})?"
_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_DATETIME = rf"{_DATE}[Tt ][0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}(\.[0-9]{{1,9}})?([Zz]|[+-][0-9]{{2}}:[0-9]{{2}})"
_UUID = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"


@dataclass(frozen=True, slots=True)
class Text:
    """Text of `least` to `most` characters without NUL, which PostgreSQL cannot keep: `Annotated[str, Text(200)]`."""

    most: int
    least: int = 1

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.str_schema(
            strict=True, min_length=self.least, max_length=self.most, pattern=NO_NUL
        )


@dataclass(frozen=True, slots=True)
class Digits:
    """An exact number of at most `digits` digits, `places` of them behind the point, as text: `"19.99"`.

    JSON numbers are floats in most programs, and money must not be: `Annotated[Decimal, Digits(12, 2)]`.
    """

    digits: int
    places: int

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        fraction = rf"(?:\.[0-9]{{1,{self.places}}})?" if self.places else ""
        pattern = rf"^-?[0-9]{{1,{self.digits - self.places}}}{fraction}$"
        text = core_schema.str_schema(strict=True, pattern=pattern)
        read = core_schema.no_info_before_validator_function(self._shown, text)
        shown = core_schema.plain_serializer_function_ser_schema(
            self._shown, return_schema=core_schema.str_schema(pattern=pattern)
        )
        return core_schema.no_info_after_validator_function(Decimal, read, serialization=shown)

    def _shown(self, value: Any) -> Any:
        """A number out of the database as the text that a request would hold."""
        return f"{value:.{self.places}f}" if isinstance(value, Decimal) else value


def _matching(kind: type, pattern: str, sentence: str) -> BeforeValidator:
    """Takes text of this form, and what is of the type already: a value out of the database."""
    form = re.compile(pattern)

    def check(value: Any) -> Any:
        if type(value) is kind or (isinstance(value, str) and form.fullmatch(value)):
            return value
        raise ValueError(sentence)

    return BeforeValidator(check)


def _whole(value: Any) -> Any:
    """To JSON `7.0` is the whole number 7."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _in_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("lies outside of the years 1 to 9999 in UTC") from None


def _lower_domain(value: str) -> str:
    name, _, domain = value.rpartition("@")
    return f"{name}@{domain.lower()}"


def _is_finite(value: Any) -> bool:
    if isinstance(value, dict):
        return all(_is_finite(item) for item in cast("dict[str, Any]", value).values())
    if isinstance(value, list):
        return all(_is_finite(item) for item in cast("list[Any]", value))
    return not isinstance(value, float) or math.isfinite(value)


def _storable(value: Any) -> Any:
    if not _is_finite(value):
        raise ValueError("NaN and Infinity are no JSON")
    return value


def left_out() -> Any:
    """The default of a field that may be left out and must not be null: no value that a schema would show."""
    return Field(default_factory=lambda: None)


# A bound stands before the validators: behind them, pydantic checks it and leaves it out of the JSON schema.
_WHOLE = BeforeValidator(_whole)

Int = Annotated[int, Field(strict=True, ge=-EXACT, le=EXACT), _WHOLE]
Float = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Bool = Annotated[bool, Field(strict=True)]
Date = Annotated[date, _matching(date, _DATE, "is no date such as 2026-01-31")]
DateTime = Annotated[
    datetime,
    _matching(datetime, _DATETIME, "is no time with an offset such as 2026-01-31T12:00:00Z"),
    AfterValidator(_in_utc),
]
Uuid = Annotated[UUID, _matching(UUID, _UUID, "is no UUID such as 123e4567-e89b-12d3-a456-426614174000")]
Email = Annotated[
    str, StringConstraints(strict=True, max_length=254, pattern=_EMAIL), AfterValidator(_lower_domain)
]
Url = Annotated[str, StringConstraints(strict=True, max_length=2000, pattern=_URL)]
Json = Annotated[dict[str, JsonValue] | list[JsonValue], AfterValidator(_storable)]

QueryInt = Annotated[int, Field(ge=-EXACT, le=EXACT), _matching(int, _INT, "is no whole number")]
QueryRef = Annotated[int, Field(ge=1, le=EXACT), _matching(int, _INT, "is no whole number")]
QueryFloat = Annotated[float, Field(allow_inf_nan=False), _matching(float, _FLOAT, "is no number")]
QueryBool = Annotated[bool, _matching(bool, "true|false", "is neither true nor false")]

RowId = Annotated[int, fastapi.Path(ge=1, le=EXACT)]
"""The `id` in a path: what a key of the database can be."""

Ref = Annotated[int, Field(strict=True, ge=1, le=EXACT), _WHOLE]
"""The key of another row."""
