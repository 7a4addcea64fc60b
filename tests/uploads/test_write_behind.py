"""What is written behind the reader is what was read, in order, up to the first error and not past it."""

import asyncio
import random
from collections.abc import Sequence

import pytest

from routegen.uploads import write_behind
from routegen.uploads.write_behind import WriteBehind


class Slow:
    """Takes its time, and fails from a certain call on."""

    def __init__(self, fails_at: int = -1) -> None:
        self.taken = bytearray()
        self.calls = 0
        self._fails_at = fails_at

    async def write(self, pieces: Sequence[memoryview]) -> None:
        self.calls += 1
        for piece in pieces:
            for _ in range(3):
                await asyncio.sleep(0)
            if self.calls >= self._fails_at > 0:
                raise OSError(28, "full")
            self.taken += piece


@pytest.mark.parametrize("size", [1, 3, 4, 7, 1000])
def test_nothing_is_lost_or_out_of_order(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(write_behind, "_SIZES", (2, 4, 4))
    content = random.Random(size).randbytes(3000)

    async def main() -> None:
        slow = Slow()
        behind = WriteBehind(slow.write)
        for start in range(0, len(content), size):
            await behind.add(content[start : start + size])
            await asyncio.sleep(0)
            assert start + size - len(slow.taken) <= size + 2 + 4 + 4
        await behind.drain()
        assert slow.taken == content

    asyncio.run(main())


@pytest.mark.parametrize("fails_at", [1, 2, 5])
def test_nothing_is_written_after_an_error(monkeypatch: pytest.MonkeyPatch, fails_at: int) -> None:
    monkeypatch.setattr(write_behind, "_SIZES", (2, 4, 4))
    content = bytes(range(200))

    async def main() -> None:
        slow = Slow(fails_at)
        behind = WriteBehind(slow.write)
        with pytest.raises(OSError, match="full"):
            for byte in content:
                await behind.add(bytes([byte]))
        await behind.drain()
        assert (slow.calls, slow.taken) == (fails_at, content[: len(slow.taken)])

    asyncio.run(main())


def test_what_is_abandoned_is_not_written() -> None:
    async def main() -> None:
        slow = Slow()
        behind = WriteBehind(slow.write)
        await behind.add(b"x" * 1000)
        await behind.abandon()
        assert slow.taken == b""

    asyncio.run(main())
