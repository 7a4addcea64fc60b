"""Keeps a channel in two PostgreSQL tables, and tells of news by NOTIFY."""

import asyncio
import contextlib
import hashlib
import time
from collections.abc import AsyncGenerator
from typing import Any, Final

from routegen.streams.log import START, Entry, key

_AT_ONCE: Final = 500
_LOOK_EVERY: Final = 30.0
"""Seconds after which it is looked for news that no notification told of."""

_TABLES: Final = """
create table if not exists routegen_channels (
    name text primary key, epoch bigint not null, last bigint not null
);
create table if not exists routegen_events (
    channel text not null, number bigint not null, payload text not null,
    primary key (channel, number)
)
"""
# The row of the channel is locked until the end of the transaction: numbers have no gaps, and who sees one sees all
# before it.
_NEXT: Final = """
insert into routegen_channels (name, epoch, last) values (%s, %s, 1)
on conflict (name) do update set last = routegen_channels.last + 1 returning epoch, last
"""
# One statement, one moment: between two of them the first event may come, and would get an id of no epoch.
_SINCE: Final = """
select c.epoch, c.last, e.number, e.payload from routegen_channels c left join lateral (
    select number, payload from routegen_events where channel = c.name and number > %s order by number limit %s
) e on true where c.name = %s order by e.number
"""


class PostgresLog:
    """The newest entries of a channel in a database.

    Args:
        url: `postgresql://…`, also with a driver (`postgresql+psycopg://…`), which is left out.
        name: of the channel.
        keep: how many entries.

    Raises:
        ModuleNotFoundError: `psycopg` is not installed.
    """

    def __init__(self, url: str, name: str, keep: int) -> None:
        try:
            import psycopg
        except ModuleNotFoundError as error:
            raise ModuleNotFoundError(
                "a broadcast over PostgreSQL needs its driver: pip install 'routegen[postgres]'"
            ) from error
        self._psycopg: Any = psycopg
        scheme, colon, rest = url.partition(":")
        self._url = scheme.partition("+")[0] + colon + rest
        self._name = name
        self._keep = keep
        self._topic = f"routegen_{hashlib.sha256(name.encode()).hexdigest()[:32]}"
        self._made = False
        self._shared: Any = None
        self._users = 0
        self._turn = asyncio.Lock()

    async def append(self, payload: bytes) -> str:
        """Add an entry; it counts when the transaction is committed."""
        async with self._connection() as connection, connection.transaction():
            now = time.time_ns() // 1_000_000
            found = await connection.execute(_NEXT, (self._name, now))
            epoch, number = await found.fetchone()
            row = (self._name, number, payload.decode())
            await connection.execute("insert into routegen_events values (%s, %s, %s)", row)
            old = (self._name, number - self._keep)
            await connection.execute("delete from routegen_events where channel = %s and number <= %s", old)
            await connection.execute("select pg_notify(%s, '')", (self._topic,))
        return f"{epoch}-{number}"

    async def last(self) -> str:
        """The newest id."""
        async with self._connection() as connection:
            found = await connection.execute(
                "select epoch, last from routegen_channels where name = %s", (self._name,)
            )
            row: tuple[int, int] | None = await found.fetchone()
        return "-".join(map(str, row)) if row else START

    async def read(self, after: str) -> list[Entry] | None:
        """The entries after an id, the first 500 of them."""
        async with self._connection() as connection:
            return await self._read(connection, after)

    async def follow(self, after: str) -> AsyncGenerator[list[Entry]]:
        """The entries to come."""
        self._users += 1  # keeps the shared connection open for those who publish and read meanwhile
        connection = None
        try:
            connection = await self._connect()
            await connection.execute(f"listen {self._topic}")
            while True:
                entries = await self._read(connection, after)
                if entries is None:
                    raise LookupError("entries are gone")
                if entries:
                    after = entries[-1].id
                    yield entries
                    continue
                async with contextlib.aclosing(
                    connection.notifies(timeout=_LOOK_EVERY, stop_after=1)
                ) as news:
                    async for _ in news:
                        pass
        finally:
            if connection is not None:
                await connection.close()  # waits for nothing: a task of its own would be cancelled unbegun
            await self._leave()

    async def _read(self, connection: Any, after: str) -> list[Entry] | None:
        found = await connection.execute(_SINCE, (key(after)[1], _AT_ONCE, self._name))
        rows: list[tuple[int, int, int | None, str]] = await found.fetchall()
        epoch, last = rows[0][:2] if rows else (0, 0)
        wanted = (epoch, 0) if after == START else key(after)
        if wanted[0] != epoch or not last - self._keep <= wanted[1] <= last:
            return None
        return [
            Entry(f"{epoch}-{number}", text.encode()) for _, _, number, text in rows if number is not None
        ]

    @contextlib.asynccontextmanager
    async def _connection(self) -> AsyncGenerator[Any]:
        """The connection that all share, one after the other; the last one to leave closes it."""
        self._users += 1
        try:
            async with self._turn:
                if self._shared is None or self._shared.closed:
                    self._shared = await self._connect()
                yield self._shared
        finally:
            await self._leave()

    async def _leave(self) -> None:
        self._users -= 1
        if not self._users and self._shared is not None:
            connection, self._shared = self._shared, None
            await connection.close()

    async def _connect(self) -> Any:
        connection = await self._psycopg.AsyncConnection.connect(self._url, autocommit=True)
        try:
            if not self._made:
                await self._make_tables(connection)
        except BaseException:
            await connection.close()
            raise
        return connection

    async def _make_tables(self, connection: Any) -> None:
        # Two processes that create a table at the same time would meet in the catalogue's unique index
        async with connection.transaction():
            await connection.execute("select pg_advisory_xact_lock(7263829155)")
            for statement in _TABLES.split(";"):
                await connection.execute(statement)
        self._made = True
