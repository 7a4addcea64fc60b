"""Opens the short transactions of the stores; what the database refuses reads as everywhere else."""

# ruff: noqa: TID253 - only code that works on the database imports this module
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import fields
from typing import Any, Protocol, TypeVar

from sqlalchemy import Column, ForeignKey, MetaData, String, Table
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from routegen.database import BigKey
from routegen.database.answers import answer_to

_T = TypeVar("_T")


class Opens(Protocol):
    """What opens a database session: `routegen.database.Database`, the `database` of `lib/db.py`."""

    def open(self, *, write: bool = False) -> AbstractAsyncContextManager[AsyncSession]:
        """A session; what is not committed when it closes is rolled back."""
        ...


def secret_table(metadata: MetaData, users: str, name: str, *columns: Column[Any]) -> Table:
    """A table of secrets that open something for a user, added to `metadata`. It knows their SHA-256 only.

    Args:
        metadata: where the project's tables are, `SQLModel.metadata`.
        users: the key of a user, an integer: `auth_users.id`. What is a user's goes with the user.
        name: the table's name.
        columns: what else is kept of each.
    """
    user = ForeignKey(users, ondelete="CASCADE")
    return Table(
        name,
        metadata,
        Column("id", String(32), primary_key=True),
        Column("digest", String(64), nullable=False, unique=True),
        Column("user_id", BigKey, user, nullable=False, index=True),
        *columns,
    )


@asynccontextmanager
async def reading(database: Opens) -> AsyncGenerator[AsyncConnection]:
    """A connection to read from.

    Raises:
        BehindError: the tables are missing, `routegen db upgrade` makes them.
        HTTPException: 503, the database is busy.
    """
    async with database.open() as session:
        try:
            yield await session.connection()
        except DBAPIError as error:
            raise answer_to(error) from error


async def change(database: Opens, *statements: Any) -> int:
    """Run statements in one transaction and commit it. Returns how many rows the first one changed.

    Raises:
        BehindError: as `reading`.
        HTTPException: 409, a value is taken or a row that is referred to is gone; 503, the database is busy.
    """
    async with database.open(write=True) as session:
        try:
            connection = await session.connection()
            results = [await connection.execute(statement) for statement in statements]
            await session.commit()
        except DBAPIError as error:
            raise answer_to(error) from error
    return results[0].rowcount


async def found(database: Opens, query: Any, of: type[_T]) -> list[_T]:
    """What a query finds, each row as the dataclass whose fields are among its columns. Raises as `reading` does."""
    kind: Any = of
    names = [field.name for field in fields(kind)]
    async with reading(database) as connection:
        rows = (await connection.execute(query)).mappings().all()
    return [of(**{name: row[name] for name in names}) for row in rows]


async def delete_of(database: Opens, table: Table, user_id: int, id: str) -> bool:
    """Delete a user's row by its id. Returns whether this user had it: another user's is not touched."""
    columns = table.c
    return await change(database, table.delete().where(columns.id == id, columns.user_id == user_id)) > 0
