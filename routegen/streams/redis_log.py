"""Keeps a channel in a Redis stream, whose ids tell what a client has missed."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from typing import Any, Final

from routegen.streams.log import START, Entry, key

_BLOCK: Final = 5000
"""Milliseconds that one wait for news lasts; shorter than the idle limits of proxies before Redis."""
_SILENCE: Final = 15
"""Seconds without an answer after which a connection is dead; redis-py's own 5 would end every wait for news."""
_AT_ONCE: Final = 500


class RedisLog:
    """A stream of the newest entries, under the key `routegen:broadcast:<name>`.

    Args:
        url: `redis://` or `rediss://`.
        name: of the channel.
        keep: how many entries; Redis cuts whole nodes, so it may keep some more.

    Raises:
        ModuleNotFoundError: `redis` is not installed.
    """

    def __init__(self, url: str, name: str, keep: int) -> None:
        try:
            import redis.asyncio as redis
        except ModuleNotFoundError as error:
            raise ModuleNotFoundError(
                "a broadcast over Redis needs its client: pip install 'routegen[redis]'"
            ) from error
        self._redis: Any = redis
        self._url = url
        self._key = f"routegen:broadcast:{name}"
        self._keep = keep
        self._shared: Any = None
        self._users = 0

    async def append(self, payload: bytes) -> str:
        """Add an entry."""
        async with self._client() as client:
            id: bytes = await client.xadd(self._key, {"e": payload}, maxlen=self._keep, approximate=True)
        return id.decode()

    async def last(self) -> str:
        """The newest id that there ever was."""
        async with self._client() as client:
            facts = await self._facts(client)
        return START if facts is None else facts["last-generated-id"].decode()

    async def read(self, after: str) -> list[Entry] | None:
        """The entries after an id, the first 500 of them."""
        async with self._client() as client:
            facts = await self._facts(client)
            if facts is None:
                return [] if after == START else None
            last = facts["last-generated-id"].decode()
            first = facts["first-entry"]
            oldest = first[0].decode() if first else last
            cut = facts["entries-added"] != facts["length"]
            if not (key(START) <= key(after) <= key(last)) or (cut and key(after) < key(oldest)):
                return None
            return _entries(await client.xrange(self._key, f"({after}", "+", count=_AT_ONCE))

    async def follow(self, after: str) -> AsyncGenerator[list[Entry]]:
        """The entries to come."""
        async with self._client() as client:
            while True:
                found = await client.xread({self._key: after}, count=_AT_ONCE, block=_BLOCK)
                rows = _rows(found, self._key.encode())
                if rows:
                    entries = _entries(rows)
                    after = entries[-1].id
                    yield entries

    @contextlib.asynccontextmanager
    async def _client(self) -> AsyncGenerator[Any]:
        """The client that all share; the last one to leave closes it, so that nothing outlives its loop."""
        client = self._shared = self._shared or self._redis.from_url(
            self._url, socket_timeout=_SILENCE, socket_connect_timeout=_SILENCE
        )
        self._users += 1
        try:
            yield client
        finally:
            self._users -= 1
            if not self._users:
                self._shared = None
                await asyncio.shield(client.aclose())

    async def _facts(self, client: Any) -> dict[str, Any] | None:
        try:
            return await client.xinfo_stream(self._key)
        except self._redis.ResponseError:  # no such key
            return None


def _rows(found: Any, key: bytes) -> Any:
    """The rows of the one stream that was read; a list of pairs in RESP2, a mapping of lists in RESP3."""
    if hasattr(found, "get"):
        batches: Any = found.get(key) or [[]]
        return batches[0] if len(batches) == 1 else batches
    return found[0][1] if found else []


def _entries(rows: Any) -> list[Entry]:
    return [Entry(id.decode(), fields[b"e"]) for id, fields in rows]
