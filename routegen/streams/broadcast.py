"""One publishes, many subscribe: what was published reaches every client once, also those that were away for a while."""

import asyncio
import contextlib
import json
import logging
import os
import time
from collections.abc import AsyncGenerator
from importlib import import_module
from typing import Any, Final
from weakref import WeakKeyDictionary

from routegen.respond.answers import encode
from routegen.respond.sse import Event
from routegen.streams.log import Log
from routegen.streams.ring import Ring, Sent, decode

log = logging.getLogger("routegen")

KEEP: Final = 1000
_AGAIN: Final = (0.1, 0.5, 2.0, 5.0)
"""Seconds before the next attempt to reach a log that was lost."""
_LOGS: Final = {
    "redis": "redis_log:RedisLog",
    "rediss": "redis_log:RedisLog",
    "postgresql": "postgres_log:PostgresLog",
    "postgres": "postgres_log:PostgresLog",
}


class Broadcast:
    """A channel. Every `Broadcast` of the same name and URL is the same channel, wherever it is made.

    In one process it needs nothing. With several workers or hosts it lives in Redis or PostgreSQL, where it also
    outlives a restart. Events that a client missed are sent when it connects again, as long as they are among the
    `keep` newest; else it gets an event of type `reset`: some are lost, load the state anew.

    Args:
        name: of the channel.
        url: `redis://…`, `postgresql://…` (also with a driver, as SQLAlchemy has it) or `memory:`; None for what
            REDIS_URL, else DATABASE_URL says when the channel is first used, and this process when neither fits.
        keep: how many events are kept for those who were away.
    """

    def __init__(self, name: str, url: str | None = None, *, keep: int = KEEP) -> None:
        if keep < 1:
            raise ValueError(f"keep={keep}: a channel keeps at least one event")
        self.name = name
        self.keep = keep
        self._url = url

    async def publish(self, data: Any, *, event: str | None = None) -> str:
        """Send an event to everybody.

        Args:
            data: text, or anything that becomes JSON.
            event: its type; "message" when None.

        Returns:
            Its id: `<number>-<number>`, later ones are greater.

        Raises:
            ValueError: a type with CR, LF or NUL, or data that cannot be encoded.
            Exception: what the client of Redis or PostgreSQL raises when it is not there.
        """
        text = data if isinstance(data, str) else encode(data).decode()
        Event(text, event)
        return await self._channel().publish(text, event)

    async def subscribe(self, after: str | None = None) -> AsyncGenerator[Event]:
        """The events to come, for `respond.events`.

        Args:
            after: the id of the last event that the client has (its `Last-Event-ID`): those after it come first. None
                for a new client; it is told at once where it begins, so that it misses nothing should it break off.
        """
        channel = self._channel()
        await channel.enter()
        try:
            with channel.ring.waiter() as waiting:
                place = after
                if not place:
                    place = channel.ring.last
                    yield Event(id=place, comment="from here")
                while True:
                    waiting.clear()
                    events = await channel.events_after(place)
                    for event in events:
                        yield event
                        place = event.id or place
                    if not events:
                        await waiting.wait()
        finally:
            channel.leave()

    def _channel(self) -> "_Channel":
        url = _url() if self._url is None else self._url
        scheme = url.partition(":")[0].partition("+")[0]
        if scheme not in _LOGS:
            where = _here.setdefault((self.name, url), _Channel(self.keep, None))
            return where
        loop = asyncio.get_running_loop()
        channels = _shared.setdefault(loop, {})
        if (self.name, url) not in channels:
            module, _, kind = _LOGS[scheme].partition(":")
            made: Log = getattr(import_module(f"routegen.streams.{module}"), kind)(url, self.name, self.keep)
            channels[self.name, url] = _Channel(self.keep, made)
        return channels[self.name, url]


class _Channel:
    """One channel in one process: its ring, and the task that fills it from the log."""

    def __init__(self, keep: int, shared: Log | None) -> None:
        self._log = shared
        self._epoch = time.time_ns() // 1_000_000
        self._number = 0
        self._inside = 0
        self._follower: asyncio.Task[None] | None = None
        self._ready: asyncio.Event | None = None
        self.ring = Ring(keep, f"{self._epoch}-0")

    async def publish(self, text: str, event: str | None) -> str:
        if self._log is not None:
            return await self._log.append(json.dumps({"data": text, "event": event}).encode())
        self._number += 1
        id = f"{self._epoch}-{self._number}"
        self.ring.add(Sent(text, event, id))
        return id

    async def enter(self) -> None:
        """One more subscriber; the first one starts to follow the log."""
        self._inside += 1
        if self._log is None:
            return
        try:
            if self._follower is None or self._follower.done():
                self._ready = asyncio.Event()
                self._follower = asyncio.create_task(
                    self._follow(self._log, self._ready), name="routegen-broadcast"
                )
            if self._ready is not None:
                await self._ready.wait()
        except BaseException:
            self.leave()
            raise

    def leave(self) -> None:
        """One less; the last one ends the connection to the log."""
        self._inside -= 1
        if not self._inside and self._follower is not None:
            self._follower.cancel()
            self._follower = None

    async def events_after(self, place: str) -> list[Sent]:
        """What came after an id: out of the ring, before it out of the log, else the event `reset`."""
        events = self.ring.since(place)
        if events is not None:
            return events
        found = None if self._log is None else await self._log.read(place)
        if found is not None:  # none: the log is there already, and the ring will be
            return [decode(entry) for entry in found]
        last = self.ring.last if self._log is None else await self._log.last()
        return [Sent("Events were missed: load the state anew", "reset", last)]

    async def _follow(self, shared: Log, ready: asyncio.Event) -> None:
        attempt = 0
        place: str | None = None
        while True:
            try:
                if place is None or await shared.read(place) is None:
                    place = await shared.last()
                    self.ring.restart(place)
                ready.set()
                async with contextlib.aclosing(shared.follow(place)) as batches:
                    async for entries in batches:
                        attempt = 0
                        for entry in entries:
                            self.ring.add(decode(entry))
                            place = entry.id
            except Exception as error:
                log.warning("The channel is cut off, trying again: %s", error)
                await asyncio.sleep(_AGAIN[min(attempt, len(_AGAIN) - 1)])
                attempt += 1


_here: dict[tuple[str, str], _Channel] = {}
_shared: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[tuple[str, str], _Channel]] = WeakKeyDictionary()


def _url() -> str:
    for name in ("REDIS_URL", "DATABASE_URL"):
        url = os.environ.get(name, "")
        if url.partition(":")[0].partition("+")[0] in _LOGS:
            return url
    return "memory:"
