"""API keys: `rg_live_…`, shown once, kept as a SHA-256; created, found, listed and revoked in one table.

The prefix lets secret scanners and people tell what they have found. A key holds 256 random bits (ASVS 5.0, 7.2.3), so
one hash without salt is enough. It has a subset of its user's scopes and dies with the user.
"""

# ruff: noqa: TID253 - only code that works on the database imports this module
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from sqlalchemy import Column, Float, MetaData, String, Table

from routegen.sessions.tokens import digest, is_token, new_token, printable
from routegen.sessions.transactions import Opens, change, delete_of, found, secret_table

PREFIX: Final = "rg_live_"
"""What every key begins with."""

_TOUCH: Final = 60.0  # seconds: the last use of a key is written at most this often
_SHOWN: Final = len(PREFIX) + 4


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One key, without its secret. `start` is its first characters, to tell it by; times are seconds since 1970."""

    id: str
    user_id: int
    name: str
    start: str
    scopes: str
    created_at: float
    used_at: float | None


def api_key_table(metadata: MetaData, users: str, name: str = "auth_api_keys") -> Table:
    """The table of API keys, added to `metadata`. Arguments as of `session_table`."""
    return secret_table(
        metadata,
        users,
        name,
        Column("name", String(100), nullable=False),
        Column("start", String(16), nullable=False),
        Column("scopes", String(1000), nullable=False),
        Column("created_at", Float(53), nullable=False),
        Column("used_at", Float(53), nullable=True),
    )


def is_api_key(text: str) -> bool:
    """Whether a text has the form of a key; anything else is not worth a look into the database."""
    return text.startswith(PREFIX) and is_token(text.removeprefix(PREFIX))


class ApiKeys:
    """The API keys of one table. Arguments as of `Sessions`; each method is one short transaction of its own."""

    def __init__(self, database: Opens, table: Table, clock: Callable[[], float] = time.time) -> None:
        self.database = database
        self.table = table
        self.clock = clock

    async def create(self, user_id: int, name: str, scopes: Iterable[str] = ()) -> tuple[str, ApiKey]:
        """Make a key.

        Args:
            user_id: whose it is.
            name: what the user calls it; cut at 100 characters, without control characters.
            scopes: what it allows; the caller has checked that the user has them.

        Returns:
            The secret, to be shown once and kept nowhere, and what is kept of it.
        """
        secret = PREFIX + new_token()
        name, start, now = printable(name, 100), secret[:_SHOWN], self.clock()
        key = ApiKey(uuid4().hex, user_id, name, start, join_scopes(scopes), now, None)
        row = {field: getattr(key, field) for field in ApiKey.__slots__}
        await change(self.database, self.table.insert().values(digest=digest(secret), **row))
        return secret, key

    async def touch(self, id: str, used_at: float | None) -> None:
        """Note that a key is in use, if that was not noted just now."""
        now = self.clock()
        if used_at is None or now - used_at >= _TOUCH:
            await change(self.database, self.table.update().where(self.table.c.id == id).values(used_at=now))

    async def all_of(self, user_id: int) -> list[ApiKey]:
        """A user's keys, the newest first."""
        columns = self.table.c
        query = self.table.select().where(columns.user_id == user_id)
        return await found(self.database, query.order_by(columns.created_at.desc(), columns.id), ApiKey)

    async def revoke(self, user_id: int, id: str) -> bool:
        """Revoke a key at once. Returns whether this user had it: another user's is not touched."""
        return await delete_of(self.database, self.table, user_id, id)


def split_scopes(text: str) -> frozenset[str]:
    """The scopes of a text that separates them by spaces (RFC 6749 3.3)."""
    return frozenset(text.split())


def join_scopes(scopes: Iterable[str]) -> str:
    """The scopes as one text, sorted, separated by spaces."""
    return " ".join(sorted(set(scopes)))
