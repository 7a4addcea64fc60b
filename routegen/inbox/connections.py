"""Connections of the inbox to the project's database: every commit is on the disk, and no event loop waits for it."""

# ruff: noqa: TID253 - only code that works on the database imports this module
import asyncio
import atexit
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any, Final, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.schema import CreateIndex, CreateTable

from routegen.database.answers import BehindError, answer_to, unreachable
from routegen.database.url import database_url, shown
from routegen.inbox.table import INBOX

T = TypeVar("T")

_BUSY_TIMEOUT: Final = 10_000
_THREADS: Final = 4


class Connections:
    """Runs functions of a connection in threads, in the database `url`, or that the environment names just then.

    On SQLite it is one thread, so that writers of a process take turns: one that finds the file locked sleeps longer
    than it has to. There every commit flushes to the disk (`synchronous=FULL`), whatever the rest of the project does:
    what is acknowledged survives a power failure.

    Everything raises BehindError for a database that is not there, does not answer or lacks the table.
    """

    def __init__(self, root: Path, url: URL | None = None) -> None:
        self.root = root
        self._url = url
        self._lock = Lock()
        self._open: tuple[URL, Engine, ThreadPoolExecutor] | None = None
        atexit.register(self.close)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """What `work` returns, after its transaction is on the disk."""
        return await self._run(lambda engine: self.transact(engine, work))

    async def read(self, work: Callable[[Connection], T]) -> T:
        """What `work` returns, which only reads and waits for no writer."""

        def reading(engine: Engine) -> T:
            with _connected(engine) as connection:
                return work(connection)

        return await self._run(reading)

    def submit(self, work: Callable[[Engine], Any]) -> None:
        """Have `work` run in a thread; what becomes of it is its own business."""
        engine, threads = self._opened()
        threads.submit(work, engine)

    @staticmethod
    def transact(engine: Engine, work: Callable[[Connection], T]) -> T:
        """What `work` returns; in a thread."""
        with _connected(engine) as connection, connection.begin():
            if engine.dialect.name == "sqlite":
                connection.exec_driver_sql(
                    "BEGIN IMMEDIATE"
                )  # a read that becomes a write could fail at once
            return work(connection)

    def close(self) -> None:
        """Close everything; the next use opens it anew."""
        with self._lock:
            opened, self._open = self._open, None
        if opened is not None:
            _, engine, threads = opened
            threads.shutdown()
            engine.dispose()

    async def _run(self, work: Callable[[Engine], T]) -> T:
        engine, threads = self._opened()
        return await asyncio.get_running_loop().run_in_executor(threads, work, engine)

    def _opened(self) -> tuple[Engine, ThreadPoolExecutor]:
        url = self._url or database_url(self.root)
        if self._open is not None and self._open[0] != url:
            self.close()  # a test has named another database
        with self._lock:
            if self._open is None:
                migrated = (self.root / "migrations").is_dir()
                engine = _engine(url, self.root if migrated else None)
                number = 1 if engine.dialect.name == "sqlite" else _THREADS
                threads = ThreadPoolExecutor(number, thread_name_prefix="routegen-inbox")
                if not migrated:
                    threads.submit(_make_table, engine).result()
                self._open = url, engine, threads
            return self._open[1:]


@contextmanager
def _connected(engine: Engine) -> Generator[Connection]:
    """A connection; what the database refuses reads as everywhere else."""
    try:
        connection = engine.connect()
    except OperationalError as error:
        raise unreachable(error, engine.url) from error
    with connection:
        try:
            yield connection
        except DBAPIError as error:
            if isinstance(answer := answer_to(error), BehindError):
                raise answer from error
            raise


def _engine(url: URL, migrated: Path | None) -> Engine:
    """What connects. A file of SQLite that is not there is made where no migrations of a project would make it."""
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True, pool_recycle=1800, pool_size=_THREADS)
    if url.database:
        file = Path(url.database)
        if migrated is not None and not file.exists():
            raise BehindError(
                f"there is no database `{shown(url, migrated)}` yet", hint="run `routegen db upgrade`"
            )
        file.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url.set(drivername="sqlite"), pool_size=1)
    event.listen(engine, "connect", _set_up_sqlite)
    return engine


def _set_up_sqlite(connection: Any, _: Any) -> None:
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()


def _make_table(engine: Engine) -> None:
    """For a project without migrations."""
    with _connected(engine) as connection, connection.begin():
        connection.execute(CreateTable(INBOX, if_not_exists=True))
        for index in INBOX.indexes:
            connection.execute(CreateIndex(index, if_not_exists=True))
