"""Where a handler puts what it received, and where the effects of an event are registered."""

import asyncio
import inspect
import json
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeVar

from routegen.inbox.event import Event, Row, State
from routegen.webhooks import Verified

if TYPE_CHECKING:
    from sqlmodel.ext.asyncio.session import AsyncSession

    from routegen.database import Database
    from routegen.inbox.store import Store
    from routegen.inbox.worker import Worker

Effect = Callable[[Event, "AsyncSession"], Awaitable[None]]
"""What is done about an event. What it writes with the session is committed together with the mark that it is done."""

E = TypeVar("E", bound=Callable[[Event, Any], Awaitable[None]])

RETRIES: Final = (5.0, 30.0, 120.0, 600.0, 1800.0, 3600.0, 7200.0, 14400.0)
"""Seconds before each further attempt: 9 attempts in 8 hours."""


class Inbox:
    """Events, kept in the project's database until their effects are done.

    Args:
        database: of the project.
        retries: seconds before each further attempt; after the last one an event is set aside with the reason.
        concurrency: effects that one worker runs at once.
        lease: seconds after which the events of a worker that was killed are taken over by another one.
        in_server: whether every server process runs a worker; otherwise `routegen webhook work` has to.
    """

    def __init__(
        self,
        database: "Database",
        *,
        retries: Sequence[float] = RETRIES,
        concurrency: int = 8,
        lease: float = 30.0,
        in_server: bool = True,
    ) -> None:
        self.database = database
        self.retries: tuple[float, ...] = tuple(retries)
        self.concurrency = concurrency
        self.lease = lease
        self.in_server = in_server
        self.effects: dict[tuple[str, str], list[Effect]] = {}
        self.workers: set[Worker] = set()
        self._store: Store | None = None

    def on(self, provider: str, *types: str) -> Callable[[E], E]:
        """Register an effect for events of these types, or of all types when none is given.

        Several effects of an event run in the order of their registration, in one transaction.

        Raises:
            TypeError: it is no coroutine function.
        """

        def register(effect: E) -> E:
            if not inspect.iscoroutinefunction(effect):
                raise TypeError(
                    f"an effect is an `async def`, `{getattr(effect, '__name__', effect)}` is none"
                )
            for type in types or ("",):
                self.effects.setdefault((provider, type), []).append(effect)
            return effect

        return register

    def effects_of(self, event: Event) -> list[Effect]:
        """The effects that an event has."""
        own = self.effects.get((event.provider, event.type), []) if event.type else []
        return [*own, *self.effects.get((event.provider, ""), [])]

    async def put(self, delivery: Verified, *, account: str = "") -> int:
        """Keep the events of a delivery; when this returns they are on the disk. Returns how many were new.

        Args:
            account: whose events these are, where one handler receives for several accounts of a provider.
        """
        new = await self.store.put(
            [
                {
                    "provider": delivery.provider,
                    "account": account,
                    "event_id": event.id,
                    "type": event.type,
                    "payload": json.dumps(event.payload),
                }
                for event in delivery.events
            ]
        )
        if new:
            self.wake()
        return new

    def wake(self) -> None:
        """Tell the workers of this process that something is due."""
        for worker in self.workers:
            worker.wake()

    async def rows(self, *, state: State | None = None, limit: int = 100) -> list[Row]:
        """The events that are kept, the latest first."""
        return await self.store.rows(state=state, limit=limit)

    async def drained(self, *, within: float = 10.0) -> None:
        """Wait until no event is waiting any more, done or dead: for tests.

        Raises:
            TimeoutError: some still wait.
        """
        async with asyncio.timeout(within):
            while await self.store.next_due() is not None:  # noqa: ASYNC110 (other processes work on it too)
                await asyncio.sleep(0.01)

    @property
    def store(self) -> "Store":
        """The table behind it."""
        if self._store is None:
            from routegen.inbox.store import Store

            self._store = Store(self.database)
        return self._store
