"""Keeps sessions in a table: begun, found, seen, listed and ended, the same on SQLite and PostgreSQL.

The secret is with the browser, its SHA-256 in the table, so a session ends when its row goes: at logout, at "log out
everywhere", with its user, or by age (ASVS 5.0, 7.2.3, 7.3.1, 7.3.2, 7.4.1, 7.4.2, 7.5.2). Nothing else is in it:
whatever belongs to the user is read from the user's row at each request, and so is never stale.
"""

# ruff: noqa: TID253 - only code that works on the database imports this module
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import Column, ColumnElement, Float, MetaData, String, Table

from routegen.sessions.tokens import digest, new_token, printable
from routegen.sessions.transactions import Opens, change, delete_of, found, secret_table

_TOUCH: Final = 60.0  # seconds: a session's last use is written at most this often, not with every request
_MOST_LISTED: Final = 100


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How long a session lives, in seconds: since it was used last, and since it began. Both hold at every request.

    The last use is noted once a minute (or ten times in `idle`), so a session may end that much sooner.
    """

    idle: int = 24 * 3600
    absolute: int = 30 * 24 * 3600

    def __post_init__(self) -> None:
        if not 0 < self.idle <= self.absolute:
            raise ValueError("a session's `idle` time is positive and no longer than its `absolute` time")


@dataclass(frozen=True, slots=True)
class Session:
    """One session, without its secret. Times are seconds since 1970; `id` may be shown, it opens nothing."""

    id: str
    user_id: int
    created_at: float
    seen_at: float
    user_agent: str
    address: str


def session_table(metadata: MetaData, users: str, name: str = "auth_sessions") -> Table:
    """The table of sessions, added to `metadata`.

    Args:
        metadata: where the project's tables are, `SQLModel.metadata`.
        users: the key of a user, an integer: `auth_users.id`. A user's sessions go with the user.
        name: the table's name.
    """
    return secret_table(
        metadata,
        users,
        name,
        Column("created_at", Float(53), nullable=False, index=True),
        Column("seen_at", Float(53), nullable=False),
        Column("user_agent", String(200), nullable=False),
        Column("address", String(64), nullable=False),
    )


class Sessions:
    """The sessions of one table.

    Args:
        database: `lib.db.database`; each method is one short transaction of its own.
        table: made by `session_table`.
        lifetime: how long a session lives.
        clock: the time, in seconds since 1970.
    """

    def __init__(
        self,
        database: Opens,
        table: Table,
        lifetime: Lifetime | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.database = database
        self.table = table
        self.lifetime: Lifetime = lifetime or Lifetime()
        self.clock = clock

    async def begin(
        self, user_id: int, *, replaces: str | None = None, user_agent: str = "", address: str = ""
    ) -> str:
        """Begin a session with a secret that nobody had before, so that one planted before the login is worth nothing
        (ASVS 5.0, 7.2.4). Sessions past their age are deleted along the way.

        Args:
            user_id: whose it is.
            replaces: the secret of the session that the browser had so far, which ends.
            user_agent: what the list of sessions shows; cut at 200 characters.
            address: what the list of sessions shows.

        Returns:
            The secret, for `set_cookie`. It is kept nowhere.
        """
        token, now, columns = new_token(), self.clock(), self.table.c
        row = {
            "id": uuid4().hex,
            "digest": digest(token),
            "user_id": user_id,
            "created_at": now,
            "seen_at": now,
            "user_agent": printable(user_agent, 200),
            "address": printable(address, 64),
        }
        gone = columns.created_at <= now - self.lifetime.absolute
        if replaces is not None:
            gone |= columns.digest == digest(replaces)
        await change(self.database, self.table.insert().values(row), self.table.delete().where(gone))
        return token

    def alive(self) -> ColumnElement[bool]:
        """The condition, for a query, that a session is within both of its ages."""
        now, columns = self.clock(), self.table.c
        within: Any = (columns.seen_at > now - self.lifetime.idle) & (
            columns.created_at > now - self.lifetime.absolute
        )
        return within

    async def find(self, token: str) -> Session | None:
        """The session of a secret, if it is alive; noted as used."""
        query = self.table.select().where(self.table.c.digest == digest(token), self.alive())
        for session in await found(self.database, query, Session):
            await self.touch(session)
            return session
        return None

    async def touch(self, session: Session) -> None:
        """Note that a session is in use, if that was not noted just now."""
        now = self.clock()
        if now - session.seen_at < min(_TOUCH, self.lifetime.idle / 10):
            return
        await change(
            self.database, self.table.update().where(self.table.c.id == session.id).values(seen_at=now)
        )

    async def all_of(self, user_id: int) -> list[Session]:
        """A user's live sessions, the one used last first; at most 100."""
        columns = self.table.c
        query = self.table.select().where(columns.user_id == user_id, self.alive())
        query = query.order_by(columns.seen_at.desc(), columns.id).limit(_MOST_LISTED)
        return await found(self.database, query, Session)

    async def end(self, token: str) -> None:
        """End the session of a secret at once; nothing happens when there is none."""
        await change(self.database, self.table.delete().where(self.table.c.digest == digest(token)))

    async def end_one(self, user_id: int, id: str) -> bool:
        """End one session by its id. Returns whether this user had it: another user's is not touched."""
        return await delete_of(self.database, self.table, user_id, id)

    async def end_all(self, user_id: int) -> int:
        """Log a user out everywhere. Returns how many sessions ended."""
        return await change(self.database, self.table.delete().where(self.table.c.user_id == user_id))
