"""Wakes a worker when another process has put something in: PostgreSQL tells, SQLite is looked at every second."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from routegen.inbox.store import CHANNEL, Store

log = logging.getLogger("routegen.inbox")

_PAUSE = 5.0
"""Seconds before listening anew when the connection was lost; meanwhile the worker looks by itself."""


async def listening(store: Store, wake: Callable[[], None]) -> None:
    """Call `wake` whenever something came in, until it is cancelled; at once over where the database tells nothing."""
    engine = await store.database.engine()
    if engine.dialect.name != "postgresql" or engine.dialect.driver != "psycopg":
        return
    while True:
        try:
            await _listen(engine.url.set(drivername="postgresql").render_as_string(hide_password=False), wake)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            log.warning("not listening to PostgreSQL for now: %s", type(error).__name__)
        await asyncio.sleep(_PAUSE)


async def _listen(url: str, wake: Callable[[], None]) -> None:
    from psycopg import AsyncConnection, sql

    # a connection of its own, outside of the pool, which would hand it to somebody else
    connection: AsyncConnection[Any] = await AsyncConnection.connect(url, autocommit=True)
    async with connection:
        await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
        wake()  # for what came in before
        async for _ in connection.notifies():
            wake()
