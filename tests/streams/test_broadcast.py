"""A channel gives each event once and in order to everybody, in one process, over Redis and over PostgreSQL."""

import asyncio
import gc
import os
import random
import socket
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any
from urllib.parse import urlsplit

import pytest

from routegen.respond.sse import Event
from routegen.streams import Broadcast, redis_log
from routegen.streams.log import key
from routegen.streams.redis_log import RedisLog
from routegen.streams.ring import Ring, Sent

REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379")
POSTGRES = os.environ.get("TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres")


def reachable(url: str) -> bool:
    """Whether somebody listens, and lets us in."""
    parts = urlsplit(url)
    try:
        socket.create_connection((parts.hostname or "", parts.port or 0), 1).close()
    except OSError:
        return False
    if parts.scheme == "postgresql":
        import psycopg

        try:
            psycopg.connect(url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
    return True


def backend(url: str) -> Any:
    absent = not reachable(url)
    return pytest.param(url, marks=pytest.mark.skipif(absent, reason=f"nobody answers at {url}"))


SHARED = [backend(REDIS), backend(POSTGRES)]
ALL = ["memory:", *SHARED]


@pytest.fixture
def name() -> str:
    return f"test-{uuid.uuid4().hex}"


def run(main: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(main, 90))
    gc.collect()  # what was left open complains now


async def take(source: AsyncIterator[Event], count: int) -> list[Event]:
    """The next events that carry data."""
    found: list[Event] = []
    async for event in source:
        if event.data is not None:
            found.append(event)
        if len(found) == count:
            break
    return found


async def started(channel: Broadcast) -> tuple[AsyncIterator[Event], str]:
    """A subscription that has begun, and where."""
    source = channel.subscribe()
    first = await anext(source)
    assert first.data is None and first.id
    return source, first.id


@pytest.mark.parametrize("url", ALL)
def test_everybody_gets_everything_in_order(url: str, name: str) -> None:
    async def main() -> None:
        channel = Broadcast(name, url)
        sources = [(await started(channel))[0] for _ in range(5)]
        ids = [await Broadcast(name, url).publish({"number": number}, event="count") for number in range(20)]
        for source in sources:
            events = await take(source, 20)
            assert [event.data for event in events] == [f'{{"number":{number}}}' for number in range(20)]
            assert [event.id for event in events] == ids
            assert {event.event for event in events} == {"count"}
            await source.aclose()  # type: ignore[attr-defined]
        assert sorted(ids, key=key) == ids

    run(main())


@pytest.mark.parametrize("url", ALL)
def test_who_was_away_gets_what_came_meanwhile(url: str, name: str) -> None:
    async def main() -> None:
        channel = Broadcast(name, url, keep=500)
        source, place = await started(channel)
        await source.aclose()  # type: ignore[attr-defined]  # before the first event
        rng, got, sent = random.Random(3), list[str](), 0
        while sent < 60 or len(got) < sent:
            for _ in range(rng.randrange(8) if sent < 60 else 0):
                await channel.publish(str(sent))
                sent += 1
            source = channel.subscribe(place)
            count = min(rng.randrange(1, 6), sent - len(got))
            for event in await take(source, count) if count else []:
                got.append(event.data)
                place = event.id or ""
            await source.aclose()  # type: ignore[attr-defined]
        assert got == [str(number) for number in range(sent)]

    run(main())


@pytest.mark.parametrize("url", ALL)
def test_what_is_gone_is_said_to_be_gone(url: str, name: str) -> None:
    async def main() -> None:
        channel = Broadcast(name, url, keep=100)
        source, place = await started(channel)
        for number in range(350):
            last = await channel.publish(str(number))
        await source.aclose()  # type: ignore[attr-defined]
        for lost in (place, "99999999999999-7", "nonsense", "1-1"):
            source = channel.subscribe(lost)
            [event] = await take(source, 1)
            assert (event.event, event.id) == ("reset", last), lost
            await channel.publish("after")
            [event] = await take(source, 1)
            assert event.data == "after"
            last = event.id or ""
            await source.aclose()  # type: ignore[attr-defined]

    run(main())


@pytest.mark.parametrize("url", SHARED)
def test_two_processes_are_one_channel(url: str, name: str) -> None:
    """Two event loops stand for two processes: they share nothing but the log."""
    got: list[str] = []

    async def main(work: Callable[[Broadcast], Coroutine[Any, Any, None]]) -> None:
        await work(Broadcast(name, url))

    async def listen(channel: Broadcast) -> None:
        source, _ = await started(channel)
        loop = asyncio.get_running_loop()
        other = loop.run_in_executor(None, lambda: asyncio.run(main(speak)))
        events, _ = await asyncio.gather(take(source, 50), other)  # an error of the speaker is shown at once
        got.extend(event.data for event in events)
        await source.aclose()  # type: ignore[attr-defined]

    async def speak(channel: Broadcast) -> None:
        await asyncio.gather(*(channel.publish(str(number)) for number in range(50)))

    run(main(listen))
    assert sorted(got, key=int) == [str(number) for number in range(50)]


@pytest.mark.parametrize("url", SHARED)
def test_the_first_event_of_a_channel_has_the_id_that_it_was_given(url: str, name: str) -> None:
    """A reader that looked while it came once made one up, and lost what followed."""

    async def one(number: int) -> None:
        channel = Broadcast(f"{name}-{number}", url)
        source, _ = await started(channel)
        given = [await channel.publish(text) for text in ("one", "two")]
        assert [event.id for event in await take(source, 2)] == given
        await source.aclose()  # type: ignore[attr-defined]

    async def main() -> None:
        for start in range(0, 80, 8):
            await asyncio.gather(*(one(number) for number in range(start, start + 8)))

    run(main())


@pytest.mark.parametrize("url", SHARED)
def test_a_lost_connection_loses_nothing(url: str, name: str) -> None:
    async def main() -> None:
        channel = Broadcast(name, url)
        source, _ = await started(channel)
        await channel.publish("one")
        assert (await take(source, 1))[0].data == "one"
        await cut_all(url)
        await channel_without_follower(url, name)
        assert [event.data for event in await take(source, 2)] == ["two", "three"]
        await source.aclose()  # type: ignore[attr-defined]

    async def channel_without_follower(url: str, name: str) -> None:
        def speak() -> None:
            async def work() -> None:
                for text in ("two", "three"):
                    await Broadcast(name, url).publish(text)

            asyncio.run(work())

        await asyncio.get_running_loop().run_in_executor(None, speak)

    async def cut_all(url: str) -> None:
        if url.startswith("redis"):
            import redis.asyncio as redis

            async with redis.from_url(REDIS) as client:
                for row in await client.client_list():
                    if row["name"] == name and row["cmd"] == "xread":
                        await client.client_kill(row["addr"])
        else:
            import psycopg

            with psycopg.connect(POSTGRES) as connection:
                connection.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = %s",
                    (name,),
                )

    url += f"?client_name={name}" if url.startswith("redis") else f"?application_name={name}"
    run(main())


def test_publishing_from_other_threads(name: str) -> None:
    async def main() -> None:
        channel = Broadcast(name, "memory:")
        source, _ = await started(channel)
        loop = asyncio.get_running_loop()
        jobs = [
            loop.run_in_executor(None, lambda number=number: asyncio.run(channel.publish(str(number))))
            for number in range(20)
        ]
        events = await take(source, 20)
        await asyncio.gather(*jobs)
        assert sorted(int(event.data) for event in events) == list(range(20))
        await source.aclose()  # type: ignore[attr-defined]

    run(main())


@pytest.mark.parametrize("wrong", [{"event": "a\nb"}, {"data": float("nan")}])
def test_what_no_event_can_be_is_refused(name: str, wrong: dict[str, Any]) -> None:
    async def main() -> None:
        with pytest.raises(ValueError):
            await Broadcast(name, "memory:").publish(**{"data": "x", **wrong})

    run(main())


def test_the_environment_names_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    from routegen.streams.broadcast import _url

    monkeypatch.delenv("REDIS_URL", raising=False)
    monkeypatch.setenv("DATABASE_URL", "sqlite+aiosqlite:///x.db")
    assert _url() == "memory:"
    monkeypatch.setenv("DATABASE_URL", "postgresql+asyncpg://x")
    assert _url() == "postgresql+asyncpg://x"
    monkeypatch.setenv("REDIS_URL", "redis://x")
    assert _url() == "redis://x"
    with pytest.raises(ValueError):
        Broadcast("x", keep=0)


def test_the_ring_holds_what_it_keeps() -> None:
    ring = Ring(10)
    for number in range(1, 101):
        ring.add(Sent(str(number), None, f"1-{number}"))
        assert len(ring._events) < 20
    newest = ring.since("1-95")
    assert newest is not None and [event.data for event in newest] == ["96", "97", "98", "99", "100"]
    assert ring.since("1-100") == []
    assert ring.since("1-101") is ring.since("1-50") is ring.since("0-0") is ring.since("") is None
    assert Sent("a\nb", "x", "1-1").encode() == Event("a\nb", "x", "1-1").encode()


def test_a_quiet_channel_over_redis_is_not_cut_off(name: str) -> None:
    """The client waits longer for an answer than one wait for news lasts, whatever redis-py has as its default."""

    async def main() -> None:
        async with RedisLog("redis://127.0.0.1:1", name, 10)._client() as client:
            connection = client.connection_pool.make_connection()
            assert connection.socket_timeout >= 2 * redis_log._BLOCK / 1000

    run(main())
