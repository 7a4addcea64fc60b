"""`routegen webhook inbox` and `work` from a user's side: on a database with events, without the table, and on none."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from routegen.database import Database
from routegen.database.migrations import upgrade
from routegen.inbox import Inbox
from routegen.project import find_project
from routegen.scaffold.add import prepare
from routegen.scaffold.new import create
from routegen.scaffold.plan import AddRequest
from routegen.scaffold.write import apply
from tests.command import Ran
from tests.inbox.conftest import delivery


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with an inbox, whose database was not made yet."""
    root = create(str(tmp_path_factory.mktemp("inbox") / "shop")).root
    apply(root, prepare(find_project(root), AddRequest("webhook", ("linear", "--inbox"))).changes)
    return root


def ask(root: Path, url: str, *arguments: str) -> Ran:
    """Run a command in a process of its own: a project's modules are imported for good."""
    command = [sys.executable, "-m", "routegen", "webhook", *arguments]
    environment = {**os.environ, "DATABASE_URL": url}
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=root, env=environment)
    return Ran(ran.returncode, ran.stdout, ran.stderr)


MAKE_IT = "run `routegen db upgrade`"
UNFIT = [
    ("inbox", "", "there is no database `data/app.db` yet", MAKE_IT),
    ("inbox retry", "sqlite:///empty.db", "the database is behind the models", MAKE_IT),
    ("inbox show 1", "postgresql://me:pw@127.0.0.1:1/x", "does not answer", "correct `DATABASE_URL`"),
    ("work", "sqlite:///empty.db", "the database is behind the models", MAKE_IT),
]


@pytest.mark.parametrize(("command", "url", "message", "hint"), UNFIT)
def test_a_database_that_will_not_do(shop: Path, command: str, url: str, message: str, hint: str) -> None:
    (shop / "empty.db").touch()
    ran = ask(shop, url, *command.split())
    first, _, rest = ran.err.partition("\n")
    assert ran.code == 1 and first.startswith("error: ") and "unexpected" not in first
    assert message in first and ":pw@" not in first
    assert rest.startswith("\nhint: ") and hint in rest
    assert not (shop / "data").exists(), "an empty file would keep `serve` from making the database"


def test_looking_after_events(shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path / 'app.db'}"
    monkeypatch.setenv("DATABASE_URL", url)
    upgrade(shop)
    inbox = Inbox(Database(shop))

    async def receive() -> None:
        await inbox.put(delivery("one", "two", provider="linear"))

    asyncio.run(receive())
    inbox.store.connections.close()
    listed = ask(shop, url, "inbox")
    assert [line.split()[::6] for line in listed.out.splitlines()[1:]] == [["2", "two"], ["1", "one"]]
    assert (listed.code, listed.err) == (0, "2 pending\n")
    assert ask(shop, url, "inbox", "dead", "1").err == "event 1 is given up\n"
    shown = ask(shop, url, "inbox", "show", "1").out
    assert "\ngiven up by hand\n" in shown and '"id": "one"' in shown
    assert ask(shop, url, "inbox", "retry").err == "1 to be run again\n"
    dead = ask(shop, url, "inbox", "dead")
    assert (dead.out.count("\n"), dead.err) == (1, "2 pending\n"), "the titles alone"
    missing = ask(shop, url, "inbox", "show", "9")
    assert missing.code == 2 and "there is no event 9" in missing.err
