"""Turns what a database refuses into the answer of a handler: 409, 422 or 503, without a word of SQL."""

# ruff: noqa: TID253 - only code that works on the database imports this package
import re
from typing import Any

from fastapi import HTTPException
from sqlalchemy import URL, Engine, ExceptionContext, Table, event
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError, ProgrammingError
from sqlmodel import SQLModel

from routegen.errors import RoutegenError


def _documented(status: int, description: str) -> dict[int | str, dict[str, Any]]:
    schema = {"$ref": "#/components/schemas/ErrorAnswer"}
    return {status: {"description": description, "content": {"application/json": {"schema": schema}}}}


CONFLICT = _documented(409, "Conflict")
"""For `responses=`: a unique value is taken, or a row that is referred to is missing."""

NO_PAGE = _documented(404, "No such page")
"""For `responses=`: the cursor belongs to no page of the list."""

_UNIQUE, _FOREIGN, _SERIALIZATION, _DEADLOCK = "23505", "23503", "40001", "40P01"
_NO_TABLE = {"42P01", "42703"}  # undefined table, undefined column


class BehindError(RoutegenError):
    """The database lacks a table or a column that the models have."""


def explain_connecting(engine: Engine) -> None:
    """Let an engine raise BehindError, with the reason and the way out, when it gets no connection."""

    def explain(context: ExceptionContext) -> BehindError | None:
        error = context.sqlalchemy_exception
        if context.connection is None and isinstance(error, DBAPIError):
            return unreachable(error, engine.url)
        return None

    event.listen(engine, "handle_error", explain)


def unreachable(error: DBAPIError, url: URL) -> BehindError:
    """What to raise when no connection could be made; the password is not part of it."""
    reason = str(error.orig).strip().partition("\n")[0]
    if url.get_backend_name() == "sqlite":
        return BehindError(
            f"the database `{url.database}` cannot be opened: {reason}",
            hint="move what is there out of the way, or correct `DATABASE_URL`",
        )
    shown = url.set(drivername=url.get_backend_name()).difference_update_query(["password", "sslpassword"])
    return BehindError(
        f"the database `{shown.render_as_string()}` does not answer: {reason}",
        hint=f"start the server, make the database (`createdb {url.database}`), or correct `DATABASE_URL`",
    )


def answer_to(error: DBAPIError) -> Exception:
    """What to raise in the place of `error`: an HTTPException where the request is at fault, else the error itself."""
    state = getattr(error.orig, "sqlstate", None)
    text = str(error.orig)
    if isinstance(error, IntegrityError):
        return _refused(error, state, text)
    if isinstance(error, DataError) or "too large to convert" in text:
        return HTTPException(422, "A value does not fit into the database")
    if state in (_SERIALIZATION, _DEADLOCK) or "database is locked" in text:
        return HTTPException(503, "The database is busy, try again", headers={"Retry-After": "1"})
    if isinstance(error, OperationalError | ProgrammingError) and (
        state in _NO_TABLE or re.match(r"no such (table|column)", text)
    ):
        return BehindError("the database is behind the models", hint="run `routegen db upgrade`")
    return error


def _refused(error: IntegrityError, state: str | None, text: str) -> Exception:
    if state == _UNIQUE or text.startswith("UNIQUE constraint failed"):
        names = _unique_columns(error, text)
        return HTTPException(
            409, f"{_listed(names)} is taken already" if names else "A value is taken already"
        )
    if state == _FOREIGN or text.startswith("FOREIGN KEY constraint failed"):
        if (error.statement or "").lstrip().upper().startswith("DELETE"):
            return HTTPException(409, "Other rows refer to this one")
        return HTTPException(409, "It refers to a row that does not exist")
    return HTTPException(422, "A value does not fit into the database")


def _listed(names: list[str]) -> str:
    return " with ".join(f"`{name}`" for name in names)


def _unique_columns(error: IntegrityError, text: str) -> list[str]:
    """The columns of the violated constraint; found by its name on PostgreSQL, whose texts depend on the locale."""
    if match := re.match(r"UNIQUE constraint failed: (.+)", text):
        return [name.rpartition(".")[2] for name in match[1].split(", ")]
    diagnosis: Any = getattr(error.orig, "diag", None)
    table = SQLModel.metadata.tables.get(getattr(diagnosis, "table_name", None) or "")
    return [] if table is None else _columns_of(table, diagnosis.constraint_name)


def _columns_of(table: Table, name: str | None) -> list[str]:
    preparer = PGDialect().identifier_preparer
    for constraint in table.constraints:
        if preparer.format_constraint(constraint) == name:
            return [column.name for column in getattr(constraint, "columns", ())]
    return []
