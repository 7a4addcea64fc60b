"""What the tests of signing in share: a generated project, made once, and the databases it runs on."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from routegen.project import find_project
from routegen.scaffold.add import prepare
from routegen.scaffold.new import create
from routegen.scaffold.plan import AddRequest
from routegen.scaffold.write import apply

POSTGRES = os.environ.get("ROUTEGEN_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
REDIS = os.environ.get("ROUTEGEN_TEST_REDIS", "redis://127.0.0.1:6379/9")


def generate(folder: Path) -> Path:
    """A project with `add protected account`. Returns its root."""
    root = create(str(folder / "shop")).root
    addition = prepare(find_project(root), AddRequest("protected", ("account",)))
    addition.refuse_conflicts()
    apply(root, addition.changes)
    return root


def run(root: Path, *command: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run a module of Python in the project: `run(root, "routegen", "check")`."""
    without = ("DATABASE_URL", "REDIS_URL", "ALLOWED_ORIGINS")
    environment = {name: value for name, value in os.environ.items() if name not in without}
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=root,
        env={**environment, "NO_COLOR": "1"},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture
def postgres() -> Iterator[str]:
    """The URL of an empty PostgreSQL database, which is dropped afterwards."""
    yield from postgres_database()


def postgres_database() -> Iterator[str]:
    """The same for fixtures of another scope."""
    psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed")
    name = f"routegen_auth_{uuid4().hex}"
    try:
        server = psycopg.connect(POSTGRES, autocommit=True, connect_timeout=2)
    except psycopg.OperationalError:
        pytest.skip(f"no PostgreSQL answers at {POSTGRES}")
    with server:
        server.execute(f"CREATE DATABASE {name}")
        try:
            yield POSTGRES.rpartition("/")[0] + f"/{name}"
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")
