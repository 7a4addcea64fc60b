"""The inbox: events under kill -9, the time until a delivery is acknowledged, deliveries a second.

python benchmarks/inbox.py --kill                 10,000 events, 13,000 deliveries, 50 kills, 3 processes, SQLite
python benchmarks/inbox.py --kill --database postgresql://postgres@127.0.0.1/postgres
python benchmarks/inbox.py --ack                  200 deliveries a second while every effect takes 5 seconds
python benchmarks/inbox.py --rate                 verify and keep, in one process, without HTTP
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from routegen import webhooks
from routegen.database import Database
from routegen.inbox import Inbox
from tests.inbox import killing


def database(server: str) -> AbstractContextManager[str]:
    """A database of PostgreSQL that is gone afterwards; SQLite in the project where no server is named."""
    return killing.postgresql(server) if server else nullcontext("")


def kill(parent: Path, url: str, events: int, kills: int, limit: float) -> int:
    """Returns 1 when an event was lost, or applied twice."""
    site = killing.make_site(parent, url)
    found = asyncio.run(killing.attack(site, events=events, kills=kills, limit=limit))
    print(
        f"{found.events} events, {found.deliveries} deliveries (8 at once), {found.kills} kills, 3 processes"
    )
    print(f"{found.attempts} requests in {found.seconds:.0f} s; in the inbox: {dict(found.left)}")
    print(f"lost {found.lost}, applied twice {found.twice}")
    return int(bool(found.lost or found.twice))


def ack(parent: Path, url: str, rate: int, seconds: float) -> int:
    """Returns 1 when a delivery was not acknowledged."""
    site = killing.make_site(parent, url, seconds=5.0)
    found = asyncio.run(killing.load(site, rate=rate, seconds=seconds))
    parts = [f"p{share * 100:g} {found.quantile(share) * 1000:.1f} ms" for share in (0.5, 0.9, 0.99, 0.999)]
    print(
        f"{rate} deliveries/s for {seconds:g} s, effects of 5 s: {len(found.latencies)} of {found.events} acknowledged"
    )
    print(", ".join(parts))
    return int(len(found.latencies) != found.events)


def rate(parent: Path, url: str, count: int, at_once: int) -> int:
    """Verify a delivery and keep it, `at_once` at a time."""
    os.environ["DATABASE_URL"] = url
    inbox = Inbox(Database(parent))
    sent = [webhooks.compose("stripe", body=killing.event(n), secret="s") for n in range(count)]

    async def one(waiting: list[webhooks.Outgoing]) -> None:
        while waiting:
            delivery = waiting.pop()
            verified = webhooks.verify("stripe", headers=delivery.headers, body=delivery.body, secrets="s")
            assert verified
            await inbox.put(verified)

    async def all_of_them() -> None:
        waiting = list(sent)
        await asyncio.gather(*(one(waiting) for _ in range(at_once)))

    started = time.perf_counter()
    asyncio.run(all_of_them())
    seconds = time.perf_counter() - started
    print(f"verify and keep, {at_once} at once: {count / seconds:.0f}/s")
    return 0


def main() -> int:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name in ("--kill", "--ack", "--rate"):
        parser.add_argument(name, action="store_true")
    parser.add_argument("--database", default="", help="a server of PostgreSQL; SQLite without it")
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--limit", type=float, default=600, help="seconds")
    parser.add_argument("--per-second", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=20)
    given = parser.parse_args()
    code = 0
    with tempfile.TemporaryDirectory() as folder:
        if given.kill:
            with database(given.database) as url:
                code |= kill(Path(folder, "kill"), url, given.events, given.kills, given.limit)
        if given.ack:
            with database(given.database) as url:
                code |= ack(Path(folder, "ack"), url, given.per_second, given.seconds)
        for at_once in (1, 8, 64) if given.rate else ():
            with database(given.database) as url:
                code |= rate(Path(folder, f"rate{at_once}"), url, 2000, at_once)
    return code


if __name__ == "__main__":
    sys.exit(main())
