"""Puts what arrives at the same moment into one transaction: one flush to the disk serves all who wait for it."""

# ruff: noqa: TID253 - only code that works on the database imports this module
import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Engine

from routegen.inbox.connections import Connections

_MOST: Final = 100
"""Deliveries in one transaction: enough to share a flush, few enough that none waits long."""

Rows = Sequence[dict[str, str]]


@dataclass(frozen=True, slots=True)
class _Waiting:
    """Rows to be kept, and who waits for it."""

    rows: Rows
    loop: asyncio.AbstractEventLoop
    future: "asyncio.Future[int]"

    def settle(self, outcome: int | Exception) -> None:
        """Tell it; in a thread."""
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self.loop.call_soon_threadsafe(self._settle, outcome)

    def _settle(self, outcome: int | Exception) -> None:
        if self.future.done():
            return  # the client left
        if isinstance(outcome, Exception):
            self.future.set_exception(outcome)
        else:
            self.future.set_result(outcome)


class Gathering:
    """Keeps rows with `insert`, those of several callers in one transaction."""

    def __init__(self, connections: Connections, insert: Callable[[Connection, Rows], int]) -> None:
        self._connections = connections
        self._insert = insert
        self._waiting: deque[_Waiting] = deque()

    async def add(self, rows: Rows) -> int:
        """What `insert` returns for these rows, once they are on the disk.

        Raises:
            Exception: what the database says about them.
        """
        loop = asyncio.get_running_loop()
        waiting = _Waiting(rows, loop, loop.create_future())
        self._waiting.append(waiting)
        self._connections.submit(self._flush)
        return await waiting.future

    def _flush(self, engine: Engine) -> None:
        """Keep what waits by now; what an earlier flush took with it is gone from the queue."""
        taken: list[_Waiting] = []
        while self._waiting and len(taken) < _MOST:
            try:
                taken.append(self._waiting.popleft())
            except IndexError:
                break  # another thread was faster
        if taken and not self._together(engine, taken):
            for waiting in taken:  # one that the database refuses must not take the others with it
                self._alone(engine, waiting)

    def _together(self, engine: Engine, taken: list[_Waiting]) -> bool:
        def insert_all(connection: Connection) -> list[int]:
            return [self._insert(connection, waiting.rows) for waiting in taken]

        try:
            counts: list[Any] = self._connections.transact(engine, insert_all)
        except Exception:
            return False
        for waiting, count in zip(taken, counts, strict=True):
            waiting.settle(count)
        return True

    def _alone(self, engine: Engine, waiting: _Waiting) -> None:
        try:
            waiting.settle(self._connections.transact(engine, lambda c: self._insert(c, waiting.rows)))
        except Exception as error:
            waiting.settle(error)
