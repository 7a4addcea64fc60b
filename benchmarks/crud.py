"""Requests a second of `add crud` on SQLite: against the same hand-written in FastAPI + SQLModel, in one run.

    python benchmarks/crud.py [--rounds 5] [--seconds 2]

Needs `wrk`. Both servers have one table of 1,000 rows in a file of their own with the same pragmas, list twenty of them
and read one, and show the same fields through a model of their own. Both lists take filters by three fields and a cursor;
routegen's sorts by every field besides, the one by hand by its id. Same uvicorn, pinned to one core, wrk to another;
rounds are interleaved. Then 32 writers at once: every row that was answered with 201 must be there.
"""

import argparse
import http.client
import json
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from pages import serving, write
from wrk import free_port, requests_a_second, versions

ROWS, WRITERS, EACH = 1_000, 32, 25
TARGETS = {"list, 20 rows": "/api/users", "read": "/api/users/500"}

BY_HAND = {
    "main.py": """
from collections.abc import AsyncIterator
from typing import Annotated, Literal

from fastapi import Depends, FastAPI, HTTPException, Query
from sqlalchemy import event
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import Field, SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession


class UserPublic(SQLModel):
    id: int
    name: str
    email: str
    age: int | None = None


class User(SQLModel, table=True):
    __tablename__ = "users"
    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=200)
    email: str = Field(max_length=254, unique=True)
    age: int | None = None


engine = create_async_engine("sqlite+aiosqlite:///data/app.db")


@event.listens_for(engine.sync_engine, "connect")
def set_up(connection, _):
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


async def get_session() -> AsyncIterator[AsyncSession]:
    async with AsyncSession(engine, expire_on_commit=False) as session:
        yield session


Session = Annotated[AsyncSession, Depends(get_session)]
app = FastAPI()


class Page(SQLModel):
    items: list[UserPublic]
    next: int | None = None


@app.get("/api/users")
async def users(
    session: Session,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    after: int | None = None,
    order: Literal["id", "-id"] = "id",
    name: Annotated[str | None, Query(min_length=1, max_length=200)] = None,
    email: Annotated[str | None, Query(max_length=254)] = None,
    age: int | None = None,
) -> Page:
    query = select(User)
    if name is not None:
        query = query.where(col(User.name) == name)
    if email is not None:
        query = query.where(col(User.email) == email)
    if age is not None:
        query = query.where(col(User.age) == age)
    key = col(User.id)
    if after is not None:
        query = query.where(key < after if order == "-id" else key > after)
    query = query.order_by(key.desc() if order == "-id" else key).limit(limit + 1)
    found = (await session.exec(query)).all()
    items = [UserPublic.model_validate(user) for user in found[:limit]]
    return Page(items=items, next=items[-1].id if len(found) > limit else None)


@app.get("/api/users/{id}")
async def user(id: int, session: Session) -> UserPublic:
    found = await session.get(User, id)
    if found is None:
        raise HTTPException(404, "User not found")
    return found
""",
}


def scaffold(parent: Path) -> Path:
    """A project as the commands make it, its database migrated."""
    commands = (
        ("new", "shop"),
        ("add", "crud", "users", "name:str", "email:email!", "age:int?"),
        ("db", "upgrade"),
    )
    for command in commands:
        folder = parent if command[0] == "new" else parent / "shop"
        subprocess.run(
            [sys.executable, "-m", "routegen", *command], cwd=folder, check=True, capture_output=True
        )
    return parent / "shop"


def fill(database: Path) -> None:
    """The rows that are read, in a table of this name; made where it is missing."""
    database.parent.mkdir(exist_ok=True)
    with sqlite3.connect(database) as connection:
        connection.execute(
            "CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name VARCHAR(200) NOT NULL,"
            " email VARCHAR(254) NOT NULL UNIQUE, age BIGINT)"
        )
        rows = [(f"user {n}", f"user{n}@example.com", n % 90) for n in range(ROWS)]
        connection.executemany("INSERT INTO users (name, email, age) VALUES (?, ?, ?)", rows)
    connection.close()


@contextmanager
def both() -> Iterator[tuple[dict[str, int], Path]]:
    """The ports of the two servers, and the folder of the project."""
    with tempfile.TemporaryDirectory() as place, ExitStack() as stack:
        folders = {"by hand": write(Path(place) / "hand", BY_HAND), "routegen": scaffold(Path(place))}
        ports = {name: free_port() for name in folders}
        for name, folder in folders.items():
            fill(folder / "data" / "app.db")
            stack.enter_context(serving(folder, ports[name]))
        yield ports, folders["routegen"]


def measure(ports: dict[str, int], rounds: int, seconds: int) -> dict[tuple[str, str], list[float]]:
    """Requests a second for each server and target, round by round; the first round warms up."""
    rates: dict[tuple[str, str], list[float]] = defaultdict(list)
    for number in range(-1, rounds):
        for target, path in TARGETS.items():
            for name, port in ports.items():
                rate = requests_a_second(port, path, 1 if number < 0 else seconds)
                if number >= 0:
                    rates[name, target].append(rate)
    return rates


def write_at_once(port: int, root: Path) -> str:
    """32 writers, each with a connection of its own. Returns one sentence; ends the benchmark when a row is lost."""

    def writer(number: int) -> list[int]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        statuses: list[int] = []
        for n in range(EACH):
            body = json.dumps({"name": "Ada", "email": f"ada{number}x{n}@example.org"})
            connection.request("POST", "/api/users", body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
            statuses.append(answer.status)
        connection.close()
        return statuses

    began = time.perf_counter()
    with ThreadPoolExecutor(WRITERS) as pool:
        statuses = [status for found in pool.map(writer, range(WRITERS)) for status in found]
    took = time.perf_counter() - began
    with sqlite3.connect(root / "data" / "app.db") as database:
        (rows,) = database.execute("SELECT count(*) FROM users WHERE email LIKE '%.org'").fetchone()
    if set(statuses) != {201} or rows != WRITERS * EACH:
        raise SystemExit(f"{rows} rows of {WRITERS * EACH}; statuses {sorted(set(statuses))}")
    return (
        f"{WRITERS} writers at once: {rows} of {rows} rows there, all answered 201, {rows / took:,.0f} rows/s"
    )


def table(rates: dict[tuple[str, str], list[float]]) -> str:
    """Markdown: the medians, and the median of routegen's share in the same round."""
    lines = ["| target | FastAPI + SQLModel by hand | routegen | ratio |", "|---|---:|---:|---:|"]
    for target in TARGETS:
        hand, own = rates["by hand", target], rates["routegen", target]
        ratio = statistics.median(a / b for a, b in zip(own, hand, strict=True))
        lines.append(
            f"| {target} | {statistics.median(hand):,.0f}/s | {statistics.median(own):,.0f}/s | {ratio:.2f} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2)
    given = parser.parse_args()
    if not shutil.which("wrk"):
        raise SystemExit("wrk is not installed")
    print(versions(), "\n", flush=True)
    with both() as (ports, root):
        print(table(measure(ports, given.rounds, given.seconds)))
        print("\n" + write_at_once(ports["routegen"], root))
