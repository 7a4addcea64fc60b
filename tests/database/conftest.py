"""What the tests of the database share: a project with tables, on SQLite and on PostgreSQL."""

import os
import secrets
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from routegen.cli.app import run
from routegen.scaffold.new import create

SERVER = "postgresql+psycopg://postgres@127.0.0.1/postgres"
FIELDS = [
    *(
        "name:str",
        "email:email!",
        "age:int?",
        "bio:text?",
        "score:float=1.5",
        "price:decimal",
        "active:bool=true",
    ),
    *("born:date?", "seen:datetime", "key:uuid!", "site:url?", "extra:json?", "role:enum(admin,user)=user"),
    *("team:ref:teams?", "boss:ref:users?", "api_token:str?"),
]


@dataclass(frozen=True)
class Shop:
    """A project with `teams` and `users`, and its database, which is there and empty."""

    root: Path
    url: str


def postgres_is_there() -> bool:
    """Whether a server answers. Without one the tests are skipped, except where CI has to have one."""
    try:
        socket.create_connection(("127.0.0.1", 5432), timeout=2).close()
    except OSError:
        return False
    return True


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with `teams` and `users`; nobody changes it."""
    root = create(str(tmp_path_factory.mktemp("database") / "shop")).root
    here = Path.cwd()
    os.chdir(root)
    try:
        assert run(["add", "crud", "teams", "name:str!"]) == 0
        assert run(["add", "crud", "users", *FIELDS]) == 0
    finally:
        os.chdir(here)
    return root


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of its own, in the spelling of `DATABASE_URL`."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'app.db'}"
        return
    if not postgres_is_there():
        assert not os.environ.get("CI"), "CI has a PostgreSQL"
        pytest.skip("no PostgreSQL at 127.0.0.1:5432")
    name = f"routegen_test_{secrets.token_hex(6)}"
    on_server(f'CREATE DATABASE "{name}"')
    yield f"postgres://postgres@127.0.0.1/{name}"
    on_server(f'DROP DATABASE "{name}" WITH (FORCE)')


def on_server(statement: str) -> None:
    """Run a statement on the server itself."""
    engine = create_engine(SERVER, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.fixture
def shop(project: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The project with an empty database."""
    monkeypatch.setenv("DATABASE_URL", url)
    return Shop(project, url)
