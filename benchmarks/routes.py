"""What the number of routes costs: requests a second, start-up, memory and the matcher alone.

    python benchmarks/routes.py [--rounds 5] [--seconds 2] [--starts 5]

Needs `wrk`. Servers and wrk are pinned to a core each, and the rounds are interleaved. Half of the routes are static
(`/group17/items`), half dynamic (`/group17/[id]`). FastAPI has the same routes, flat, in one file.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import timeit
import urllib.request
from collections import defaultdict
from contextlib import ExitStack
from pathlib import Path

from wrk import CLIENT_CORE, SERVER_CORE, free_port, requests_a_second, stopped, versions

COUNTS = (10, 100, 1000, 5000)
FLAT_COUNTS = (10, 100, 1000)
HANDLER = 'async def GET({parameter}):\n    return {{"at": {value}}}\n'
TARGETS = ("last static", "dynamic", "404")


def write_tree(folder: Path, count: int) -> Path:
    """A project with `count` routes."""
    for number in range(count // 2):
        for name, parameter, value in (("items", "", number), ("[id]", "id: int", "id")):
            file = folder / f"app/group{number}/{name}/route.py"
            file.parent.mkdir(parents=True)
            file.write_text(HANDLER.format(parameter=parameter, value=value))
    (folder / "pyproject.toml").write_text("[tool.routegen]\n")
    (folder / "main.py").write_text("from routegen import create_app\n\napp = create_app()\n")
    return folder


def write_flat(folder: Path, count: int) -> Path:
    """The same routes in a FastAPI application."""
    lines = ["from fastapi import FastAPI", "app = FastAPI()"]
    for number in range(count // 2):
        lines += [
            f"@app.get('/group{number}/items')",
            f"async def static{number}(): return {{'at': {number}}}",
        ]
        lines += [
            f"@app.get('/group{number}/{{id}}')",
            f"async def dynamic{number}(id: int): return {{'at': id}}",
        ]
    folder.mkdir()
    (folder / "main.py").write_text("\n".join(lines))
    return folder


def paths(count: int) -> dict[str, str]:
    """The targets of a tree of this size."""
    last = count // 2 - 1
    return {"last static": f"/group{last}/items", "dynamic": f"/group{last}/7", "404": "/nowhere/at/all"}


def start(folder: Path, port: int, *, dev: bool = False) -> subprocess.Popen[bytes]:
    """A pinned server in that folder."""
    serve = ["-m", "routegen", "serve", "--port", str(port), "--strict-port"]
    production = ["-m", "uvicorn", "main:app", "--port", str(port), "--log-level", "error", "--no-access-log"]
    command = ["taskset", "-c", SERVER_CORE, sys.executable, *(serve if dev else production)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, cwd=folder, env=environment, stdout=quiet, stderr=quiet, stdin=quiet)


def seconds_to_200(port: int, path: str) -> float:
    """How long until the path is answered."""
    begun = time.perf_counter()
    while time.perf_counter() - begun < 120:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60) as answer:
                assert answer.status == 200
                return time.perf_counter() - begun
        except OSError:
            time.sleep(0.002)
    raise SystemExit(f"{path} on port {port} is not answered")


def megabytes(process: subprocess.Popen[bytes]) -> float:
    """The resident memory of a process."""
    for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    raise SystemExit("the process is gone")


def throughput(folders: dict[tuple[str, int], Path], rounds: int, seconds: int) -> None:
    """Print requests a second against the number of routes, start-up and memory in production."""
    ports = {key: free_port() for key in folders}
    rates: dict[tuple[str, int, str], list[float]] = defaultdict(list)
    up: dict[tuple[str, int], tuple[float, float]] = {}
    with ExitStack() as stack:
        for key, folder in folders.items():
            process = stack.enter_context(stopped(start(folder, ports[key])))
            up[key] = (seconds_to_200(ports[key], paths(key[1])["last static"]), megabytes(process))
        for number in range(-1, rounds):
            for target in TARGETS:
                for key in folders:
                    path = paths(key[1])[target]
                    rate = requests_a_second(
                        ports[key], path, 1 if number < 0 else seconds, expect_404=target == "404"
                    )
                    if number >= 0:
                        rates[*key, target].append(rate)
    print("\n| server | routes | " + " | ".join(TARGETS) + " | start to first 200 | memory |")
    print("|---|---:|" + "---:|" * (len(TARGETS) + 2))
    for kind, count in folders:
        medians = [statistics.median(rates[kind, count, target]) for target in TARGETS]
        shares = [
            statistics.median(
                a / b for a, b in zip(rates[kind, count, t], rates[kind, COUNTS[0], t], strict=True)
            )
            for t in TARGETS
        ]
        cells = [f"{rate:,.0f}/s ({share:.2f})" for rate, share in zip(medians, shares, strict=True)]
        begun, memory = up[kind, count]
        print(f"| {kind} | {count:,} | " + " | ".join(cells) + f" | {begun:.2f} s | {memory:.0f} MB |")
    few, many = up["routegen", COUNTS[0]][1], up["routegen", COUNTS[-1]][1]
    print(f"\nMemory of a loaded route: {(many - few) * 1024 / (COUNTS[-1] - COUNTS[0]):.1f} kB")


def dev_start(folders: dict[int, Path], starts: int) -> None:
    """Print the time from `routegen serve` to the first 200."""
    taken: dict[int, list[float]] = defaultdict(list)
    memory: dict[int, float] = {}
    for _ in range(starts):
        for count, folder in folders.items():
            port = free_port()
            with stopped(start(folder, port, dev=True)) as process:
                taken[count].append(seconds_to_200(port, paths(count)["last static"]))
                memory[count] = megabytes(process)
    print("\n| `routegen serve`, routes | start to first 200 | x 10 routes | memory |")
    print("|---:|---:|---:|---:|")
    few = statistics.median(taken[COUNTS[0]])
    for count, seconds in taken.items():
        median = statistics.median(seconds)
        print(f"| {count:,} | {median:.2f} s | {median / few:.2f} | {memory[count]:.0f} MB |")


def matcher() -> None:
    """Print nanoseconds a lookup against depth and count."""
    sys.path.insert(0, str(Path(__file__).parent.parent))
    from routegen.routes.route import Route, route_id
    from routegen.routes.segment import parse
    from routegen.routes.tree import Tree

    def tree(count: int, depth: int, last: str) -> Tree[int]:
        made = []
        for number in range(count):
            segments = tuple(
                parse(n) for n in [f"s{number}", *(f"d{d}" for d in range(1, depth - 1)), last][-depth:]
            )
            made.append((Route(route_id(segments), Path("x"), segments), number))
        return Tree(made)

    print("\n| routes | depth | static | dynamic | 404 |")
    print("|---:|---:|---:|---:|---:|")
    for count in COUNTS:
        for depth in (2, 4, 8):
            middle = "".join(f"/d{d}" for d in range(1, depth - 1))
            cells = []
            for last, end in (("end", "end"), ("[id]", "7"), ("end", "no")):
                match = tree(count, depth, last).match
                path = f"/s{count - 1}{middle}/{end}"
                best = min(timeit.repeat(lambda m=match, p=path: m(p), number=20_000, repeat=5)) / 20_000
                cells.append(f"{best * 1e9:.0f} ns")
            print(f"| {count:,} | {depth} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--starts", type=int, default=5)
    given = parser.parse_args()
    if not shutil.which("wrk"):
        raise SystemExit("wrk is not installed")
    print(versions(), f"(server on core {SERVER_CORE}, wrk on core {CLIENT_CORE})", flush=True)
    matcher()
    with tempfile.TemporaryDirectory() as top:
        trees = {count: write_tree(Path(top, f"tree{count}"), count) for count in COUNTS}
        dev_start({count: trees[count] for count in (COUNTS[0], COUNTS[-1])}, given.starts)
        folders = {("routegen", count): folder for count, folder in trees.items()}
        folders |= {("FastAPI", count): write_flat(Path(top, f"flat{count}"), count) for count in FLAT_COUNTS}
        throughput(folders, given.rounds, given.seconds)
