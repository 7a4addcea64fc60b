"""What is put in is kept once; effects are applied once, tried again, given up; on SQLite and on PostgreSQL."""

import asyncio
import json
import time
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from routegen.inbox import Event, GiveUp, Inbox
from routegen.inbox.worker import Worker, working
from tests.inbox.conftest import delivery


async def make_ledger(inbox: Inbox) -> None:
    async with inbox.database.open() as session:
        await (await session.connection()).execute(text("CREATE TABLE ledger (event_id VARCHAR(100))"))
        await session.commit()


async def note(event: Event, session: AsyncSession) -> None:
    await (await session.connection()).execute(text("INSERT INTO ledger VALUES (:id)"), {"id": event.id})


async def ledger(inbox: Inbox) -> list[str]:
    async with inbox.database.open() as session:
        found = await (await session.connection()).execute(text("SELECT event_id FROM ledger"))
        return sorted(row[0] for row in found)


def test_an_event_is_kept_once(inbox: Inbox) -> None:
    async def run() -> None:
        assert await inbox.put(delivery("a")) == 1
        assert await inbox.put(delivery("a")) == 0
        assert await inbox.put(delivery("a", provider="github")) == 1, "another provider's ids are others"
        assert await inbox.put(delivery("a"), account="acct_2") == 1, "so are another account's"
        assert await inbox.put(delivery("a", "b", "c", "b")) == 2, "of a batch, what is new"
        counts = await asyncio.gather(*(inbox.put(delivery("same")) for _ in range(50)))
        assert sum(counts) == 1
        assert await inbox.store.counts() == {"pending": 6}

    asyncio.run(run())


@pytest.mark.parametrize(
    "payload", [{"a": "\0"}, {"a": "\ud800"}, {"a": "\U0001f600"}, [1], None, {"n": 10**400}]
)
def test_any_payload_comes_back_as_it_was(inbox: Inbox, payload: Any) -> None:
    async def run() -> None:
        sent = delivery("a")
        event = type(sent.events[0])("a", "paid", payload)
        await inbox.put(type(sent)("stripe", "a", "paid", None, None, (event,), b""))
        [row] = await inbox.rows()
        assert row.event.payload == payload and json.loads(row.text) == payload
        assert row.event.key == "stripe:a"

    asyncio.run(run())


def test_one_that_the_database_refuses_takes_no_other_with_it(inbox: Inbox) -> None:
    async def run() -> None:
        kept = [inbox.put(delivery(f"e{number}")) for number in range(20)]
        broken = inbox.store.put([{"provider": "stripe"}])
        *counts, error = await asyncio.gather(*kept, broken, return_exceptions=True)
        assert counts == [1] * 20 and isinstance(error, Exception)

    asyncio.run(run())


def test_effects_and_the_mark_are_one_transaction(inbox: Inbox) -> None:
    attempts: list[int] = []

    async def run() -> None:
        await make_ledger(inbox)
        inbox.on("stripe", "paid")(note)

        @inbox.on("stripe")
        async def fails_at_first(event: Event, session: AsyncSession) -> None:
            attempts.append(event.attempt)
            if event.attempt < 3:
                raise ValueError("not yet")

        async with working(inbox):
            await inbox.put(delivery("a"))
            await inbox.drained()
        assert attempts == [1, 2, 3]
        assert await ledger(inbox) == ["a"], "what the failed attempts wrote was rolled back"
        [row] = await inbox.rows()
        assert (row.state, row.attempts, row.claim, row.error) == ("done", 3, None, None)

    asyncio.run(run())


def test_what_keeps_failing_is_given_up_with_the_reason_and_can_be_retried(inbox: Inbox) -> None:
    broken = True

    @inbox.on("stripe", "paid")
    async def effect(event: Event, session: AsyncSession) -> None:
        if broken:
            raise ValueError("no such customer")

    async def run() -> None:
        nonlocal broken
        async with working(inbox):
            await inbox.put(delivery("a"))
            await inbox.drained()
            [row] = await inbox.rows(state="dead")
            assert row.attempts == 3
            assert row.error is not None and row.error.startswith("ValueError: no such customer\n")
            assert "in effect" in row.error
            broken = False
            assert await inbox.store.retry() == 1
            inbox.wake()
            await inbox.drained()
        [row] = await inbox.rows()
        assert (row.state, row.attempts) == ("done", 1)

    asyncio.run(run())


def test_an_effect_can_give_up_and_must_not_commit(inbox: Inbox) -> None:
    async def run() -> None:
        await make_ledger(inbox)

        @inbox.on("stripe", "hopeless")
        async def hopeless(event: Event, session: AsyncSession) -> None:
            raise GiveUp("closed account")

        @inbox.on("stripe", "greedy")
        async def greedy(event: Event, session: AsyncSession) -> None:
            await note(event, session)
            await session.commit()

        @inbox.on("stripe", "nested")
        async def nested(event: Event, session: AsyncSession) -> None:
            async with session.begin_nested():
                await note(event, session)

        async with working(inbox):
            for name in ("hopeless", "greedy", "nested"):
                await inbox.put(delivery(name, type=name))
            await inbox.drained()
        rows = {row.event_id: row for row in await inbox.rows()}
        assert (rows["hopeless"].state, rows["hopeless"].attempts) == ("dead", 1)
        assert rows["hopeless"].error is not None and "closed account" in rows["hopeless"].error
        assert rows["greedy"].state == "dead" and "must not commit" in (rows["greedy"].error or "")
        assert rows["nested"].state == "done"
        assert await ledger(inbox) == ["nested"]

    asyncio.run(run())


def test_an_event_without_effects_is_done(inbox: Inbox) -> None:
    async def run() -> None:
        async with working(inbox):
            await inbox.put(delivery("a", type="unheard-of"))
            await inbox.drained()
        assert await inbox.store.counts() == {"done": 1}

    asyncio.run(run())


def test_an_effect_is_a_coroutine_function(inbox: Inbox) -> None:
    with pytest.raises(TypeError, match="async def"):

        @inbox.on("stripe", "paid")  # pyright: ignore[reportArgumentType, reportUntypedFunctionDecorator]
        def effect(event: Event, session: AsyncSession) -> None: ...


def test_many_workers_apply_each_event_once(inbox: Inbox) -> None:
    async def run() -> None:
        await make_ledger(inbox)
        inbox.on("stripe", "paid")(note)
        names = [f"e{number:03}" for number in range(60)]
        async with working(inbox), working(inbox), working(inbox):
            await asyncio.gather(*(inbox.put(delivery(name)) for name in [*names, *names[:20]]))
            await inbox.drained(within=30)
        assert await ledger(inbox) == names

    asyncio.run(run())


def test_a_worker_that_lost_its_claim_commits_nothing(inbox: Inbox) -> None:
    """It stopped for longer than a lease, another one was faster."""

    async def run() -> None:
        await make_ledger(inbox)
        inbox.on("stripe", "paid")(note)
        await inbox.put(delivery("a"))
        [slow] = await inbox.store.claim(1, lease=-1)
        [fast] = await inbox.store.claim(1, lease=10)
        assert slow.claim != fast.claim
        worker = Worker(inbox)
        await worker._deal_with(slow)  # pyright: ignore[reportPrivateUsage]
        assert await ledger(inbox) == []
        await worker._deal_with(fast)  # pyright: ignore[reportPrivateUsage]
        await worker._deal_with(slow)  # pyright: ignore[reportPrivateUsage]
        assert await ledger(inbox) == ["a"]

    asyncio.run(run())


def test_a_claim_holds_while_its_effect_runs(inbox: Inbox) -> None:
    """Longer than a lease, with two workers."""
    runs = 0

    @inbox.on("stripe", "paid")
    async def effect(event: Event, session: AsyncSession) -> None:
        nonlocal runs
        runs += 1
        await asyncio.sleep(1.6)

    async def run() -> None:
        async with working(inbox), working(inbox):
            await inbox.put(delivery("a"))
            await inbox.drained()

    asyncio.run(run())
    assert runs == 1


def test_what_kills_its_worker_every_time_is_given_up(inbox: Inbox) -> None:
    async def run() -> None:
        await inbox.put(delivery("a"))
        for _ in range(3):
            assert await inbox.store.claim(1, lease=-1)
        async with working(inbox):
            await inbox.drained()
        [row] = await inbox.rows()
        assert (row.state, row.error) == ("dead", "the worker was killed every time")

    asyncio.run(run())


def test_a_stopped_worker_lets_effects_end_and_gives_back_the_rest(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("routegen.inbox.worker.GRACE", 0.5)
    begun = asyncio.Event()

    @inbox.on("stripe", "short")
    async def short(event: Event, session: AsyncSession) -> None:
        begun.set()
        await asyncio.sleep(0.2)

    @inbox.on("stripe", "long")
    async def long(event: Event, session: AsyncSession) -> None:
        await asyncio.sleep(60)

    async def run() -> None:
        async with working(inbox):
            await inbox.put(delivery("long", type="long"))
            await inbox.put(delivery("short", type="short"))
            await begun.wait()
            started = time.monotonic()
        assert time.monotonic() - started < 3
        rows = {row.event_id: row for row in await inbox.rows()}
        assert rows["short"].state == "done"
        assert (rows["long"].state, rows["long"].attempts, rows["long"].claim) == ("pending", 0, None)

    asyncio.run(run())


def test_a_slow_effect_does_not_keep_deliveries_waiting(inbox: Inbox) -> None:
    async def run() -> None:
        await make_ledger(inbox)

        @inbox.on("stripe", "paid")
        async def slow(event: Event, session: AsyncSession) -> None:
            await asyncio.sleep(0.8)
            await note(event, session)

        async with working(inbox):
            await inbox.put(delivery("first"))
            await asyncio.sleep(0.1)
            started = time.monotonic()
            for number in range(20):
                await inbox.put(delivery(f"e{number}", type="other"))
            assert time.monotonic() - started < 0.7
            await inbox.drained()

    asyncio.run(run())


def test_another_process_is_told_at_once_on_postgresql(inbox: Inbox, url: str) -> None:
    if not url.startswith("postgresql"):
        pytest.skip("SQLite is looked at every second: this platform tells nothing")

    async def run() -> None:
        other = Inbox(inbox.database)
        async with working(inbox):
            await asyncio.sleep(0.5)
            started = time.monotonic()
            await other.put(delivery("a"))
            await inbox.drained()
            assert time.monotonic() - started < 0.7
        other.store.connections.close()

    asyncio.run(run())


def test_a_worker_that_is_stopped_at_any_moment_leaves_no_task(inbox: Inbox) -> None:
    @inbox.on("stripe", "paid")
    async def effect(event: Event, session: AsyncSession) -> None:
        await asyncio.sleep(0.01)

    async def run() -> None:
        for number in range(15):
            async with working(inbox):
                await inbox.put(delivery(f"e{number}"))
                await asyncio.sleep(number / 2000)
            assert asyncio.all_tasks() == {asyncio.current_task()}
        async with working(inbox):
            await inbox.drained()
        assert await inbox.store.counts() == {"done": 15}

    asyncio.run(run())
