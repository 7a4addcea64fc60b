"""What a broadcast is kept in: entries in order, each with an id that tells which came later."""

from collections.abc import AsyncGenerator
from functools import lru_cache
from typing import Final, NamedTuple, Protocol

Key = tuple[int, int]
START: Final = "0-0"
"""The id before all others."""
_DIGITS: Final = 19


class Entry(NamedTuple):
    """One published event: its id, and what was published as JSON."""

    id: str
    payload: bytes


class Log(Protocol):
    """A log of the newest entries of one channel, shared by all processes that name it alike."""

    async def append(self, payload: bytes) -> str:
        """Add an entry. Returns its id."""
        ...

    async def last(self) -> str:
        """The id of the newest entry, also of one that is no longer kept; `0-0` when there never was one."""
        ...

    async def read(self, after: str) -> list[Entry] | None:
        """The entries after an id; None when some of them are no longer kept, or the id is of another log."""
        ...

    def follow(self, after: str) -> AsyncGenerator[list[Entry]]:
        """The entries after an id, then those to come. Ends with an error when the connection is lost."""
        ...


@lru_cache(1024)  # a thousand clients ask for the same few
def key(id: str) -> Key:
    """What orders ids: `<number>-<number>`, as Redis writes them; anything else comes before all."""
    first, dash, second = id.partition("-")
    if not (dash and first.isascii() and first.isdigit() and second.isascii() and second.isdigit()):
        return (-1, -1)
    return (int(first[:_DIGITS]), int(second[:_DIGITS]))
