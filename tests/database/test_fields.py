"""What a request may hold: exactly what both databases can keep, and what the schema says."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import product
from typing import Annotated, Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from pydantic import TypeAdapter, ValidationError

from routegen import database as db

Price = Annotated[Decimal, db.Digits(5, 2)]
Whole = Annotated[Decimal, db.Digits(3, 0)]
Name = Annotated[str, db.Text(5)]

TAKEN: list[tuple[Any, Any, Any]] = [
    (Name, "a\n\u2028\U0001f600", "a\n\u2028\U0001f600"),
    (db.Int, -(2**53) + 1, -(2**53) + 1),
    (db.Int, 2**53 - 1, 2**53 - 1),
    (db.Int, 7.0, 7),
    (db.Float, 1, 1.0),
    (db.Float, -1e308, -1e308),
    (db.Bool, False, False),
    (Price, "999.99", Decimal("999.99")),
    (Price, "-0", Decimal("0")),
    (Price, Decimal("1.5"), Decimal("1.50")),
    (Whole, "-999", Decimal("-999")),
    (db.Date, "0001-01-01", date(1, 1, 1)),
    (db.Date, date(2026, 1, 31), date(2026, 1, 31)),
    (db.DateTime, "2026-01-31T23:30:00.5-01:00", datetime(2026, 2, 1, 0, 30, 0, 500000, UTC)),
    (db.DateTime, "9999-12-31T23:59:59Z", datetime(9999, 12, 31, 23, 59, 59, 0, UTC)),
    (db.Uuid, "00000000-0000-4000-8000-00000000000A", UUID(int=0x40008000_00000000000A)),
    (db.Email, "Ada.L+x@EXAMPLE.com", "Ada.L+x@example.com"),
    (db.Url, "https://example.com:8443/a?b=c#d", "https://example.com:8443/a?b=c#d"),
    (db.Url, "http://[::1]/", "http://[::1]/"),
    (db.Url, "http://127.0.0.1:65535?[", "http://127.0.0.1:65535?["),
    (db.Json, {"a": [1, None, "x\0"]}, {"a": [1, None, "x\0"]}),
    (db.QueryInt, "-7", -7),
    (db.QueryFloat, "1e3", 1000.0),
    (db.QueryBool, "true", True),
    (db.QueryRef, "1", 1),
]
REFUSED: list[tuple[Any, Any]] = [
    *((Name, value) for value in ("", "123456", "a\0", "\ud800", 1, None, b"x")),
    *((db.Int, value) for value in (2**53, -(2**53), 2**63, 10**400, 1.5, 1e300, "1", True, None)),
    *((db.Float, value) for value in (float("nan"), float("inf"), 10**400, "1", True)),
    *((db.Bool, value) for value in (0, 1, "true", None)),
    *(
        (Price, value)
        for value in (1, 1.5, "1000", "1.999", "NaN", "1e2", "+1", " 1", ".5", "1.", "1\n", "\u0661")
    ),
    *((Whole, value) for value in ("1.0", "1000", "")),
    *(
        (db.Date, value)
        for value in ("2026-02-30", "2026-1-1", 0, "2026-01-01T00:00:00", datetime(2026, 1, 1))
    ),
    *(
        (db.DateTime, value)
        for value in ("2026-01-31T12:00:00", "2026-01-31", 0, "0001-01-01T00:00:00+01:00")
    ),
    (db.DateTime, "9999-12-31T23:59:59-01:00"),
    *((db.Uuid, value) for value in ("{00000000-0000-4000-8000-000000000001}", "0" * 32, 1, "")),
    *(
        (db.Email, value)
        for value in ("ada", "@x", "a@", "a b@x.y", "a@x.y\n", "a@-x.y", f"a@{'x' * 64}.y", 1)
    ),
    *((db.Email, f"{'a' * 65}@x.y") for _ in "1"),
    *(
        (db.Url, value)
        for value in ("example.com", "ftp://x", "javascript:x", "https://a b", "https://u:p@x", "https://")
    ),
    *(
        (db.Url, f"http://{host}/")
        for host in ("a..b", "-a", "a:65536", "[1.2.3.4]", "[::::]", "[ffff]", "[::1")
    ),
    (db.Url, f"https://x/{'y' * 2000}"),
    *((db.Json, value) for value in ("x", 1, None, [float("nan")], {"a": {"b": float("inf")}})),
    *((db.QueryInt, value) for value in ("1.0", "", " 1", "1_0", str(2**53), "9" * 5000)),
    *((db.QueryFloat, value) for value in ("nan", "inf", "1e999", "")),
    *((db.QueryBool, value) for value in ("1", "yes", "True", "")),
    *((db.Ref, value) for value in (0, -1, 2**53, "1")),
]


def shown(value: Any) -> str:
    """A name that is the same in every run: the repr of a kind holds addresses."""
    return re.sub(r" at 0x[0-9a-f]+", "", ascii(value))[-24:]


@pytest.mark.parametrize(("kind", "value", "meaning"), TAKEN, ids=shown)
def test_what_is_taken(kind: Any, value: Any, meaning: Any) -> None:
    assert TypeAdapter(kind).validate_python(value) == meaning


@pytest.mark.parametrize(("kind", "value"), REFUSED, ids=shown)
def test_what_is_refused(kind: Any, value: Any) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(value)


@pytest.mark.parametrize("groups", range(2, 11))
def test_an_ipv6_host_is_taken_where_it_is_an_address(groups: int) -> None:
    """A URL that was kept must be readable for every program that gets it later: Python's parser raises on others."""
    for parts in product(("c0", ""), repeat=groups):
        url = f"http://[{':'.join(parts)}]/"
        try:
            urlsplit(url)
        except ValueError:
            is_url = False
        else:
            is_url = True
        try:
            TypeAdapter(db.Url).validate_python(url)
        except ValidationError:
            assert not is_url, url
        else:
            assert is_url, url


def test_money_is_text_with_all_its_places() -> None:
    assert TypeAdapter(Price).dump_json(Decimal("1.5")) == b'"1.50"'
    for mode in ("validation", "serialization"):
        schema = TypeAdapter(Price).json_schema(mode=mode)  # pyright: ignore[reportArgumentType]
        assert schema == {"type": "string", "pattern": r"^-?[0-9]{1,3}(?:\.[0-9]{1,2})?$"}


@pytest.mark.parametrize(
    ("kind", "least"), [(db.Int, -(2**53) + 1), (db.QueryInt, -(2**53) + 1), (db.Ref, 1), (db.QueryRef, 1)]
)
def test_the_bounds_of_numbers_are_published(kind: Any, least: int) -> None:
    schema = TypeAdapter(kind).json_schema()
    assert schema == {"type": "integer", "minimum": least, "maximum": 2**53 - 1}
    assert float(schema["maximum"]) == schema["maximum"], "FastAPI publishes it as a float"


@pytest.mark.parametrize("kind", [Name, db.Email, db.Url])
def test_the_form_of_text_is_published(kind: Any) -> None:
    schema = TypeAdapter(kind).json_schema()
    assert schema["type"] == "string" and schema["maxLength"] and schema["pattern"].startswith("^")
