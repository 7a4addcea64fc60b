"""Turns the end of the server process into the end of every open stream.

A server that stops waits for its answers; an endless stream would keep it alive for ever. Under uvicorn
(also through gunicorn, `--reload` and `--workers`) the signal handler is a method of the server object,
whose `should_exit` is read while streams are open. Any other way to stop calls `shutdown()`.
"""

import asyncio
import signal
from collections.abc import Callable
from typing import Final
from weakref import WeakKeyDictionary

LOOK_EVERY: Final = 0.25
"""Seconds between two looks at the server; one look costs a microsecond, and only while streams are open."""


class _Loop:
    """The streams open on one event loop, and the one task that watches for them all."""

    def __init__(self) -> None:
        self.waiting: set[asyncio.Event] = set()
        self.watcher: asyncio.Task[None] | None = None

    async def watch(self) -> None:
        while self.waiting:
            if is_stopping():
                self.release()
            await asyncio.sleep(LOOK_EVERY)

    def release(self) -> None:
        for event in self.waiting:
            event.set()


_loops: WeakKeyDictionary[asyncio.AbstractEventLoop, _Loop] = WeakKeyDictionary()
_called = False


def shutdown() -> None:
    """End every open stream of this process with its farewell, now; streams that start later end at once.

    For servers and tests that stop in their own way; safe to call from any thread and from a signal handler.
    """
    global _called
    _called = True
    for loop, state in list(_loops.items()):
        if not loop.is_closed():
            loop.call_soon_threadsafe(state.release)


def reset() -> None:
    """Take a `shutdown()` back, for a process that serves again."""
    global _called
    _called = False


def is_stopping() -> bool:
    """Whether `shutdown()` was called or uvicorn is on its way out."""
    return _called or getattr(uvicorn_server(), "should_exit", False) is True


def uvicorn_server() -> object:
    """The server object of this process; None under another server."""
    for number in (signal.SIGTERM, signal.SIGINT):
        handler: Callable[..., object] | int | None = signal.getsignal(number)
        server = getattr(handler, "__self__", None)
        if hasattr(server, "should_exit"):
            return server
    return None


async def until_shutdown() -> None:
    """Wait for the end of the server."""
    state = _loops.setdefault(asyncio.get_running_loop(), _Loop())
    event = asyncio.Event()
    state.waiting.add(event)
    try:
        if is_stopping():
            return
        if state.watcher is None or state.watcher.done():
            state.watcher = asyncio.create_task(state.watch(), name="routegen-stopping")
        await event.wait()
    finally:
        state.waiting.discard(event)
        if not state.waiting and state.watcher is not None:
            state.watcher.cancel()
            state.watcher = None
