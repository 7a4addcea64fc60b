"""Measures the dev server: save to first new answer, failures a client sees meanwhile, launch to first 200, leaks.

    python -m benchmarks.reload [--edits 50] [--routes 10 500] [--peer] [--leaks 1000]

`--peer` measures `uvicorn --reload` beside it, on the same tree written as plain FastAPI.
"""

import argparse
import http.client
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

HANDLER = 'async def GET():\n    return {{"route": {number}, "edit": {edit}}}\n'
PEER_MAIN = """
import importlib, pathlib
from fastapi import FastAPI
app = FastAPI()
for file in sorted(pathlib.Path("routes").glob("r*.py")):
    module = importlib.import_module(f"routes.{file.stem}")
    app.add_api_route(f"/api/{file.stem}", module.GET)
"""


class Served:
    """A server process on a tree of its own."""

    def __init__(self, root: Path, command: list[str], port: int) -> None:
        self.port = port
        self.begun = time.perf_counter()
        self.process = subprocess.Popen(
            command, cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )

    def wait(self, path: str, limit: float = 60.0) -> float:
        """Seconds from launch to the first 200."""
        while time.perf_counter() - self.begun < limit:
            try:
                if ask(self.port, path)[0] == 200:
                    return time.perf_counter() - self.begun
            except OSError:
                time.sleep(0.002)
        raise TimeoutError(path)

    def memory(self) -> int:
        """Resident KiB."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1])
        return 0

    def threads(self) -> int:
        return len(os.listdir(f"/proc/{self.process.pid}/task"))  # noqa: PTH208

    def stop(self) -> float:
        begun = time.perf_counter()
        os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        return time.perf_counter() - begun


def ask(port: int, path: str, connection: http.client.HTTPConnection | None = None) -> tuple[int, bytes]:
    own = connection or http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        own.request("GET", path)
        answer = own.getresponse()
        return answer.status, answer.read()
    finally:
        if connection is None:
            own.close()


def routegen_tree(root: Path, routes: int) -> None:
    (root / "pyproject.toml").write_text("[tool.routegen]\n")
    (root / "main.py").write_text("from routegen import create_app\n\napp = create_app()\n")
    for number in range(routes):
        folder = root / "app" / "api" / f"r{number}"
        folder.mkdir(parents=True)
        (folder / "route.py").write_text(HANDLER.format(number=number, edit=0))


def peer_tree(root: Path, routes: int) -> None:
    (root / "routes").mkdir()
    (root / "main.py").write_text(PEER_MAIN)
    for number in range(routes):
        (root / "routes" / f"r{number}.py").write_text(HANDLER.format(number=number, edit=0))


def measure_edits(served: Served, file: Path, path: str, edits: int) -> list[float]:
    """Milliseconds from the save to the first answer with the new content, for each edit."""
    taken: list[float] = []
    for edit in range(1, edits + 1):
        time.sleep(0.15)
        begun = time.perf_counter()
        file.write_text(HANDLER.format(number=0, edit=edit))
        while True:
            try:
                _status, body = ask(served.port, path)
            except OSError:
                continue
            if f'"edit":{edit}}}'.encode() in body:
                break
        taken.append((time.perf_counter() - begun) * 1000)
    return taken


def measure_failures(served: Served, file: Path, edits: int, broken: int) -> tuple[int, int]:
    """Requests a second client makes (100 a second, on another route) during the edits, and those that failed."""
    stop = threading.Event()
    results: list[bool] = []

    def client() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=20)
        while not stop.is_set():
            begun = time.perf_counter()
            try:
                results.append(ask(served.port, "/api/r1", connection)[0] == 200)
            except OSError:
                results.append(False)
                connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=20)
            time.sleep(max(0.0, 0.01 - (time.perf_counter() - begun)))

    thread = threading.Thread(target=client)
    thread.start()
    for edit in range(edits):
        bad = edit % max(edits // broken, 1) == 0
        file.write_text("def GET(:\n" if bad else HANDLER.format(number=0, edit=edit))
        time.sleep(0.1)
    stop.set()
    thread.join()
    return len(results), results.count(False)


def measure_leaks(edits: int) -> None:
    """Memory and threads over many edits, each of which must be live with the very next request."""
    root = Path(tempfile.mkdtemp(prefix="routegen-bench-"))
    routegen_tree(root, 10)
    served = Served(root, [sys.executable, "-m", "routegen", "serve", "--port", "8391"], 8391)
    served.wait("/api/r0")
    file, stale = root / "app/api/r0/route.py", 0
    print("\n| edits | KiB | threads | stale answers |\n|---|---|---|---|")
    for edit in range(edits + 101):
        file.write_text(HANDLER.format(number=0, edit=edit))
        stale += f'"edit":{edit}}}'.encode() not in ask(8391, "/api/r0")[1]
        time.sleep(0.005)
        if edit >= 100 and (edit - 100) % max(edits // 5, 1) == 0:
            print(f"| {edit - 100} | {served.memory()} | {served.threads()} | {stale} |", flush=True)
    served.stop()
    shutil.rmtree(root, ignore_errors=True)


def floor() -> float:
    """Seconds that importing FastAPI and uvicorn, binding and answering once take without routegen."""
    code = (
        "import fastapi, uvicorn\napp = fastapi.FastAPI()\n@app.get('/')\nasync def get(): return {}\n"
        "uvicorn.run(app, port=8399, log_level='critical')\n"
    )
    times: list[float] = []
    for _ in range(5):
        with tempfile.TemporaryDirectory() as folder:
            served = Served(Path(folder), [sys.executable, "-c", code], 8399)
            times.append(served.wait("/"))
            served.stop()
    return statistics.median(times)


def run(
    name: str, routes: int, edits: int, port: int, command: list[str], tree: object, file_of: str, path: str
) -> None:
    root = Path(tempfile.mkdtemp(prefix="routegen-bench-"))
    try:
        tree(root, routes)  # type: ignore[operator]
        launches: list[float] = []
        for _ in range(3):
            served = Served(root, command, port)
            launches.append(served.wait(path))
            served.stop()
        served = Served(root, command, port)
        served.wait(path)
        file = root / file_of
        before = served.memory(), served.threads()
        taken = measure_edits(served, file, path, edits)
        asked, failed = measure_failures(served, file, 50, 10)
        file.write_text(HANDLER.format(number=0, edit=0))
        after = served.memory(), served.threads()
        stopped = served.stop()
        print(
            f"| {name} | {routes} | {statistics.median(taken):.1f} | {max(taken):.1f} | {failed} of {asked} "
            f"| {statistics.median(launches):.2f} | {before[0] // 1024} → {after[0] // 1024} | {before[1]} → {after[1]} "
            f"| {stopped:.2f} |",
            flush=True,
        )
    finally:
        shutil.rmtree(root, ignore_errors=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--edits", type=int, default=50)
    parser.add_argument("--routes", type=int, nargs="+", default=[10, 500])
    parser.add_argument("--peer", action="store_true")
    parser.add_argument(
        "--leaks", type=int, default=0, metavar="N", help="then N more edits, watching memory"
    )
    options = parser.parse_args()
    print(f"import fastapi, uvicorn, bind, first answer: {floor():.2f} s (median of 5)\n")
    print(
        "| server | routes | save → new answer, median ms | worst ms | failed requests "
        "| launch → 200, s | MiB | threads | stop, s |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for routes in options.routes:
        command = [sys.executable, "-m", "routegen", "serve", "--port", "8391"]
        run(
            "routegen serve",
            routes,
            options.edits,
            8391,
            command,
            routegen_tree,
            "app/api/r0/route.py",
            "/api/r0",
        )
        if options.peer:
            command = [
                sys.executable,
                "-m",
                "uvicorn",
                "main:app",
                "--reload",
                "--port",
                "8392",
                "--log-level",
                "critical",
            ]
            run(
                "uvicorn --reload",
                routes,
                min(options.edits, 5),
                8392,
                command,
                peer_tree,
                "routes/r0.py",
                "/api/r0",
            )
    if options.leaks:
        measure_leaks(options.leaks)


if __name__ == "__main__":
    main()
