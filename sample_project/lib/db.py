"""The database: one engine, and the session that a handler takes as `session: Session`.

SQLite in `data/app.db`, which needs nothing; `DATABASE_URL` (`sqlite+aiosqlite:///other.db`) names
another file. Missing tables are created when a session begins; existing ones are never changed.
"""

import os
from collections.abc import AsyncIterator
from functools import cache
from pathlib import Path
from typing import Annotated, Any
from weakref import WeakKeyDictionary

import fastapi
from fastapi import Depends
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

DEFAULT = Path(__file__).resolve().parent.parent / "data" / "app.db"

RowId = Annotated[int, fastapi.Path(ge=1, le=2**63 - 1)]  # what an integer key can be

_tables_made: WeakKeyDictionary[AsyncEngine, int] = WeakKeyDictionary()


def engine() -> AsyncEngine:
    """The engine of the database that the environment names."""
    return _engine(os.environ.get("DATABASE_URL") or f"sqlite+aiosqlite:///{DEFAULT}")


@cache
def _engine(url: str) -> AsyncEngine:
    made = create_async_engine(url)
    if made.url.database and made.dialect.name == "sqlite":
        Path(made.url.database).parent.mkdir(parents=True, exist_ok=True)
        event.listen(made.sync_engine, "connect", _set_up_sqlite)
    return made


def _set_up_sqlite(connection: Any, _: Any) -> None:
    """Readers do not wait for a writer, foreign keys hold, a writer waits 5 s for another one."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA busy_timeout = 5000")
    cursor.close()


async def make_tables(database: AsyncEngine) -> None:
    """Create the tables that are missing; a model may be imported after the first session began."""
    tables = SQLModel.metadata.sorted_tables
    if _tables_made.get(database) == len(tables):
        return
    async with database.begin() as connection:
        for table in tables:
            await connection.execute(CreateTable(table, if_not_exists=True))
            for index in table.indexes:
                await connection.execute(CreateIndex(index, if_not_exists=True))
    _tables_made[database] = len(tables)


async def open_session() -> AsyncIterator[AsyncSession]:
    """One session a request; what is not committed is rolled back."""
    database = engine()
    await make_tables(database)
    async with AsyncSession(database, expire_on_commit=False) as session:
        yield session


Session = Annotated[AsyncSession, Depends(open_session)]
