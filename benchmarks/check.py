"""Measures `routegen check` over a project of route files, against `ast.parse` over the same files, in one run.

    python -m benchmarks.check [--files 2000] [--runs 3]

Four times, each in a process of its own and pinned to one core where the system can: `ast.parse` of every file
(start of Python included), a first check, a second one of the same tree, and one after a single file changed. Beside
them the start of the command, for what the last one may cost, and a check of half as many files: it must be linear.
Last a first check that has all cores.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

PARSE = """
import ast, pathlib, sys
for file in pathlib.Path(sys.argv[1]).rglob("route.py"):
    ast.parse(file.read_bytes())
"""
HANDLER = '''
async def {method}(
    id: int, request: Request, session: Annotated[AsyncSession, Depends(session)]{body}
) -> Item{number} | Response:
    """Answer for one item."""
    found = await session.get(Row, id)
    if found is None:
        return respond.error("Item not found", 404)
    limit = int(request.query_params.get("limit", "10"))
    if limit > 100:
        raise HTTPException(422, f"limit {{limit}} is over 100")
    names = [part.strip() for part in found.names.split(",") if part]
    return Item{number}(id=found.id, names=names[:limit], total=len(names))
'''
HEAD = '''"""Items of one kind."""

import logging
from typing import Annotated

from fastapi import Depends, HTTPException, Request, Response
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from lib.auth import signed_in
from lib.db import Row, session
from routegen import respond

logger = logging.getLogger(__name__)


class Item{number}(BaseModel):
    """What a client sees of it."""

    id: int
    names: list[str]
    total: int = 0
'''


def write_project(root: Path, files: int) -> Path:
    """A project of `files` route files, about 60 lines each; the last one, to change it."""
    (root / "pyproject.toml").write_text("[tool.routegen]\n")
    target = root
    for number in range(files):
        target = root / "app" / "api" / f"kind{number // 50}" / f"items{number}" / "[id]" / "route.py"
        target.parent.mkdir(parents=True)
        user = ", user: Annotated[str, Depends(signed_in)]"
        handlers = [
            HANDLER.format(method=method, number=number, body=user if method != "GET" else "")
            for method in ("GET", "PUT", "DELETE")
        ]
        target.write_text(HEAD.format(number=number) + "\n".join(handlers))
    return target


def seconds(command: Sequence[str], runs: int, before: Callable[[], object] = lambda: None) -> float:
    """The quickest of so many runs: the others measure what else the machine did."""
    best = float("inf")
    for _ in range(runs):
        before()
        begun = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        best = min(best, time.perf_counter() - begun)
    return best


def forget(root: Path) -> None:
    """Throw the cache away."""
    for file in sorted((root / ".routegen").rglob("*"), reverse=True):
        file.rmdir() if file.is_dir() else file.unlink()


def measure(files: int, runs: int, cores: set[int]) -> dict[str, float]:
    """The time of each in seconds, the last one on all these cores."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        last = write_project(root, files)
        command = [sys.executable, "-m", "routegen", "check", str(root)]
        changes = iter(range(1_000_000))
        found = {
            "ast.parse": seconds([sys.executable, "-c", PARSE, str(root)], runs),
            "cold": seconds(command, runs, lambda: forget(root)),
            "warm": seconds(command, runs),
            "one file changed": seconds(
                command, runs, lambda: last.write_text(f"{last.read_text()}\n# {next(changes)}\n")
            ),
        }
        with on(cores):
            found[f"cold, {len(cores)} cores"] = seconds(command, runs, lambda: forget(root))
        return found


@contextmanager
def on(cores: set[int]) -> Generator[None]:
    """What is started runs on these cores, where the system can say so."""
    if not cores:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def main() -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # what pip installs has its byte code
    cores = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set[int]()
    with on({min(cores)} if cores else cores):
        start = seconds([sys.executable, "-m", "routegen", "check", "--list-rules"], options.runs)
        half = measure(options.files // 2, options.runs, cores)
        found = measure(options.files, options.runs, cores)
    parsed = found["ast.parse"]
    limits = {"cold": "4 x", "warm": "0.3 x", "one file changed": f"{start * 1000 + 100:.0f} ms"}
    print(
        f"{options.files} route files, one core, best of {options.runs}; start of the command {start:.3f} s\n"
    )
    print("| | s | x ast.parse | limit | s for half |\n| --- | ---: | ---: | ---: | ---: |")
    for name, spent in found.items():
        print(f"| {name} | {spent:.2f} | {spent / parsed:.2f} | {limits.get(name, '')} | {half[name]:.2f} |")


if __name__ == "__main__":
    main()
