"""Runs the effects of events that are due: claim, run, commit with the mark; many at once, on any number of hosts."""

# ruff: noqa: TID253 - only code that works on the database imports this module
import asyncio
import logging
import time
import traceback
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, nullcontext, suppress
from typing import Any, Final, cast

from sqlalchemy import CursorResult
from sqlalchemy import event as hooks
from sqlalchemy.exc import DBAPIError
from sqlmodel.ext.asyncio.session import AsyncSession

from routegen.inbox.event import GiveUp, Row
from routegen.inbox.inbox import Inbox
from routegen.inbox.listen import listening
from routegen.inbox.store import done

log = logging.getLogger("routegen.inbox")

POLL: Final = 1.0
"""Seconds after which a worker looks for what another process put in, where nothing tells it."""

GRACE: Final = 5.0
"""Seconds that running effects have to end when the worker stops."""

_BUSY_AGAIN: Final = 0.05
_BUSY_STATES: Final = ("40001", "40P01")  # serialization failure, deadlock
_LONGEST_REASON: Final = 2000


class LostClaimError(Exception):
    """Another worker took the event over, so that what this one wrote must not be committed."""


class Worker:
    """Takes events of one inbox as they become due, and runs their effects."""

    def __init__(self, inbox: Inbox) -> None:
        self.inbox = inbox
        self._wake = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._running: dict[asyncio.Task[None], Row] = {}
        self._stopping = False
        self._turn = asyncio.Lock()

    def wake(self) -> None:
        """Look at the table at once; may be called from any thread."""
        with suppress(RuntimeError):  # its loop is closed: it is gone
            self._loop.call_soon_threadsafe(self._wake.set)

    async def run(self) -> None:
        """Work until it is stopped, whatever the database does; then let what runs end."""
        keeper = asyncio.create_task(self._keep_claims())
        listener = asyncio.create_task(listening(self.inbox.store, self.wake))
        self.inbox.workers.add(self)
        try:
            while not self._stopping:
                self._wake.clear()
                pause = await self._round()
                if self._stopping:
                    break
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), pause)
            await self._let_end()
        finally:
            self.inbox.workers.discard(self)
            for task in (keeper, listener):
                task.cancel()
            await asyncio.gather(keeper, listener, return_exceptions=True)

    def stop(self) -> None:
        """Take no more events; `run` ends when those that run have ended, or were given back."""
        self._stopping = True
        self.wake()

    async def _let_end(self) -> None:
        """Wait for the effects that run; those that do not end in time are rolled back and due again."""
        running = dict(self._running)
        if running:
            await asyncio.wait(running, timeout=GRACE)
        for task, row in running.items():
            if not task.done():
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                await self._quietly(self.inbox.store.release(row))

    async def _round(self) -> float:
        """Start what is due, as far as there is room. Returns the seconds until there may be more."""
        room = self.inbox.concurrency - len(self._running)
        if room <= 0:
            return POLL  # an effect that ends wakes it
        try:
            due = await self.inbox.store.next_due()
            if due is None or due > time.time():
                return POLL if due is None else min(due - time.time(), POLL)
            for row in await self.inbox.store.claim(room, self.inbox.lease):
                task = asyncio.create_task(self._deal_with(row))
                self._running[task] = row
                task.add_done_callback(self._ended)
        except Exception as error:
            log.error("the inbox cannot be read: %s", _one_line(error))
            return POLL
        return 0.0

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.pop(task, None)
        self._wake.set()

    async def _deal_with(self, row: Row) -> None:
        """One attempt. Only being cancelled ends it without a word in the table."""
        store = self.inbox.store
        if row.attempts > len(self.inbox.retries) + 1:  # the process was killed in each of them
            await self._quietly(
                store.fail(row, row.error or "the worker was killed every time", again_in=None)
            )
            return
        try:
            await self._apply(row)
        except LostClaimError:
            log.warning("%s: another worker has taken it over", row.event_id)
        except Exception as error:
            if _is_busy(error):
                await self._quietly(store.release(row, after=_BUSY_AGAIN))
                return
            left = self.inbox.retries[row.attempts - 1 :]
            again_in = left[0] if left and not isinstance(error, GiveUp) else None
            reason = _reason(error)
            what = f"again in {again_in:g} s" if again_in is not None else "given up"
            log.error("%s %s: %s (%s)", row.provider, row.event_id, reason.splitlines()[0], what)
            await self._quietly(store.fail(row, reason, again_in=again_in))

    async def _apply(self, row: Row) -> None:
        """Run the effects and set the mark, in one transaction.

        Raises:
            LostClaimError: the claim ran out meanwhile; everything is rolled back.
            Exception: whatever an effect raises.
        """
        event = row.event
        async with self.inbox.database.open() as session:
            with_guard = _Guard(session)
            for effect in self.inbox.effects_of(event):
                await effect(event, session)
            await session.flush()
            async with self._turn if await _writes_nothing_yet(session) else nullcontext():
                connection = await session.connection()
                marked = cast("CursorResult[Any]", await connection.execute(done(row)))
                if marked.rowcount != 1:
                    raise LostClaimError(row.event_id)
                with_guard.open = True
                await session.commit()

    async def _keep_claims(self) -> None:
        """Extend the claims of what runs longer than a lease."""
        while True:
            await asyncio.sleep(self.inbox.lease / 3)
            if self._running:
                await self._quietly(self.inbox.store.extend(list(self._running.values()), self.inbox.lease))

    async def _quietly(self, doing: Any) -> None:
        """Await something whose failure the lease mends: the event is due again when it runs out."""
        try:
            await doing
        except Exception as error:
            log.error("the inbox cannot be written: %s", _one_line(error))


class _Guard:
    """Keeps an effect from committing by itself: its writes and the mark must be one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self.open = False
        hooks.listen(session.sync_session, "before_commit", self._refuse)

    def _refuse(self, session: Any) -> None:
        if not self.open and not session.in_nested_transaction():
            raise RuntimeError("an effect must not commit: its writes are committed together with the mark")


@asynccontextmanager
async def working(inbox: Inbox) -> AsyncGenerator[Worker]:
    """A worker that runs inside, and is stopped gracefully afterwards."""
    worker = Worker(inbox)
    running = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        worker.stop()
        await running


async def _writes_nothing_yet(session: AsyncSession) -> bool:
    """Whether the session has not taken SQLite's write lock: it may then wait for its turn without holding it."""
    if session.get_bind().dialect.name != "sqlite":
        return False
    raw = await (await session.connection()).get_raw_connection()
    return not getattr(raw.driver_connection, "in_transaction", True)


def _is_busy(error: Exception) -> bool:
    """Whether the database had others to serve: nothing is wrong with the event."""
    if not isinstance(error, DBAPIError):
        return False
    return getattr(error.orig, "sqlstate", None) in _BUSY_STATES or "database is locked" in str(error.orig)


def _reason(error: Exception) -> str:
    """The error and where it was raised, for people."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames[-5:]]
    return "\n".join([_one_line(error), *reversed(places)])[:_LONGEST_REASON]


def _one_line(error: Exception) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
