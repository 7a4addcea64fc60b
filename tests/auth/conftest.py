"""What the tests of signing in share: a generated project, made once, and the databases it runs on."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Table
from sqlmodel import SQLModel

from routegen.database.testing import throw_away
from routegen.project import find_project
from routegen.scaffold.add import prepare
from routegen.scaffold.new import create
from routegen.scaffold.plan import AddRequest
from routegen.scaffold.write import apply
from tests.auth.site import Site, served

POSTGRES = os.environ.get("TEST_DATABASE_URL") or ("postgresql://postgres@127.0.0.1:5432/postgres")
REDIS = "redis://127.0.0.1:6379/9"


def generate(folder: Path) -> Path:
    """A project with `add protected account`. Returns its root."""
    root = create(str(folder / "shop")).root
    addition = prepare(find_project(root), AddRequest("protected", ("account",)))
    addition.refuse_conflicts()
    apply(root, addition.changes)
    return root


def run(root: Path, *command: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run a module of Python in the project: `run(root, "routegen", "check")`."""
    without = ("DATABASE_URL", "REDIS_URL", "ALLOWED_ORIGINS", "TEST_DATABASE_URL")
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


def postgres_url() -> str:
    """The PostgreSQL server to test on; without one the test is skipped."""
    psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed")
    try:
        psycopg.connect(POSTGRES, connect_timeout=2).close()
    except psycopg.OperationalError:
        pytest.skip(f"no PostgreSQL answers at {POSTGRES}")
    return POSTGRES


foreign: dict[str, Table] = {}
"""The tables that other suites define in this process; no migration of this project makes them."""


@contextmanager
def without_foreign_tables() -> Iterator[None]:
    """For the moment in which the models are compared with what the migrations make."""
    for table in foreign.values():
        SQLModel.metadata.remove(table)
    try:
        yield
    finally:
        for name, table in foreign.items():
            SQLModel.metadata._add_table(name, None, table)


@pytest.fixture(scope="package")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The generated project in this process; made once, since its tables can be defined once."""
    foreign.update(SQLModel.metadata.tables)
    with served(generate(tmp_path_factory.mktemp("served"))) as site:
        yield site


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def served_on(request: pytest.FixtureRequest, project: Site) -> Iterator[tuple[Site, asyncio.Runner]]:
    """The site on one of the databases, and the event loop that it lives in."""
    with pytest.MonkeyPatch.context() as patch:
        for variable in ("ALLOWED_ORIGINS", "DATABASE_URL", "TEST_DATABASE_URL"):
            patch.delenv(variable, raising=False)
        if request.param == "postgresql":
            patch.setenv("TEST_DATABASE_URL", postgres_url())
        with ExitStack() as opened:
            with without_foreign_tables():
                opened.enter_context(throw_away(project.database))
            yield project, opened.enter_context(asyncio.Runner())
