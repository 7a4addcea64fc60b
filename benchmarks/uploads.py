"""Measures uploads to a real server: memory, the event loop's lag, and throughput beside Starlette's `UploadFile`.

python benchmarks/uploads.py              throughput of 256 MiB, in turns, and one upload of 2 GiB each way
python benchmarks/uploads.py --large 64   MiB instead of 2048
"""

import argparse
import hashlib
import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

MIB = 1024 * 1024
BOUNDARY = "boundary0123456789"
BLOCK = os.urandom(MIB)

BASELINE = """
import shutil
from pathlib import Path
from uuid import uuid4

from fastapi import FastAPI, UploadFile

app = FastAPI()
FOLDER = Path("data/baseline")


@app.post("/api/baseline", status_code=201)
def upload(file: UploadFile) -> dict[str, str]:
    FOLDER.mkdir(parents=True, exist_ok=True)
    name = uuid4().hex
    with (FOLDER / name).open("xb") as target:
        shutil.copyfileobj(file.file, target)
    return {"name": name}
"""

LAG = """
import asyncio
import time

samples: list[float] = []
tasks: list[asyncio.Task[None]] = []


async def sample() -> None:
    while True:
        before = time.perf_counter()
        await asyncio.sleep(0.005)
        samples.append(time.perf_counter() - before - 0.005)


async def GET() -> dict[str, float]:
    if not tasks:
        tasks.append(asyncio.create_task(sample()))
        return {}
    found = sorted(samples) or [0.0]
    samples.clear()
    return {"p50": found[len(found) // 2], "p99": found[int(len(found) * 0.99)], "max": found[-1]}
"""


def make_project(folder: Path) -> Path:
    """A project with an upload of ours and a look at the event loop, and beside it FastAPI without routegen."""

    def routegen(where: Path, *arguments: str) -> None:
        subprocess.run(
            [sys.executable, "-m", "routegen", *arguments], cwd=where, check=True, capture_output=True
        )

    routegen(folder, "new", "shop")
    root = folder / "shop"
    routegen(root, "add", "upload", "--max-size", "4GB", "--types", ".bin")
    target = root / "app" / "api" / "lag" / "route.py"
    target.parent.mkdir(parents=True)
    target.write_text(LAG)
    (root / "baseline.py").write_text(BASELINE)
    return root


class Server:
    """uvicorn, serving a project, or another application that lies in its folder."""

    def __init__(self, root: Path, app: str = "main:app") -> None:
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
            self.port = sock.getsockname()[1]
        command = [
            sys.executable,
            "-m",
            "uvicorn",
            app,
            "--port",
            str(self.port),
            "--log-level",
            "warning",
        ]
        self.process = subprocess.Popen(command, cwd=root, env={**os.environ, "TMPDIR": str(root)})
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                break
            except OSError:
                time.sleep(0.05)

    def rss(self) -> int:
        """Bytes of the process in memory."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) * 1024
        return 0

    def get(self, path: str) -> dict[str, float]:
        """A GET that answers JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("GET", path)
        return json.loads(connection.getresponse().read())

    def upload(self, path: str, mib: int, *, chunked: bool) -> tuple[float, dict[str, str]]:
        """Send so many MiB as a form. Returns the seconds and the answer."""
        head = (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n'.encode()
        )
        tail = f"\r\n--{BOUNDARY}--\r\n".encode()

        def body() -> Iterator[bytes]:
            yield head
            for number in range(mib):
                yield number.to_bytes(8, "big") + BLOCK[8:]
            yield tail

        headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
        if not chunked:
            headers["Content-Length"] = str(len(head) + mib * MIB + len(tail))
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        began = time.perf_counter()
        connection.request("POST", path, body(), headers, encode_chunked=chunked)
        answer = connection.getresponse()
        data = answer.read()
        assert answer.status == 201, (answer.status, data)
        return time.perf_counter() - began, json.loads(data)

    def send_file(self, path: str, source: Path) -> float:
        """Send a file as a form, by the kernel, so that the client takes no time of its own. Returns the seconds."""
        head = (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n'.encode()
        )
        tail = f"\r\n--{BOUNDARY}--\r\n".encode()
        length = len(head) + source.stat().st_size + len(tail)
        lines = f"POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n"
        kind = f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n\r\n"
        with socket.create_connection(("127.0.0.1", self.port)) as connection, source.open("rb") as file:
            began = time.perf_counter()
            connection.sendall((lines + kind).encode() + head)
            connection.sendfile(file)
            connection.sendall(tail)
            answer = connection.recv(65536)
            seconds = time.perf_counter() - began
        assert answer.startswith(b"HTTP/1.1 201"), answer
        return seconds

    def cpu(self) -> float:
        """Seconds of processor time so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def sha256(mib: int) -> str:
    """The digest of what `upload` sends."""
    digest = hashlib.sha256()
    for number in range(mib):
        digest.update(number.to_bytes(8, "big") + BLOCK[8:])
    return digest.hexdigest()


def large(server: Server, mib: int, *, chunked: bool) -> None:
    """One large upload: how far memory grows, how late the loop is, whether it arrived."""
    server.upload("/api/upload", 8, chunked=False)
    server.get("/api/lag")
    server.get("/api/lag")
    before, peak, done = server.rss(), 0, threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.02):
            peak = max(peak, server.rss())

    watcher = threading.Thread(target=watch)
    watcher.start()
    seconds, answer = server.upload("/api/upload", mib, chunked=chunked)
    done.set()
    watcher.join()
    lag = server.get("/api/lag")
    equal = answer["sha256"] == sha256(mib)
    way = "chunked" if chunked else "Content-Length"
    print(
        f"| {mib} MiB, {way} | {seconds:.1f} s | {mib / seconds:.0f} MiB/s | RSS +{(peak - before) / MIB:.1f} MiB "
        f"| lag p50 {lag['p50'] * 1000:.1f}, p99 {lag['p99'] * 1000:.1f}, max {lag['max'] * 1000:.0f} ms "
        f"| sha256 {'equal' if equal else 'DIFFERENT'} |",
        flush=True,
    )


def throughput(servers: dict[str, Server], root: Path, rounds: int, mib: int) -> None:
    """The same bytes to both, in turns."""
    source = root / "source.bin"
    source.write_bytes(BLOCK * mib)
    seconds: dict[str, list[float]] = {name: [] for name in servers}
    cpu = dict.fromkeys(seconds, 0.0)
    for _ in range(rounds):
        for name, server in servers.items():
            os.sync()
            before = server.cpu()
            seconds[name].append(server.send_file(f"/api/{name}", source))
            cpu[name] += server.cpu() - before
            for path in (root / "data").rglob("*"):
                if path.is_file() and path.stat().st_size > MIB:
                    path.unlink()
    ours, theirs = (mib / statistics.median(seconds[name]) for name in seconds)
    for title, name, speed in (
        ("routegen, hashed and synced", "upload", ours),
        ("FastAPI alone, its UploadFile copied to disk", "baseline", theirs),
    ):
        used = cpu[name] / (rounds * mib / 1024)
        print(f"| {title} | {speed:.0f} MiB/s | {used:.2f} s of processor time a GiB |")
    print(f"| ratio | {ours / theirs:.2f} (limit 1.2) |", flush=True)


def main() -> None:
    """Run all of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large", type=int, default=2048, help="MiB of the large upload, 0 for none")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--size", type=int, default=256, help="MiB of one upload for the throughput")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as folder:
        root = make_project(Path(folder))
        servers = {"upload": Server(root), "baseline": Server(root, "baseline:app")}
        try:
            servers["upload"].get("/api/lag")
            if options.rounds:
                throughput(servers, root, options.rounds, options.size)
            for chunked in (False, True) if options.large else ():
                large(servers["upload"], options.large, chunked=chunked)
        finally:
            for server in servers.values():
                server.process.terminate()
                server.process.wait(20)


if __name__ == "__main__":
    main()
