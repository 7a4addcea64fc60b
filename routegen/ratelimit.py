"""Counts attempts by key and says how long to wait: in memory, or in Redis when `REDIS_URL` is set.

Every attempt counts before anything is done with it, so that a hundred at once are not a hundred for one. A process on
its own counts in memory; several processes or hosts share one count in Redis. When Redis does not answer, each process
counts for itself: a login that nobody limits would be worse, and one that nobody can use as well.

    RateLimit        the limits and their counters
    login_key        who is counted: an account as seen from an address
    too_many         the 429 to raise
"""

import hashlib
import ipaddress
import logging
import math
import os
import time
from typing import TYPE_CHECKING, Any, Final

from fastapi import HTTPException
from starlette.concurrency import run_in_threadpool

if TYPE_CHECKING:
    from limits import RateLimitItem
    from limits.strategies import RateLimiter

REDIS_VARIABLE: Final = "REDIS_URL"
"""The variable of the environment that names the Redis to count in: `redis://host:6379/0`."""

_REDIS_SECONDS: Final = 1.0  # as long as a login may wait for Redis
_log = logging.getLogger(__name__)


class RateLimit:
    """Limits such as `RateLimit("5/minute", "30/hour")`, all of which hold, over moving windows.

    Args:
        limits: in the notation of the package `limits`: `5/minute`, `30 per hour`, `100/2 hours`.
        name: separates the counters of one purpose from those of another.
        redis_url: the Redis to count in; by default `REDIS_URL`, and memory when there is none.

    Raises:
        ValueError: a limit cannot be read.
    """

    def __init__(self, *limits: str, name: str = "login", redis_url: str | None = None) -> None:
        from limits import parse

        self.name = name
        self.redis_url = redis_url
        self._items: list[RateLimitItem] = [parse(limit) for limit in limits]
        self._memory: RateLimiter | None = None
        self._redis: RateLimiter | None = None

    async def hit(self, key: str) -> int | None:
        """Count one attempt. Returns None when it may go on, else the seconds to wait, at least 1."""
        if url := self._url():
            try:
                return await run_in_threadpool(self._hit, self._in_redis(url), key)
            except Exception as error:
                _log.warning("Redis does not count, this process does: %s", type(error).__name__)
        return self._hit(self._in_memory(), key)

    async def clear(self, key: str) -> None:
        """Forget the attempts of a key: it has shown that it may."""
        self._clear(self._in_memory(), key)
        if url := self._url():
            try:
                await run_in_threadpool(self._clear, self._in_redis(url), key)
            except Exception as error:
                _log.warning("Redis does not forget, time will: %s", type(error).__name__)

    def _hit(self, limiter: "RateLimiter", key: str) -> int | None:
        waits = [
            limiter.get_window_stats(item, self.name, key).reset_time
            for item in self._items
            if not limiter.hit(item, self.name, key)
        ]
        return max(1, math.ceil(max(waits) - time.time())) if waits else None

    def _clear(self, limiter: "RateLimiter", key: str) -> None:
        for item in self._items:
            limiter.clear(item, self.name, key)

    def _url(self) -> str:
        return os.environ.get(REDIS_VARIABLE, "") if self.redis_url is None else self.redis_url

    def _in_memory(self) -> "RateLimiter":
        if self._memory is None:
            from limits.storage import MemoryStorage
            from limits.strategies import MovingWindowRateLimiter

            self._memory = MovingWindowRateLimiter(MemoryStorage())
        return self._memory

    def _in_redis(self, url: str) -> "RateLimiter":
        if self._redis is None:
            from limits.storage import RedisStorage
            from limits.strategies import MovingWindowRateLimiter

            options: dict[str, Any] = dict.fromkeys(
                ("socket_timeout", "socket_connect_timeout"), _REDIS_SECONDS
            )
            self._redis = MovingWindowRateLimiter(RedisStorage(url, key_prefix="routegen", **options))
        return self._redis


def login_key(account: str, address: str | None) -> str:
    """Who is counted: an account as seen from one address, or from one IPv6 network, which a host has for itself.

    It is a hash: counters, and a Redis that others read, hold nobody's name.

    Args:
        account: in the spelling that it is looked up in, so that letter case opens no second counter.
        address: the client's; None when the server knows none. Behind a proxy it is the proxy's unless that one is
            trusted (`--trusted-proxies`).
    """
    return hashlib.sha256(f"{account}\0{_network(address or '')}".encode("utf-8", "replace")).hexdigest()


def too_many(seconds: int) -> HTTPException:
    """The answer to an attempt too many: 429 with `Retry-After` (RFC 6585 4, RFC 9110 10.2.3)."""
    return HTTPException(
        429, f"Too many attempts, try again in {seconds} seconds", headers={"Retry-After": str(seconds)}
    )


def _network(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
