"""Deliver events to server processes that are killed meanwhile, and count what became of each in the end."""

import asyncio
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError

from routegen import webhooks
from routegen.database.migrations import upgrade
from routegen.database.url import parse
from routegen.project import find_project
from routegen.scaffold.add import prepare
from routegen.scaffold.new import create
from routegen.scaffold.plan import AddRequest
from routegen.scaffold.write import apply

SECRET = "whsec_of_the_tests"
PATH = "/api/webhooks/stripe"
TYPE = "checkout.session.completed"
LEDGER = (
    "CREATE TABLE ledger (event_id VARCHAR(100) NOT NULL)"  # nothing in it keeps an event from counting twice
)
INBOX = """\
from routegen.inbox import Inbox

from lib.db import database

inbox = Inbox(database, lease=2.0, retries=[0.2] * 20, concurrency={concurrency})
"""
EFFECTS = """\
import asyncio

from routegen.inbox import Event
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from lib.inbox import inbox


@inbox.on("stripe", "checkout.session.completed")
async def note(event: Event, session: AsyncSession) -> None:
    await asyncio.sleep({seconds})
    connection = await session.connection()
    await connection.execute(text("INSERT INTO ledger VALUES (:id)"), {{"id": event.id}})
"""


@dataclass(frozen=True)
class Site:
    """A project with an inbox, and the database that its processes share."""

    root: Path
    url: str
    engine: Engine = field(repr=False)

    @property
    def environment(self) -> dict[str, str]:
        """What a server process is started with."""
        return {
            **os.environ,
            "DATABASE_URL": self.url,
            "STRIPE_WEBHOOK_SECRET": SECRET,
            "PYTHONUNBUFFERED": "1",
        }

    def ask(self, statement: str) -> list[Any]:
        """The rows of a query."""
        with self.engine.connect() as connection:
            return list(connection.execute(text(statement)))


def make_site(parent: Path, url: str = "", *, seconds: float = 0.002, concurrency: int = 8) -> Site:
    """A project made by the same commands that a user gives, with one effect that writes into a ledger."""
    root = create(str(parent / "shop")).root
    addition = prepare(find_project(root), AddRequest("webhook", ("stripe", "--inbox")))
    apply(root, addition.changes)
    (root / "lib/inbox.py").write_text(INBOX.format(concurrency=concurrency))
    (root / "inbox/stripe.py").write_text(EFFECTS.format(seconds=seconds))
    url = url or f"sqlite:///{root / 'data' / 'app.db'}"
    (root / "data").mkdir(exist_ok=True)
    target = parse(url, root)
    upgrade(root, target)
    if target.get_backend_name() == "sqlite":
        target = target.set(drivername="sqlite")
    engine = create_engine(target)
    with engine.begin() as connection:
        connection.execute(text(LEDGER))
    return Site(root, url, engine)


@contextmanager
def postgresql(server: str) -> Iterator[str]:
    """A database of its own on a server, gone afterwards."""
    name = f"routegen_inbox_{os.getpid()}_{random.randrange(10**6)}"
    engine = create_engine(parse(server, Path()), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    try:
        yield parse(server, Path()).set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        engine.dispose()


class Server:
    """One process of uvicorn at a port, started again whenever it is gone."""

    def __init__(self, site: Site) -> None:
        self.site = site
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.kills = 0
        self.start()

    def start(self) -> None:
        """Start the process; it does not wait until it answers."""
        command = [
            sys.executable,
            "-m",
            "uvicorn",
            "main:app",
            "--port",
            str(self.port),
            "--log-level",
            "error",
        ]
        self.process = subprocess.Popen(
            command, cwd=self.site.root, env=self.site.environment, stderr=subprocess.DEVNULL
        )

    def kill(self) -> None:
        """End it as a power failure would, and start it again."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.kills += 1
        self.start()

    def stop(self) -> int:
        """End it as a deployment would. Returns its exit code."""
        self.process.terminate()
        try:
            return self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


@dataclass
class Outcome:
    """What became of the events."""

    events: int
    deliveries: int
    seconds: float = 0.0
    kills: int = 0
    attempts: int = 0
    lost: int = 0
    twice: int = 0
    left: Mapping[str, int] = field(default_factory=dict[str, int])
    latencies: list[float] = field(default_factory=list[float], repr=False)

    def quantile(self, share: float) -> float:
        """The seconds within which this share of the deliveries was acknowledged."""
        ordered = sorted(self.latencies)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def event(number: int) -> dict[str, Any]:
    """The payload of one event."""
    return {**webhooks.find("stripe").events[TYPE], "id": f"evt_{number:06}"}


async def deliver(port: int, number: int) -> int:
    """Send an event as Stripe would, on a connection of its own. Returns the status; 0 when nobody answered."""
    sent = webhooks.compose("stripe", body=event(number), secret=SECRET)
    lines = [f"POST {PATH} HTTP/1.1", "Host: x", "Connection: close", f"Content-Length: {len(sent.body)}"]
    lines += [f"{name}: {value}" for name, value in sent.headers.items()]
    try:
        async with asyncio.timeout(10):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write("\r\n".join([*lines, "", ""]).encode() + sent.body)
                line = await reader.readline()
                return int(line.split()[1]) if line else 0
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return 0


async def attack(
    site: Site, *, events: int, kills: int, processes: int = 3, at_once: int = 8, limit: float = 300
) -> Outcome:
    """Deliver every event, 30 % of them twice, `at_once` at a time; a process is killed now and then.

    What is not acknowledged is sent again, as providers do.
    """
    chance = random.Random(7)
    queue = list(range(events)) + chance.sample(range(events), events * 3 // 10)
    chance.shuffle(queue)
    outcome = Outcome(events, len(queue))
    servers = [Server(site) for _ in range(processes)]
    started, acknowledged = time.monotonic(), 0
    try:
        await _until_they_answer(servers)
        pending = queue[::-1]

        async def send() -> None:
            nonlocal acknowledged
            while pending and time.monotonic() - started < limit:
                number = pending.pop()
                outcome.attempts += 1
                if await deliver(chance.choice(servers).port, number) == 200:
                    acknowledged += 1
                else:
                    pending.insert(chance.randrange(len(pending) + 1), number)
                    await asyncio.sleep(0.01)

        async def killing() -> None:
            while outcome.kills < kills and acknowledged < len(queue) and time.monotonic() - started < limit:
                if acknowledged >= (outcome.kills + 1) * len(queue) / (kills + 1):
                    await asyncio.to_thread(chance.choice(servers).kill)
                    outcome.kills += 1
                await asyncio.sleep(0.005)

        await asyncio.gather(killing(), *(send() for _ in range(at_once)))
        await asyncio.to_thread(settled, site, within=started + limit - time.monotonic())
    finally:
        for server in servers:
            server.stop()
    outcome.seconds = time.monotonic() - started
    _count(site, outcome, set(queue))
    return outcome


async def load(site: Site, *, rate: int, seconds: float) -> Outcome:
    """Deliver new events at a steady rate to one process, and note how long each acknowledgement takes."""
    outcome = Outcome(int(rate * seconds), int(rate * seconds))
    server = Server(site)
    try:
        await _until_they_answer([server])
        for number in range(5):  # the first one reads the provider's table
            await deliver(server.port, outcome.events + number)
        started = time.monotonic()

        async def one(number: int) -> None:
            await asyncio.sleep(max(started + number / rate - time.monotonic(), 0))
            begun = time.monotonic()
            if await deliver(server.port, number) == 200:
                outcome.latencies.append(time.monotonic() - begun)

        await asyncio.gather(*(one(number) for number in range(outcome.events)))
        outcome.seconds = time.monotonic() - started
    finally:
        server.stop()
    return outcome


async def _until_they_answer(servers: list[Server]) -> None:
    async with asyncio.timeout(60):
        for server in servers:
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", server.port)
                    writer.close()
                    break
                except OSError:
                    await asyncio.sleep(0.05)


def settled(site: Site, *, within: float) -> None:
    """Wait until no event waits any more, or the seconds are over."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            if site.ask("SELECT count(*) FROM webhook_inbox WHERE state = 'pending'")[0][0] == 0:
                return
        except DBAPIError:
            pass  # a writer was killed just now
        time.sleep(0.1)


def _count(site: Site, outcome: Outcome, sent: set[int]) -> None:
    counts = Counter(row[0] for row in site.ask("SELECT event_id FROM ledger"))
    outcome.lost = sum(f"evt_{number:06}" not in counts for number in sent)
    outcome.twice = sum(count > 1 for count in counts.values())
    outcome.left = {
        row[0]: row[1] for row in site.ask("SELECT state, count(*) FROM webhook_inbox GROUP BY state")
    }
