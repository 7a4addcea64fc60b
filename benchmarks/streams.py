"""Measures a broadcast to many clients of server-sent events on a real server.

python benchmarks/streams.py                       1,000 clients for 60 seconds, 10 events a second
python benchmarks/streams.py --restarts 100        one client over 100 restarts, on Redis
python benchmarks/streams.py --stop 100            SIGTERM with 100 open streams
python benchmarks/streams.py --stalled --clients 50   one of them stops reading
"""

import argparse
import asyncio
import contextlib
import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

APP = """
import asyncio
import os
import time
from typing import Annotated

from fastapi import FastAPI, Header, Response

from routegen import respond
from routegen.streams import Broadcast

app = FastAPI()
CHANNEL = Broadcast(os.environ["CHANNEL"], os.environ["CHANNEL_URL"])


@app.get("/events")
async def events(last_event_id: Annotated[str | None, Header()] = None) -> Response:
    return respond.events(CHANNEL.subscribe(last_event_id))


@app.post("/publish/{count}/{every}")
async def publish(count: int, every: float, size: int = 0) -> None:
    began = time.monotonic()
    for number in range(count):
        await CHANNEL.publish({"number": number, "at": time.time(), "more": "x" * size})
        await asyncio.sleep(max(0.0, began + (number + 1) * every - time.monotonic()))
"""


class Server:
    """uvicorn with the application above."""

    def __init__(self, folder: Path, url: str) -> None:
        (folder / "stream_app.py").write_text(APP)
        self.folder = folder
        self.name = f"bench-{uuid.uuid4().hex}"
        self.environment = {**os.environ, "CHANNEL": self.name, "CHANNEL_URL": url}
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self.start()

    def start(self) -> None:
        """Start it and wait until it listens."""
        command = [sys.executable, "-m", "uvicorn", "stream_app:app", "--port", str(self.port)]
        self.process = subprocess.Popen(
            [*command, "--log-level", "warning", "--backlog", "4096"], cwd=self.folder, env=self.environment
        )
        for _ in range(500):
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            time.sleep(0.02)

    def rss(self) -> float:
        """MiB in memory."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * 4096 / 1024 / 1024

    async def connect(self, last: str = "") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Begin to listen."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        more = f"Last-Event-ID: {last}\r\n" if last else ""
        writer.write(f"GET /events HTTP/1.1\r\nHost: x\r\n{more}\r\n".encode())
        return reader, writer

    async def publish(self, count: int, every: float, size: int = 0) -> None:
        """Let the server publish, so that its clock is the only one."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        head = f"POST /publish/{count}/{every}?size={size} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        writer.write(f"{head}Content-Length: 0\r\n\r\n".encode())
        await reader.read()
        writer.close()


class Listeners:
    """Clients that take everything: what they got, how late, and how large the server was meanwhile."""

    def __init__(self, server: Server, wanted: int) -> None:
        self.server = server
        self.wanted = wanted
        self.lags: list[float] = []
        self.lost = 0
        self.begun = 0
        self.peak = 0.0
        self.tasks: list[asyncio.Task[None]] = []

    async def begin(self, clients: int) -> None:
        """Connect, and wait until all are subscribed."""
        self.tasks = [asyncio.create_task(self._listen()) for _ in range(clients)]
        while self.begun < clients:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        await asyncio.sleep(1)

    async def publish(self, every: float, size: int = 0) -> None:
        """Let the server publish all events; wait until they have arrived."""
        publishing = asyncio.create_task(self.server.publish(self.wanted, every, size))
        while not publishing.done():
            self.peak = max(self.peak, self.server.rss())
            await asyncio.sleep(0.2)
        await asyncio.wait(self.tasks, timeout=10)

    def report(self) -> str:
        """As cells of a table."""
        self.lags.sort()
        late = sum(not task.done() for task in self.tasks)
        p50, p99 = (self.lags[int(len(self.lags) * part)] * 1000 for part in (0.5, 0.99))
        return (
            f"received {len(self.lags)} of {len(self.tasks) * self.wanted}, lost {self.lost}, unfinished {late} "
            f"| RSS {self.peak:.0f} MiB | lag p50 {p50:.0f}, p99 {p99:.0f}, max {self.lags[-1] * 1000:.0f} ms |"
        )

    async def _listen(self) -> None:
        reader, writer = await self.server.connect()
        await reader.readuntil(b"from here")
        self.begun += 1
        expected = 0
        while expected < self.wanted:
            line = await reader.readline()
            if line.startswith(b'data: {"number":'):
                number, _, rest = line[16:].partition(b',"at":')
                self.lags.append(time.time() - float(rest.partition(b",")[0]))
                self.lost += int(number) - expected
                expected = int(number) + 1
        writer.close()


async def many(server: Server, clients: int, seconds: int, rate: int) -> None:
    """Everybody gets everything: losses, lag, memory."""
    listeners = Listeners(server, seconds * rate)
    await listeners.begin(clients)
    await listeners.publish(1 / rate)
    print(f"| {clients} clients, {seconds} s, {rate} events/s | {listeners.report()}")


async def stalled(server: Server, clients: int, rate: int) -> None:
    """One client stops reading among others: what it costs, when it is dropped, whether the others notice."""
    size, wanted = 8000, 45 * rate
    await server.publish(2000, 0, size)  # fills the ring, which keeps 1,000 to 2,000 events
    for title in ("all read", "one stalled"):
        listeners = Listeners(server, wanted)
        await listeners.begin(clients)
        waiting = None
        if title == "one stalled":
            waiting = asyncio.create_task(asyncio.to_thread(until_dropped, server.port))
            await asyncio.sleep(0.5)
        before = server.rss()
        await listeners.publish(1 / rate, size)
        growth = listeners.peak - before
        cells = f"| {clients} clients, {rate} events/s of {size} bytes, {title} | {listeners.report()}"
        told = "" if waiting is None else f" dropped {await waiting:.1f} s after it took the last byte |"
        print(f"{cells} RSS +{growth:.1f} MiB |{told}", flush=True)


def until_dropped(port: int) -> float:
    """Connect, read nothing, and wait until the server gives up. Returns the seconds since the kernel took a byte."""
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", port))
        client.sendall(b"GET /events HTTP/1.1\r\nHost: x\r\n\r\n")
        queued, since = -1, time.monotonic()
        while time.monotonic() - since < 120:
            now = _queued(port, client.getsockname()[1])
            if now is None:
                return time.monotonic() - since
            if now != queued:
                queued, since = now, time.monotonic()
            time.sleep(0.05)
    return float("inf")


def _queued(server: int, client: int) -> int | None:
    """Bytes that wait in the kernel to be sent from one port to the other; None when the server has let go."""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, local, remote, state, queues, *_ = line.split()
        ports = (int(local.partition(":")[2], 16), int(remote.partition(":")[2], 16))
        if ports == (server, client) and state == "01":
            return int(queues.partition(":")[0], 16)
    return None


async def stop(server: Server, clients: int) -> None:
    """SIGTERM: how long it takes, and who was told."""
    open_streams = [await server.connect() for _ in range(clients)]
    for reader, _ in open_streams:
        await reader.readuntil(b"from here")
    began = time.perf_counter()
    server.process.send_signal(signal.SIGTERM)
    ends = await asyncio.gather(*(reader.read() for reader, _ in open_streams))
    while server.process.poll() is None:  # noqa: ASYNC110
        await asyncio.sleep(0.005)
    seconds = time.perf_counter() - began
    told = sum(b"event: shutdown" in end for end in ends)
    print(
        f"| SIGTERM with {clients} streams | exit after {seconds:.2f} s | farewell to {told} of {clients} |"
    )


async def restarts(server: Server, count: int, url: str) -> None:
    """One client that connects again, while the server is killed or stopped again and again."""
    from routegen.streams import Broadcast

    got: list[int] = []
    total = count * 10
    done = asyncio.Event()

    async def listen() -> None:
        last = ""
        while len(got) < total:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                reader, writer = await server.connect(last)
                pending = ""
                while line := await reader.readline():
                    if line.startswith(b"id: "):
                        pending = line[4:].decode().strip()
                    elif line.startswith(b"data: ") and line[6:].strip().isdigit():
                        got.append(int(line[6:]))
                    elif line == b"\n" and pending:
                        last = pending
                    if len(got) >= total:
                        break
                writer.close()
            await asyncio.sleep(0.02)
        done.set()

    listening = asyncio.create_task(listen())
    await asyncio.sleep(1)
    channel = Broadcast(server.name, url, keep=100_000)
    for number in range(count):
        for event in range(10):
            await channel.publish(str(number * 10 + event))
            if event == 4:
                server.process.send_signal(signal.SIGKILL if number % 2 else signal.SIGTERM)
                await asyncio.to_thread(server.process.wait)
        await asyncio.to_thread(server.start)
    await asyncio.wait_for(done.wait(), 60)
    await listening
    gaps = len(set(range(total)) - set(got))
    print(f"| {count} restarts, {total} events | gaps {gaps}, twice {len(got) - len(set(got))} |")


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--rate", type=int, default=10, help="events a second")
    parser.add_argument("--restarts", type=int, default=0)
    parser.add_argument("--stop", type=int, default=0)
    parser.add_argument("--stalled", action="store_true")
    parser.add_argument("--url", default="", help="redis:// or postgresql:// instead of the process itself")
    options = parser.parse_args()
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 8192), soft))
    url = options.url or ("redis://127.0.0.1:6379" if options.restarts else "memory:")
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder), url)
        try:
            if options.restarts:
                asyncio.run(restarts(server, options.restarts, url))
            elif options.stop:
                asyncio.run(stop(server, options.stop))
            elif options.stalled:
                asyncio.run(stalled(server, options.clients, options.rate))
            else:
                asyncio.run(many(server, options.clients, options.seconds, options.rate))
        finally:
            if server.process.poll() is None:
                server.process.kill()
            server.process.wait(20)


if __name__ == "__main__":
    main()
