"""Answers a list in pages: filtered and sorted by declared fields, each page found by where the last one ended.

A cursor names the last row of a page by the value it was sorted by and its id, so that rows which come and go between two
requests neither repeat nor hide others, and the thousandth page costs what the first one does (an offset counts rows).
"""

# ruff: noqa: TID253 - only code that works on the database imports this package
import base64
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from math import isfinite
from typing import Annotated, Any, ClassVar, Generic, TypeVar

from fastapi import HTTPException
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter
from sqlalchemy import ColumnElement, and_, inspect, literal, or_
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from routegen.database.columns import python_type
from routegen.database.fields import LEAST, MOST

Row = TypeVar("Row", bound=SQLModel)
Shown = TypeVar("Shown", bound=BaseModel)

_PAGING = {"limit", "cursor", "sort"}


class ListQuery(BaseModel):
    """The query of a list: a misspelt filter is refused, since ignoring it would answer with every row.

    A subclass adds `sort` (the name of a column, `-name` for descending) and filters, each the name of a column.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: Annotated[str, StringConstraints(max_length=2000, pattern=r"^[A-Za-z0-9_-]+$")] | None = None


class Page(BaseModel, Generic[Shown]):
    """A page of a list; `next` is the cursor of the page after it, null on the last one."""

    items: list[Shown]
    next: str | None = None


async def paginate(
    session: AsyncSession, select: SelectOfScalar[Row], query: ListQuery, public: type[Shown]
) -> Page[Shown]:
    """The page of `select` that `query` asks for, its rows shown as `public`.

    Args:
        select: the rows that the caller may see at all: add `.where(...)` to it.
        query: its fields beside `limit`, `cursor` and `sort` are filters by the columns of these names.

    Raises:
        HTTPException: 404, the cursor belongs to no page of this list.
    """
    model: type[Row] = select.column_descriptions[0]["entity"]
    sort: str = getattr(query, "sort", "id")
    for name in query.model_fields_set - _PAGING:
        if (value := getattr(query, name)) is not None:
            select = select.where(_column(model, name) == value)
    if query.cursor is not None:
        select = select.where(_after(model, sort, query.cursor))
    rows = (await session.exec(select.order_by(*_order(model, sort)).limit(query.limit + 1))).all()
    items = [public.model_validate(row, from_attributes=True) for row in rows[: query.limit]]
    return Page[public](items=items, next=_next(rows, sort, query.limit))


def _column(model: type[SQLModel], name: str) -> ColumnElement[Any]:
    return inspect(model).columns[name]


def _order(model: type[SQLModel], sort: str) -> list[ColumnElement[Any]]:
    """Rows without a value come last, on both databases and both ways; the id decides between equal ones."""
    column, key = _column(model, sort.removeprefix("-")), _column(model, "id")
    nulls = [column.is_(None)] if _nullable(column) else []
    if sort.startswith("-"):
        return [*nulls, column.desc(), key.desc()] if column is not key else [key.desc()]
    return [*nulls, column, key] if column is not key else [key]


def _after(model: type[SQLModel], sort: str, cursor: str) -> ColumnElement[bool]:
    column, key = _column(model, sort.removeprefix("-")), _column(model, "id")
    value, last = _read(cursor, sort, column)
    descending = sort.startswith("-")
    beyond_key = key < last if descending else key > last
    if column is key:
        return beyond_key
    if value is None:
        return and_(column.is_(None), beyond_key)
    bound = literal(value, column.type)  # a bare True would be `IS true`, which has no greater than
    beyond = column < bound if descending else column > bound
    later = or_(beyond, and_(column == bound, beyond_key))
    return or_(later, column.is_(None)) if _nullable(column) else later


def _nullable(column: ColumnElement[Any]) -> bool:
    return bool(getattr(column, "nullable", False))


def _next(rows: Sequence[SQLModel], sort: str, limit: int) -> str | None:
    if len(rows) <= limit:
        return None
    last: Any = rows[limit - 1]
    value = getattr(last, sort.removeprefix("-"))
    plain = value if value is None or isinstance(value, int | float | str) else str(value)
    text = json.dumps([sort, plain, last.id], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read(cursor: str, sort: str, column: ColumnElement[Any]) -> tuple[Any, int]:
    """The sorted value and the id that a cursor holds, of the types that the database compares them with."""
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        sorted_by, value, last = json.loads(text)
        if sorted_by != sort or type(last) is not int or not LEAST <= last <= MOST:
            raise ValueError("of another list")
        return (None if value is None else _typed(value, column)), last
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise HTTPException(404, "No page of this list has this cursor") from None


def _typed(value: Any, column: ColumnElement[Any]) -> Any:
    """The value as the column has it. A cursor can be made up, so what no row can hold is refused."""
    typed = TypeAdapter[Any](python_type(column.type)).validate_python(value)
    if isinstance(typed, str):
        fits = "\0" not in typed and bool(typed.encode() or True)  # half a surrogate pair raises
    elif isinstance(typed, datetime):
        fits = typed.tzinfo is not None and bool(typed.astimezone(UTC))
    elif isinstance(typed, Decimal):
        fits = typed.is_finite() and typed.adjusted() < 18
    else:
        fits = (
            LEAST <= typed <= MOST
            if isinstance(typed, int)
            else not isinstance(typed, float) or isfinite(typed)
        )
    if not fits:
        raise ValueError("no value of the database")
    return typed
