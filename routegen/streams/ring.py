"""The newest events of one channel in memory, encoded once, and the subscribers who wait for more."""

import asyncio
import contextlib
import json
import threading
from bisect import bisect_right
from collections.abc import Generator
from typing import Any, Final

from routegen.respond.sse import Event
from routegen.streams.log import START, Entry, Key, key

Waiter = tuple[asyncio.AbstractEventLoop, asyncio.Event]


class Sent(Event):
    """An event that is encoded once, however many clients it goes to."""

    def __init__(self, data: Any, event: str | None, id: str) -> None:
        super().__init__(data, event, id)
        object.__setattr__(self, "_wire", super().encode())

    def encode(self) -> bytes:
        """The event on the wire."""
        wire: bytes = self.__dict__["_wire"]
        return wire


class Ring:
    """Events in order of their ids; the oldest go when there are more than `keep`.

    No client has a queue of its own: each has a place in here, so a slow one costs nothing, and one that falls
    behind the oldest event reads the log.

    Args:
        keep: how many events.
        base: the id after which it begins.
    """

    def __init__(self, keep: int, base: str = START) -> None:
        self.keep: Final = keep
        self.base = base
        self.last = base
        self._events: list[Sent] = []
        self._keys: list[Key] = []
        self._waiters: set[Waiter] = set()
        self._lock = threading.Lock()

    def add(self, event: Sent) -> None:
        """Add the newest event and wake everybody, whatever thread or loop they are in."""
        assert event.id is not None
        with self._lock:
            self._events.append(event)
            self._keys.append(key(event.id))
            self.last = event.id
            if len(self._events) >= self.keep * 2:
                self._trim()
        self.wake()

    def restart(self, base: str) -> None:
        """Forget everything: it goes on after `base`, and something may be missing before it."""
        with self._lock:
            self._events.clear()
            self._keys.clear()
            self.base = self.last = base
        self.wake()

    def since(self, id: str) -> list[Sent] | None:
        """The events after an id; None when the ring does not reach so far back, or the id is no event of it."""
        wanted = key(id)
        with self._lock:
            if not key(self.base) <= wanted <= key(self.last):
                return None
            return self._events[bisect_right(self._keys, wanted) :]

    def wake(self) -> None:
        """Let every waiter look again."""
        try:
            here = asyncio.get_running_loop()
        except RuntimeError:
            here = None
        for loop, waiting in list(self._waiters):
            if loop is here:
                waiting.set()
            else:
                with contextlib.suppress(RuntimeError):  # a loop that is closed
                    loop.call_soon_threadsafe(waiting.set)

    @contextlib.contextmanager
    def waiter(self) -> Generator[asyncio.Event]:
        """An event that is set when there may be something new."""
        waiting = (asyncio.get_running_loop(), asyncio.Event())
        self._waiters.add(waiting)
        try:
            yield waiting[1]
        finally:
            self._waiters.discard(waiting)

    def _trim(self) -> None:
        gone = len(self._events) - self.keep
        self.base = self._events[gone - 1].id or START
        del self._events[:gone], self._keys[:gone]


def decode(entry: Entry) -> Sent:
    """An entry of a log as the event that clients get."""
    told: dict[str, str | None] = json.loads(entry.payload)
    return Sent(told["data"], told["event"], entry.id)
