"""Twenty-four hours of edits at the dev server in ten minutes: each must be what is answered next, and nothing may leak.

    python benchmarks/edits.py [--minutes 10] [--seed 1]

A project with every kind of route is generated and served by `routegen serve`; its developer saves every 30 seconds of
its day (2,880 edits). Until noon all of it is taken in by the running process; from noon on every twentieth edit needs a
new one. Another client asks for a route that nobody edits, 50 times a second. Exit code 1 on a failed request, a stale
answer or growth.
"""

import argparse
import http.client
import json
import random
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from edits_desk import INSIDE, RESTARTS, STEADY, Answer, Desk, edit, project, restart
from reload import Served, ask
from wrk import free_port

HOURS, EDITS_AN_HOUR, EVERY = 24, 120, 20
PATIENCE = 20.0
MOST = {
    "RSS, KiB": 2048,
    "objects": 500,
    "modules": 5,
    "open files": 1,
    "threads": 1,
    "processes": 0,
    "tasks": 1,
}
"""What may be added by 1,000 edits; RSS and objects move by themselves, and a connection is open now and then."""


@dataclass
class Day:
    """What came of it."""

    edits: int = 0
    restarts: int = 0
    stale: list[str] = field(default_factory=list[str])
    took: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    samples: list[tuple[int, int, dict[str, int]]] = field(
        default_factory=list[tuple[int, int, dict[str, int]]]
    )


class Client(threading.Thread):
    """Asks for a route that nobody edits, over one connection, as often as a busy page does."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self.port = port
        self.asked = 0
        self.failed: list[str] = []
        self.stopping = threading.Event()

    def run(self) -> None:
        connection = self._connection()
        while not self.stopping.wait(0.02):
            self.asked += 1
            try:
                status, _ = ask(self.port, STEADY, connection)
                if status != 200:
                    self.failed.append(f"{status} at {time.strftime('%X')}")
            except (OSError, http.client.HTTPException) as error:
                self.failed.append(f"{error!r} at {time.strftime('%X')}")
                connection.close()
                connection = self._connection()
        connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)


def work(desk: Desk, served: Served, minutes: float, day: Day) -> None:
    """The whole day at this desk."""
    pace = minutes * 60 / (HOURS * EDITS_AN_HOUR)
    crowd(served.port)
    begun = time.monotonic()
    sample(desk, served, day)
    for hour in range(HOURS):
        while day.edits < (hour + 1) * EDITS_AN_HOUR:
            afternoon = hour >= HOURS / 2
            kind, steps = restart(desk) if afternoon and day.edits % EVERY == 0 else edit(desk)
            day.restarts += kind in RESTARTS
            for answers in steps:
                judge(kind, answers, served.port, day)
                day.edits += 1
                time.sleep(max(0.0, begun + day.edits * pace - time.monotonic()))
        sample(desk, served, day)


def crowd(port: int) -> None:
    """Many at once: the pools of connections and threads are as large as they get."""
    with ThreadPoolExecutor(30) as pool:
        list(pool.map(lambda _: reply(port, "/api/users"), range(300)))


def judge(kind: str, answers: list[Answer], port: int, day: Day) -> None:
    """Ask until the answers are those of the edit, and then once more: what is new may not become old again."""
    for answer in answers:
        begun = time.perf_counter()
        while True:
            got = reply(port, answer.path)
            right = answer.is_given(*got)
            taken = time.perf_counter() - begun
            if right or answer.at_once or taken > PATIENCE:
                break
            time.sleep(0.002)
        day.took.setdefault(kind, []).append(taken * 1000)
        again = [answer.is_given(*reply(port, answer.path)) for _ in range(3)]
        if not right or not all(again):
            note = f"{kind}: {answer} after {taken:.2f} s: {got[0]} {got[1][-300:]!r}, then {again}"
            day.stale.append(note)
            print(note, file=sys.stderr, flush=True)


def reply(port: int, path: str) -> tuple[int, str]:
    """The answer over a new connection; no answer is status 0."""
    try:
        status, body = ask(port, path)
    except (OSError, http.client.HTTPException) as error:
        return 0, repr(error)
    return status, body.decode("utf-8", "replace")


def sample(desk: Desk, served: Served, day: Day) -> None:
    """What the server holds now, its tree of routes being as it was in the morning."""
    for answers in desk.tidy():
        judge("tidy up", answers, served.port, day)
    time.sleep(1.0)  # connections that were closed are forgotten
    inside = json.loads(reply(served.port, INSIDE)[1])
    processes = family(served.process.pid)
    facts = {
        "RSS, KiB": rss(inside["pid"]),
        "open files": count(inside["pid"], "fd"),
        "threads": count(inside["pid"], "task"),
        "RSS of the first process": rss(served.process.pid),
        "its open files": count(served.process.pid, "fd"),
        "its threads": count(served.process.pid, "task"),
        "processes": len(processes),
        **{name: inside[name] for name in ("tasks", "objects", "modules")},
    }
    day.samples.append((day.edits, day.restarts, facts))


def family(pid: int) -> list[int]:
    """A process and all below it."""
    children = [
        int(child)
        for task in Path(f"/proc/{pid}/task").iterdir()
        for child in (task / "children").read_text().split()
    ]
    return [pid, *(one for child in children for one in family(child))]


def count(pid: int, what: str) -> int:
    """Entries of a folder that the system keeps about a process."""
    return len(list(Path(f"/proc/{pid}/{what}").iterdir()))


def rss(pid: int) -> int:
    """Resident KiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))


def growth(day: Day) -> dict[str, float]:
    """What 1,000 edits add, by the line through the samples of the morning; until six o'clock it warms up."""
    morning = [(edits, facts) for edits, restarts, facts in day.samples if not restarts][6:]
    edits = [edits for edits, _ in morning]
    return {
        name: 1000 * statistics.linear_regression(edits, [facts[name] for _, facts in morning]).slope
        for name in MOST
    }


def restarts_growth(day: Day) -> dict[str, float]:
    """What 100 new processes add to the one that starts them."""
    afternoon = [(restarts, facts) for _, restarts, facts in day.samples if restarts]
    counts = [restarts for restarts, _ in afternoon]
    return {
        name: 100 * statistics.linear_regression(counts, [facts[name] for _, facts in afternoon]).slope
        for name in ("RSS of the first process", "its open files", "its threads", "processes")
    }


def report(day: Day, client: Client) -> bool:
    """Print the tables; whether all of it is as it must be."""
    names = list(day.samples[0][2])
    print(f"| hour | edits | new processes | {' | '.join(names)} |\n|{'---|' * (len(names) + 3)}")
    for hour, (edits, restarts, facts) in enumerate(day.samples):
        if hour % 3 == 0:
            print(f"| {hour} | {edits} | {restarts} | {' | '.join(str(facts[name]) for name in names)} |")
    print("\n| edit | times | ms until it was answered, median | worst |\n|---|---|---|---|")
    for kind, took in sorted(day.took.items()):
        print(f"| {kind} | {len(took)} | {statistics.median(took):.1f} | {max(took):.1f} |")
    added = growth(day)
    print("\n1,000 edits add: " + ", ".join(f"{name} {value:+.1f}" for name, value in added.items()))
    print("100 new processes add: " + ", ".join(f"{n} {v:+.1f}" for n, v in restarts_growth(day).items()))
    print(f"\nstale answers {len(day.stale)}, failed requests {len(client.failed)} of {client.asked}")
    for line in client.failed[:20]:
        print(line, file=sys.stderr)
    grown = [name for name, value in added.items() if value > MOST[name]]
    print(f"grown: {', '.join(grown) or 'nothing'}")
    return not (day.stale or client.failed or grown)


@contextmanager
def serving() -> Iterator[tuple[Desk, Served]]:
    """The project, and the server in which it is edited."""
    folder = Path(tempfile.mkdtemp(prefix="routegen-edits-"))
    try:
        root = project(folder)
        port = free_port()
        command = [sys.executable, "-m", "routegen", "serve", "--port", str(port), "--strict-port"]
        served = Served(root, command, port)
        try:
            served.wait(STEADY)
            yield Desk(root), served
        finally:
            served.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    random.seed(options.seed)
    day = Day()
    with serving() as (desk, served):
        client = Client(served.port)
        client.start()
        try:
            work(desk, served, options.minutes, day)
        finally:
            client.stopping.set()
            client.join()
    return 0 if report(day, client) else 1


if __name__ == "__main__":
    sys.exit(main())
