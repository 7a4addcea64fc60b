"""Requests a second of routegen against bare ASGI, Starlette, FastAPI and Litestar, in one run.

    python benchmarks/throughput.py [--rounds 7] [--seconds 2] [--litestar FOLDER]

Needs `wrk`. Every server runs on the same uvicorn (uvloop, httptools, no access log), pinned to one core; wrk is
pinned to another. The rounds are interleaved, so that a slow moment hits all servers alike; only the shares count.
Litestar is measured when it can be imported, from `--litestar` (`pip install --target FOLDER litestar`) if given.
"""

import argparse
import importlib.metadata
import os
import shutil
import socket
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wrk import SERVER_CORE, free_port, requests_a_second, stopped, versions

APPS = Path(__file__).parent / "http_apps"
SERVERS = {
    "bare ASGI": ("bare:app", APPS),
    "Starlette": ("starlette_app:app", APPS),
    "Litestar": ("litestar_app:app", APPS),
    "FastAPI": ("fastapi_app:app", APPS),
    "routegen": ("main:app", APPS / "routegen_app"),
}
TARGETS = {"GET hello": "/api/hello", "GET users/{id}": "/api/users/7", "POST echo": "/api/echo"}


@contextmanager
def serving(name: str, port: int, litestar: str | None) -> Iterator[None]:
    """One server in a process of its own."""
    app, folder = SERVERS[name]
    paths = [str(APPS), str(Path(__file__).parent.parent)]
    if name == "Litestar" and litestar:
        paths.append(litestar)
    command = [
        *("taskset", "-c", SERVER_CORE, sys.executable, "-m", "uvicorn", app, "--port", str(port)),
        *("--log-level", "error", "--no-access-log", "--loop", "uvloop", "--http", "httptools"),
    ]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    with stopped(subprocess.Popen(command, cwd=folder, env=environment)):
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield


def measure(rounds: int, seconds: int, litestar: str | None) -> dict[tuple[str, str], list[float]]:
    """Requests a second for each server and target, round by round."""
    names = [name for name in SERVERS if name != "Litestar" or litestar or _has("litestar")]
    ports = {name: free_port() for name in names}
    rates: dict[tuple[str, str], list[float]] = defaultdict(list)
    with _all_serving(names, ports, litestar):
        for number in range(-1, rounds):
            for target, path in TARGETS.items():
                for name in names:
                    script = APPS / "echo.lua" if target == "POST echo" else None
                    rate = requests_a_second(ports[name], path, 1 if number < 0 else seconds, script=script)
                    if number >= 0:  # the first round warms up
                        rates[name, target].append(rate)
    return rates


@contextmanager
def _all_serving(names: list[str], ports: dict[str, int], litestar: str | None) -> Iterator[None]:
    if not names:
        yield
        return
    with serving(names[0], ports[names[0]], litestar), _all_serving(names[1:], ports, litestar):
        yield


def _has(package: str) -> bool:
    try:
        importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def table(rates: dict[tuple[str, str], list[float]]) -> str:
    """Markdown: the median share of bare ASGI in the same round, and the median of the requests a second."""
    lines = ["| server | " + " | ".join(TARGETS) + " |", "|---" * (len(TARGETS) + 1) + "|"]
    for name in dict.fromkeys(server for server, _ in rates):
        cells = []
        for target in TARGETS:
            own, bare = rates[name, target], rates["bare ASGI", target]
            share = statistics.median(a / b for a, b in zip(own, bare, strict=True))
            cells.append(f"{share:.2f} ({statistics.median(own):,.0f}/s)")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--litestar", metavar="FOLDER")
    given = parser.parse_args()
    if not shutil.which("wrk"):
        raise SystemExit("wrk is not installed")
    print(versions(), "\n", flush=True)
    print(table(measure(given.rounds, given.seconds, given.litestar)))
