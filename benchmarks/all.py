"""Runs all benchmarks, one after the other, and writes what they print into `benchmarks/RESULTS.md`.

    python benchmarks/all.py                 all of them: about half an hour on a machine that does nothing else
    python benchmarks/all.py routes reload   only these; the other results stay
    python benchmarks/all.py --list          their names and commands

Each result stands below the command that makes it. The plots are drawn anew from the tables, and the README's figures
are taken from them.
"""

import argparse
import importlib.metadata
import os
import platform
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks/RESULTS.md"
POSTGRES = "postgresql://postgres@127.0.0.1:5432/postgres"
PACKAGES = ("fastapi", "starlette", "uvicorn", "pydantic", "sqlmodel", "jinja2", "typer", "litestar")


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One part of the page: its script with arguments, and what its figures have to keep to."""

    name: str
    title: str
    command: str
    limit: str
    plot: str = ""


BENCHMARKS = (
    Benchmark("cli", "Start of a command", "cli.py", "1.3 x the bare Typer app's same"),
    Benchmark(
        "throughput",
        "Share of bare ASGI",
        "throughput.py",
        "0.70 of bare ASGI for the two GETs, 0.75 for the POST; ahead of Starlette; 2.3 x FastAPI",
    ),
    Benchmark(
        "routes",
        "Number of routes",
        "routes.py",
        "within 10 % of 10 routes; start within 1.3 x",
        "routes.svg",
    ),
    Benchmark(
        "reload",
        "Save to answer",
        "reload.py --peer --leaks 1000",
        "median 40 ms, whatever the number of routes; no failed request; no growth",
        "reload.svg",
    ),
    Benchmark(
        "edits",
        "24 hours of edits in ten minutes",
        "edits.py",
        "0 stale answers, 0 failed requests, no growth",
    ),
    Benchmark("crud", "crud on SQLite", "crud.py", "0.95 of the same by hand; no row lost"),
    Benchmark("webhooks", "Verifying a signature", "webhooks.py", "none"),
    Benchmark("malformed", "Malformed deliveries", "malformed.py", "0 accepted, 0 exceptions"),
    Benchmark("inbox-rate", "Verify and keep", "inbox.py --rate", "none"),
    Benchmark(
        "inbox-ack", "Acknowledging, SQLite", "inbox.py --ack", "p99 50 ms at 200/s with effects of 5 s"
    ),
    Benchmark(
        "inbox-ack-postgresql",
        "Acknowledging, PostgreSQL",
        f"inbox.py --ack --database {POSTGRES}",
        "the same",
    ),
    Benchmark("inbox-kill", "kill -9, SQLite", "inbox.py --kill", "lost 0, applied twice 0"),
    Benchmark(
        "inbox-kill-postgresql",
        "kill -9, PostgreSQL",
        f"inbox.py --kill --database {POSTGRES}",
        "lost 0, applied twice 0",
    ),
    Benchmark("uploads", "Uploads", "uploads.py", "1.2 x UploadFile; 40 MiB more memory; lag p99 50 ms"),
    Benchmark(
        "uploads-killed",
        "Resumable uploads over kill -9",
        "uploads_killed.py --uploads 20",
        "20 interruptions, 20 equal digests",
    ),
    Benchmark("streams", "Event streams", "streams.py", "1,000 clients: lost 0, 150 MiB, lag p99 250 ms"),
    Benchmark(
        "streams-stalled",
        "One reader that stops reading",
        "streams.py --stalled --clients 50 --rate 50",
        "5 MiB more memory; dropped within 30 s; the others unchanged",
    ),
    Benchmark(
        "streams-restarts",
        "One reader over 100 restarts, on Redis",
        "streams.py --restarts 100",
        "gaps 0, twice 0",
    ),
    Benchmark(
        "streams-stop",
        "SIGTERM with 100 open streams",
        "streams.py --stop 100",
        "exit within 1 s; farewell to all",
    ),
    Benchmark("pages", "Pages and their forms", "pages.py", "not slower than FastAPI with Jinja2 by hand"),
    Benchmark(
        "check", "check", "check.py", "cold 4 x ast.parse, cached 0.3 x; one changed file 100 ms; linear"
    ),
    Benchmark("check-next", "check over Next.js", "check_next.py", "1 ms a route file beyond parsing"),
)


def machine() -> str:
    """What was measured on what."""
    installed = {found.name.lower(): found.version for found in importlib.metadata.distributions()}
    packages = ", ".join(f"{name} {installed[name]}" for name in PACKAGES if name in installed)
    return (
        f"Python {platform.python_version()} on {platform.system()} with {os.cpu_count()} cores: {packages}"
    )


def measured(benchmark: Benchmark) -> str:
    """The benchmark's part of the page, run now."""
    command = [sys.executable, *_script(benchmark)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # what pip installs has its byte code
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    verdict = "" if done.returncode == 0 else f"\n\n**It ended with {done.returncode}.**"
    plot = f"\n\n![{benchmark.title}]({benchmark.plot})" if benchmark.plot else ""
    heading = f"## {benchmark.title}\n\n    python {shlex.join(_script(benchmark))}"
    return f"{heading}\n\nLimit: {benchmark.limit}. {machine()}.{plot}\n\n{done.stdout.strip()}{verdict}"


def replaced(page: str, benchmark: Benchmark, part: str) -> str:
    """The page with this part, in the order of the benchmarks; what was written by hand stays before and after them."""
    parts = dict(re.findall(r"<!-- begin: (\S+) -->\n(.*?)\n<!-- end: \1 -->", page, re.DOTALL)) | {
        benchmark.name: part
    }
    head, _, rest = page.partition("<!-- begin:")
    tail = rest.rpartition("-->\n")[2].strip()
    blocks = [
        f"<!-- begin: {one.name} -->\n{parts[one.name]}\n<!-- end: {one.name} -->"
        for one in BENCHMARKS
        if one.name in parts
    ]
    return "\n\n".join(filter(None, [head.rstrip(), *blocks, tail])) + "\n"


def _script(benchmark: Benchmark) -> list[str]:
    return shlex.split(f"benchmarks/{benchmark.command}")


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--list", action="store_true")
    given = parser.parse_args()
    known = {benchmark.name for benchmark in BENCHMARKS}
    if unknown := set(given.names) - known:
        parser.error(
            f"no benchmark is called {', '.join(sorted(unknown))}: choose of {', '.join(sorted(known))}"
        )
    for benchmark in BENCHMARKS:
        if given.list:
            print(f"{benchmark.name:<22} {benchmark.command}")
        elif not given.names or benchmark.name in given.names:
            print(f"{benchmark.title} ...", file=sys.stderr, flush=True)
            part = measured(benchmark)
            RESULTS.write_text(
                replaced(RESULTS.read_text(encoding="utf-8"), benchmark, part), encoding="utf-8"
            )
    if not given.list:
        from plots import draw  # matplotlib is only needed here

        draw(RESULTS.read_text(encoding="utf-8"), ROOT / "benchmarks")
        subprocess.run([sys.executable, "-m", "tests.readme", "--write"], cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
