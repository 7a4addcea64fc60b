"""An inbox on a database of its own: SQLite always, PostgreSQL where a server is reachable."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

from routegen.database import Database
from routegen.database.url import parse
from routegen.inbox import Event, Inbox
from routegen.webhooks import Event as Sent
from routegen.webhooks import Verified
from tests.inbox import killing

POSTGRESQL = os.environ.get("TEST_DATABASE_URL") or "postgresql://postgres@127.0.0.1:5432/postgres"


def is_reachable() -> bool:
    """Whether there is a server of PostgreSQL to test with."""
    engine = create_engine(parse(POSTGRESQL, Path()), connect_args={"connect_timeout": 2})
    try:
        engine.connect().close()
    except OperationalError:
        return False
    finally:
        engine.dispose()
    return True


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database."""
    if request.param == "sqlite":
        (tmp_path / "data").mkdir()
        yield f"sqlite:///{tmp_path / 'data' / 'app.db'}"
    elif not is_reachable():
        pytest.skip("no PostgreSQL at TEST_DATABASE_URL")
    else:
        with killing.postgresql(POSTGRESQL) as name:
            yield name


@pytest.fixture
def inbox(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Inbox]:
    """An inbox that tries three times within a moment, and takes over after a second."""
    monkeypatch.setenv("DATABASE_URL", url)
    found = Inbox(Database(tmp_path), retries=(0.05, 0.05), lease=1.0)
    yield found
    found.store.connections.close()


def delivery(*ids: str, type: str = "paid", provider: str = "stripe") -> Verified:
    """A verified delivery with these events."""
    events = tuple(Sent(id, type, {"id": id}) for id in ids)
    return Verified(provider, ids[0], type, None, None, events, b"")


Seen = list[Event]
