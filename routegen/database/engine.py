"""Opens the database: one pool of connections for each event loop, and the sessions that handlers take."""

# ruff: noqa: TID253 - only code that works on the database imports this package
import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import URL, Connection, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

from routegen.database.answers import answer_to, explain_connecting
from routegen.database.url import VARIABLE, database_url, make_folder

BUSY_TIMEOUT = 10_000
"""Milliseconds that a writer of SQLite waits for another one."""


class Database:
    """The database of the project at `root`, which the environment names when a session is opened.

    Engines belong to their event loop and close with it, so a test, a script and a server each get their own.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._engines: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, _Engines]] = WeakKeyDictionary()

    async def engine(self) -> AsyncEngine:
        """The engine for the current event loop, made at its first use."""
        return (await self._opened()).reading

    @asynccontextmanager
    async def open(self, *, write: bool = False) -> AsyncGenerator[AsyncSession]:
        """A session outside of a request; what is not committed is rolled back.

        `write` begins with `BEGIN IMMEDIATE` on SQLite: two writers then wait for each other, where a transaction that
        reads first and writes later would fail at once with "database is locked". Keep such a session short.
        """
        engines = await self._opened()
        async with _session(engines.writing if write else engines.reading) as session:
            yield session

    async def read_session(self) -> AsyncIterator[AsyncSession]:
        """The dependency of a handler that reads.

        Raises:
            HTTPException: what the database refuses because of the request, as 409 or 422.
        """
        async with _session((await self._opened()).reading) as session:
            try:
                yield session
            except DBAPIError as error:
                raise answer_to(error) from error

    async def write_session(self) -> AsyncIterator[AsyncSession]:
        """The dependency of a handler that writes; it commits by itself. Raises as `read_session` does."""
        async with _session((await self._opened()).writing) as session:
            try:
                yield session
            except DBAPIError as error:
                raise answer_to(error) from error

    async def _opened(self) -> "_Engines":
        """The engines of this event loop for what the environment names now: one look-up, at every request."""
        engines = self._engines.setdefault(asyncio.get_running_loop(), {})
        name = os.environ.get(VARIABLE, "")
        found = engines.get(name)
        if found is None:
            url = database_url(self.root)
            make_folder(url, self.root)
            engine = make_engine(url)
            closer = _until_the_loop_ends(engine)
            found = engines[name] = _Engines(engine, _that_writes(engine), closer)
            await anext(closer)
        return found


@dataclass(frozen=True, slots=True)
class _Engines:
    """One pool of connections, for transactions that read and for those that write; and what closes it."""

    reading: AsyncEngine
    writing: AsyncEngine
    closer: AsyncGenerator[None]


def _session(engine: AsyncEngine) -> AsyncSession:
    return AsyncSession(engine, expire_on_commit=False)


def make_engine(url: URL) -> AsyncEngine:
    """An engine with what each database needs to be run in production."""
    if url.get_backend_name() != "sqlite":
        engine = create_async_engine(url, pool_pre_ping=True, pool_recycle=1800)
    else:
        engine = create_async_engine(url)
        event.listen(engine.sync_engine, "connect", _set_up_sqlite)
    explain_connecting(engine.sync_engine)
    return engine


def _that_writes(engine: AsyncEngine) -> AsyncEngine:
    """The same pool, each transaction begun so that it may write; readers pay nothing for it."""
    writing = engine.execution_options()
    if engine.dialect.name == "sqlite":
        event.listen(writing.sync_engine, "begin", _begin_immediate)
    return writing


async def _until_the_loop_ends(engine: AsyncEngine) -> AsyncGenerator[None]:
    """Closes the engine when its loop does: asyncio closes every started generator before it ends a loop."""
    try:
        yield
    finally:
        await engine.dispose()


def _set_up_sqlite(connection: Any, _: Any) -> None:
    """Readers do not wait for a writer, foreign keys hold, a writer waits for another one."""
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT}")  # first: the next one may have to wait
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")  # with WAL: a crash of the machine loses no consistency
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_immediate(connection: Connection) -> None:
    """Take the write lock at once."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")
