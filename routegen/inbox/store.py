"""Every statement on the table of the inbox: what is put, claimed, done, failed, listed; each in its own transaction."""

# ruff: noqa: TID253 - only code that works on the database imports this module
import time
import uuid
from collections.abc import Iterable, Sequence
from typing import Any, cast

from sqlalchemy import Connection, CursorResult, Select, Update, func, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from routegen.database import Database
from routegen.inbox.connections import Connections
from routegen.inbox.event import Row, State
from routegen.inbox.gathering import Gathering
from routegen.inbox.table import INBOX

CHANNEL = "webhook_inbox"
"""The channel of PostgreSQL on which one host tells the others that something came in."""

_OWN = INBOX.c.state == "pending"


class Store:
    """The table in the project's database, reached through connections and threads of its own."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.connections: Connections = Connections(database.root)
        self._puts = Gathering(self.connections, _insert)

    async def put(self, rows: Sequence[dict[str, str]]) -> int:
        """Keep events; those that are there already stay as they are. Returns how many were new.

        Args:
            rows: `provider`, `account`, `event_id`, `type` and `payload` of each.
        """
        return await self._puts.add(rows)

    async def next_due(self) -> float | None:
        """When the next event is due; None when none is waiting."""
        return await self.connections.read(lambda c: c.scalar(select(func.min(INBOX.c.due_at)).where(_OWN)))

    async def claim(self, limit: int, lease: float) -> list[Row]:
        """Take up to `limit` events that are due, for `lease` seconds: nobody else gets them until then."""
        return await self.connections.write(lambda c: _claim(c, limit, lease))

    async def extend(self, rows: Iterable[Row], lease: float) -> None:
        """Keep claims for another `lease` seconds."""
        until = time.time() + lease
        statements = [_claimed(row).values(due_at=until) for row in rows]
        await self.connections.write(lambda c: [c.execute(statement) for statement in statements])

    async def release(self, row: Row, *, after: float = 0.0) -> None:
        """Give a claim back as if it had not been taken."""
        values = {"claim": None, "due_at": time.time() + after, "attempts": INBOX.c.attempts - 1}
        await self.connections.write(lambda c: c.execute(_claimed(row).values(values)))

    async def fail(self, row: Row, reason: str, *, again_in: float | None) -> None:
        """Note why an attempt failed. Without a further one the event is dead until somebody retries it."""
        values: dict[str, Any] = {"claim": None, "error": reason.replace("\0", "")}
        if again_in is None:
            values["state"] = "dead"
        else:
            values["due_at"] = time.time() + again_in
        await self.connections.write(lambda c: c.execute(_claimed(row).values(values)))

    async def rows(
        self, *, state: State | None = None, number: int | None = None, limit: int = 100
    ) -> list[Row]:
        """Events, the latest first."""
        query: Select[Any] = select(*INBOX.c).order_by(INBOX.c.id.desc()).limit(limit)
        if state is not None:
            query = query.where(INBOX.c.state == state)
        if number is not None:
            query = query.where(INBOX.c.id == number)
        return await self.connections.read(lambda c: [Row(*row) for row in c.execute(query)])

    async def counts(self) -> dict[str, int]:
        """How many events there are in each state."""
        query = select(INBOX.c.state, func.count()).group_by(INBOX.c.state)
        return await self.connections.read(lambda c: {row[0]: row[1] for row in c.execute(query)})

    async def retry(self, numbers: Sequence[int] | None = None) -> int:
        """Run these events anew, whatever became of them, or all dead ones. Returns how many there were."""
        again = update(INBOX).values(
            state="pending", attempts=0, due_at=time.time(), claim=None, error=None, done_at=None
        )
        again = again.where(INBOX.c.state == "dead" if numbers is None else INBOX.c.id.in_(numbers))
        return await self.connections.write(lambda c: _count(c.execute(again)))

    async def bury(self, number: int, reason: str) -> int:
        """Give an event up that waits. Returns 1, or 0 when it does not."""
        dead = update(INBOX).where(INBOX.c.id == number, _OWN).values(state="dead", claim=None, error=reason)
        return await self.connections.write(lambda c: _count(c.execute(dead)))


def done(row: Row) -> Update:
    """The statement that marks a claimed event as done; it changes no row when the claim was lost."""
    return _claimed(row).values(state="done", done_at=time.time(), claim=None, error=None)


def _insert(connection: Connection, rows: Sequence[dict[str, str]]) -> int:
    """Keep what is new. The unique constraint decides, so that two hosts cannot both find an event new."""
    now = time.time()
    usual = {"state": "pending", "attempts": 0, "received_at": now, "due_at": now}
    is_postgresql = connection.dialect.name == "postgresql"
    insert = postgresql.insert if is_postgresql else sqlite.insert
    # The rows that come back are counted: `rowcount` says nothing about an INSERT on PostgreSQL
    statement = insert(INBOX).on_conflict_do_nothing().returning(INBOX.c.id)
    new = sum(len(connection.execute(statement, {**row, **usual}).all()) for row in rows)
    if new and is_postgresql:
        connection.execute(text("SELECT pg_notify(:channel, '')"), {"channel": CHANNEL})
    return new


def _claim(connection: Connection, limit: int, lease: float) -> list[Row]:
    now = time.time()
    due = select(INBOX.c.id).where(_OWN, INBOX.c.due_at <= now)
    # Two workers take different rows at once; SQLite has one writer at a time and leaves the clause out
    picked = due.order_by(INBOX.c.due_at, INBOX.c.id).limit(limit).with_for_update(skip_locked=True).cte()
    taken = update(INBOX).where(INBOX.c.id.in_(select(picked.c.id)))
    values = {"claim": uuid.uuid4().hex, "due_at": now + lease, "attempts": INBOX.c.attempts + 1}
    found = connection.execute(taken.values(values).returning(*INBOX.c))
    return sorted((Row(*row) for row in found), key=lambda row: row.number)


def _claimed(row: Row) -> Update:
    return update(INBOX).where(INBOX.c.id == row.number, INBOX.c.claim == row.claim, _OWN)


def _count(result: Any) -> int:
    return max(cast("CursorResult[Any]", result).rowcount, 0)
