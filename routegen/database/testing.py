"""Gives a test a database of its own, migrated, and gone afterwards: on SQLite a file, on PostgreSQL a database.

`TEST_DATABASE_URL=postgresql://postgres@127.0.0.1/postgres pytest` runs the same tests on PostgreSQL. What `DATABASE_URL`
names is never touched.
"""

# ruff: noqa: TID253 - only code that works on the database imports this package
import atexit
import os
import secrets
import shutil
import tempfile
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any, get_args
from uuid import UUID, uuid4

from sqlalchemy import URL, Column, Connection, Table, create_engine, inspect, text
from sqlmodel import SQLModel

from routegen.database.autogenerate import differences
from routegen.database.columns import python_type
from routegen.database.engine import Database
from routegen.database.migrations import FOLDER, connected, load_models, upgrade
from routegen.database.url import VARIABLE, database_url, parse
from routegen.errors import ConflictError

TEST_VARIABLE = "TEST_DATABASE_URL"

_templates: dict[tuple[Path, str], URL] = {}
_numbers = count(1)
_in_use: list[Path] = []


@contextmanager
def throw_away(database: Database) -> Generator[None]:
    """A new database for what runs inside: migrated as the project's migrations say, empty, and gone afterwards.

    Raises:
        ConflictError: the migrations make something else than the models say.
    """
    server = os.environ.get(TEST_VARIABLE, "").strip()
    key = (database.root, server)
    if key not in _templates:
        _templates[key] = _template(database.root, server)
    before = os.environ.get(VARIABLE)
    copy = _copy(_templates[key], server)
    os.environ[VARIABLE] = copy.render_as_string(hide_password=False)
    _in_use.append(database.root)
    try:
        yield
    finally:
        _in_use.remove(database.root)
        if before is None:
            del os.environ[VARIABLE]
        else:
            os.environ[VARIABLE] = before
        if not server:
            _drop(copy, server)


def is_thrown_away(root: Path) -> bool:
    """Whether the project at `root` has a database of `throw_away` at this moment."""
    return root in _in_use


def make_row(
    database: Database, model: type[SQLModel], *, filled: Iterable[str] = (), **values: Any
) -> dict[str, Any]:
    """Insert a row with made-up values, and the rows that it has to refer to. Returns the row.

    Args:
        filled: columns that get a value although they may be null.
        values: the columns that matter to the test.
    """
    with connected(database_url(database.root)) as connection:
        row = _insert(connection, model, values, filled)
        connection.commit()
    return row


def _insert(
    connection: Connection, model: type[SQLModel], given: dict[str, Any], filled: Iterable[str] = ()
) -> dict[str, Any]:
    table: Any = inspect(model).local_table
    values = dict(given)
    for column in table.columns:
        needed = column.name in set(filled) or not column.nullable
        if column.name not in values and needed and not column.primary_key:
            values[column.name] = _value(connection, model, column)
    row = connection.execute(table.insert().values(values).returning(*table.columns)).mappings().one()
    return dict(row)


def _value(connection: Connection, model: type[SQLModel], column: Column[Any]) -> Any:
    for key in column.foreign_keys:
        return _insert(connection, _model_of(key.column.table), {})[key.column.name]
    choices = get_args(model.model_fields[column.name].annotation)
    if choices and all(isinstance(choice, str) for choice in choices):
        return choices[0]
    number = next(_numbers)
    kind = python_type(column.type)
    length = getattr(column.type, "length", None)
    made: dict[type[Any], Any] = {
        str: f"x{number}"[-(length or 10) :],
        int: number,
        float: float(number),
        bool: False,
        Decimal: Decimal(number % 10),
        date: date(2026, 1, 1) + timedelta(days=number),
        datetime: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=number),
        UUID: uuid4(),
    }
    return made.get(kind, {})  # JSON is of no type


def _model_of(table: Table) -> type[SQLModel]:
    mappers: Any = SQLModel._sa_registry.mappers  # pyright: ignore[reportPrivateUsage]
    return next(mapper.class_ for mapper in mappers if mapper.local_table is table)


def _template(root: Path, server: str) -> URL:
    """The migrated database that the others are copies of; made once in a run of the tests."""
    url = _new(server)
    atexit.register(_drop, url, server)
    load_models(root)
    if (root / FOLDER).is_dir():
        upgrade(root, url, allow_drop=True)  # it is empty
    else:
        with connected(url) as connection, connection.begin():
            SQLModel.metadata.create_all(connection)
    with connected(url) as connection:
        if found := differences(connection):
            raise ConflictError(
                f"the migrations do not make what the models say: {', '.join(found)}",
                hint="write the migration that is missing: `routegen db migrate`",
            )
    return url


def _new(server: str) -> URL:
    if not server:
        return URL.create("sqlite", database=str(Path(tempfile.mkdtemp(prefix="routegen-test-")) / "app.db"))
    url = parse(server, Path()).set(database=f"routegen_test_{secrets.token_hex(6)}")
    _on_server(parse(server, Path()), f'CREATE DATABASE "{url.database}"')
    return url


def _copy(template: URL, server: str) -> URL:
    """An empty copy; on PostgreSQL, where a copy takes a quarter of a second, the template itself, emptied."""
    if not server:
        url = _new("")
        shutil.copyfile(template.database or "", url.database or "")
        return url
    tables = ", ".join(f'"{table}"' for table in SQLModel.metadata.tables)
    if tables:
        _on_server(template, f"TRUNCATE {tables} RESTART IDENTITY CASCADE")
    return template


def _drop(url: URL, server: str) -> None:
    if server:
        _on_server(parse(server, Path()), f'DROP DATABASE IF EXISTS "{url.database}" WITH (FORCE)')
    else:
        shutil.rmtree(Path(url.database or "").parent, ignore_errors=True)


def _on_server(url: URL, statement: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(text(statement))
    finally:
        engine.dispose()
