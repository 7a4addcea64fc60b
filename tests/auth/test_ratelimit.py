"""The count of attempts: in memory, in Redis, and in memory again when Redis does not answer."""

import asyncio
import logging
import time
from uuid import uuid4

import pytest

from routegen.ratelimit import RateLimit, login_key, too_many
from tests.auth.conftest import REDIS


@pytest.fixture(params=["memory", "redis"])
def url(request: pytest.FixtureRequest) -> str:
    if request.param == "memory":
        return ""
    redis = pytest.importorskip("redis", reason="redis is not installed")
    client = redis.Redis.from_url(REDIS, socket_connect_timeout=1)
    try:
        client.ping()
    except redis.ConnectionError:
        pytest.skip(f"no Redis answers at {REDIS}")
    finally:
        client.close()
    return REDIS


def close(limit: RateLimit) -> None:
    """Close the connections of a limit that counts in Redis."""
    if limit._redis is not None:
        limit._redis.storage.storage.close()  # pyright: ignore


def test_attempts_are_counted_by_key_and_forgotten_on_demand(url: str) -> None:
    async def run() -> None:
        limit = RateLimit("3/minute", "5/hour", name=uuid4().hex, redis_url=url)
        assert [await limit.hit("a") for _ in range(3)] == [None] * 3
        wait = await limit.hit("a")
        assert wait is not None and 1 <= wait <= 60
        assert await limit.hit("b") is None
        await limit.clear("a")
        assert await limit.hit("a") is None
        close(limit)

    asyncio.run(run())


def test_every_limit_holds(url: str) -> None:
    async def run() -> None:
        limit = RateLimit("100/minute", "2/hour", name=uuid4().hex, redis_url=url)
        assert [await limit.hit("a") for _ in range(2)] == [None] * 2
        wait = await limit.hit("a")
        assert wait is not None and 60 < wait <= 3600
        close(limit)

    asyncio.run(run())


def test_the_window_moves(url: str) -> None:
    async def run() -> None:
        limit = RateLimit("2/second", name=uuid4().hex, redis_url=url)
        assert [await limit.hit("a") for _ in range(3)] == [None, None, 1]
        deadline = time.monotonic() + 5
        while await limit.hit("a") is not None:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)
        close(limit)

    asyncio.run(run())


def test_many_at_once_are_no_more_than_one_after_another(url: str) -> None:
    async def run() -> None:
        limit = RateLimit("5/minute", name=uuid4().hex, redis_url=url)
        await limit.hit("warm up")
        results = await asyncio.gather(*(limit.hit("a") for _ in range(60)))
        assert results.count(None) == 5
        close(limit)

    asyncio.run(run())


def test_two_processes_share_a_count_in_redis(url: str) -> None:
    async def run() -> None:
        name = uuid4().hex
        one, two = (RateLimit("2/minute", name=name, redis_url=url) for _ in range(2))
        assert [await one.hit("a"), await two.hit("a")] == [None, None]
        assert (await one.hit("a") is None) is (not url)
        close(one)
        close(two)

    asyncio.run(run())


def test_without_redis_each_process_counts(caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> None:
        limit = RateLimit("2/minute", redis_url="redis://:secret@127.0.0.1:1/0")
        with caplog.at_level(logging.WARNING):
            assert [(await limit.hit("a")) is None for _ in range(3)] == [True, True, False]
            await limit.clear("a")
            assert await limit.hit("a") is None
        assert "this process does" in caplog.text and "secret" not in caplog.text

    asyncio.run(run())


def test_redis_is_named_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    assert RateLimit("1/minute")._url() == "redis://127.0.0.1:1/0"
    assert RateLimit("1/minute", redis_url="")._url() == ""
    monkeypatch.delenv("REDIS_URL")
    assert RateLimit("1/minute")._url() == ""


def test_a_limit_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError):
        RateLimit("many")


def test_a_key_is_an_account_at_an_address() -> None:
    key = login_key("ada@example.com", "203.0.113.7")
    assert len(key) == 64 and "ada" not in key
    assert key != login_key("ada@example.com", "203.0.113.8") != login_key("eve@example.com", "203.0.113.8")
    assert (
        login_key("a", "2001:db8::1")
        == login_key("a", "2001:db8::ffff:1")
        != login_key("a", "2001:db8:0:1::1")
    )
    assert login_key("a", "::ffff:203.0.113.7") == login_key("a", "203.0.113.7")
    assert login_key("a", "fe80::1%eth0") == login_key("a", "fe80::2%eth1")
    for odd in (None, "", "unix", "\udc80"):
        assert len(login_key("\udc80", odd)) == 64


def test_the_answer_says_how_long_to_wait() -> None:
    error = too_many(17)
    assert (error.status_code, error.headers) == (429, {"Retry-After": "17"})
    assert "17 seconds" in error.detail
