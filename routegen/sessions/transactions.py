"""Opens the short transactions of the stores; what the database refuses reads as everywhere else."""

# ruff: noqa: TID253 - only code that works on the database imports this module
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Protocol

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from routegen.database.answers import answer_to


class Opens(Protocol):
    """What opens a database session: `routegen.database.Database`, the `database` of `lib/db.py`."""

    def open(self, *, write: bool = False) -> AbstractAsyncContextManager[AsyncSession]:
        """A session; what is not committed when it closes is rolled back."""
        ...


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
