"""Turns many small writes into few large ones that run behind the reader, so that what arrives waits for no disk."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

_SIZES: Final = tuple(1024 * size for size in (64, 256, 2048, 2048))
"""Of the buffers, each made when those before it are in use. Small ones come first: small files and slow senders
take little memory. The large ones are few: each change of threads waits for the interpreter's lock. All together are
its bound, and what a fast sender may be ahead of a writer that is late."""

_NONE: Final = memoryview(b"")


class WriteBehind:
    """Bytes on their way to something slow, in order. End it with `drain` or `abandon`.

    The same few buffers are filled again and again: memory that is taken anew for each piece costs more, in page
    faults, than the copy into them.

    Args:
        write: takes the next pieces, which are valid until it returns; all that are there, for one call into a thread.
    """

    def __init__(self, write: Callable[[Sequence[memoryview]], Awaitable[None]]) -> None:
        self._write = write
        self._buffer = _NONE
        self._filled = 0
        self._full: deque[tuple[memoryview, int]] = deque()
        self._free: asyncio.Queue[memoryview] = asyncio.Queue()
        self._made = 0
        self._job: asyncio.Task[None] | None = None

    async def add(self, chunk: bytes) -> None:
        """Take the next bytes. Raises what `write` raised for bytes before them."""
        left = memoryview(chunk)
        while left:
            if self._filled == len(self._buffer):
                await self._next_buffer()
            part = left[: len(self._buffer) - self._filled]
            self._buffer[self._filled : self._filled + len(part)] = part
            self._filled += len(part)
            left = left[len(part) :]

    async def drain(self) -> None:
        """Wait until everything is written. Raises what `write` raises."""
        await self._hand_over()
        await self._settle()

    async def abandon(self) -> None:
        """Write nothing more; wait for the piece that is on its way."""
        self._full.clear()
        if self._job is not None:
            await asyncio.wait({self._job})
            if not self._job.cancelled():
                self._job.exception()  # seen: whoever abandons has an error of its own

    async def _next_buffer(self) -> None:
        await self._hand_over()
        if self._free.empty() and self._made < len(_SIZES):
            self._buffer = memoryview(bytearray(_SIZES[self._made]))  # a view: assigning to it copies once
            self._made += 1
        else:
            self._buffer = await self._free.get()

    async def _hand_over(self) -> None:
        """Queue the buffer that is being filled; there is none afterwards."""
        if self._filled:
            self._full.append((self._buffer, self._filled))
            self._buffer, self._filled = _NONE, 0
        if self._job is not None and self._job.done():
            await self._settle()
        if self._full and self._job is None:
            self._job = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while self._full:
            taken = list(self._full)
            self._full.clear()
            try:
                await self._write([buffer[:filled] for buffer, filled in taken])
            finally:  # also after an error: the reader learns of it with its next buffer
                for buffer, _ in taken:
                    self._free.put_nowait(buffer)

    async def _settle(self) -> None:
        """Wait for what was handed over. After an error nothing is written any more: there would be a gap."""
        if self._job is None:
            return
        job, self._job = self._job, None
        try:
            await asyncio.shield(job)
        except asyncio.CancelledError:
            await asyncio.wait({job})
            raise
        except BaseException:
            self._full.clear()
            self._buffer, self._filled = _NONE, 0
            raise
