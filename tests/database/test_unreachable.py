"""A database that cannot be opened: what it is called, why, and the way out; the same for commands and handlers."""

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from routegen.cli.app import run
from routegen.database import Database
from routegen.errors import RoutegenError
from tests.database.conftest import postgres_is_there


def text_file(folder: Path) -> str:
    (folder / "app.db").write_text("this is no database " * 100)
    return f"sqlite:///{folder}/app.db"


def a_folder(folder: Path) -> str:
    return f"sqlite:///{folder}"


def slip(folder: Path) -> str:
    return f"sqlite:///{folder}/slip/app.db"


def no_database(_: Path) -> str:
    if not postgres_is_there():
        pytest.skip("no PostgreSQL at 127.0.0.1:5432")
    return "postgres://postgres:secret@127.0.0.1/routegen_no_such_database"


CASES: list[tuple[Callable[[Path], str], str, str]] = [
    (text_file, "cannot be opened: file is not a database", "out of the way"),
    (a_folder, "is a folder", "name a file in it"),
    (slip, "there is no folder `", "make the folder"),
    (no_database, "routegen_no_such_database` does not answer", "createdb routegen_no_such_database"),
    (lambda _: "postgres://ada:secret@127.0.0.1:1/x?password=secret", "does not answer", "start the server"),
    (lambda _: "postgres://ada:secret@127.0.0.1/x?nonsense=1", "invalid connection option", "DATABASE_URL"),
]


@pytest.mark.parametrize(
    ("named", "said", "way_out"), CASES, ids=["text", "folder", "slip", "absent", "port", "option"]
)
def test_it_is_named_with_the_reason_and_the_way_out(
    named: Callable[[Path], str],
    said: str,
    way_out: str,
    project: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    url = named(tmp_path)
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.chdir(project)
    for words in (["db", "status"], ["db", "upgrade"], ["db", "migrate"]):
        assert run(words) == 1, words
        shown = capfd.readouterr().err
        assert said in shown and way_out in shown, words
        assert "unexpected" not in shown and "secret" not in shown

    async def handled() -> None:
        async with Database(project).open() as session:
            await session.connection()

    with pytest.raises(RoutegenError, match=said.partition("`")[0]) as error:
        asyncio.run(handled())
    assert way_out in error.value.hint and "secret" not in str(error.value)
    assert not (tmp_path / "slip").exists()


def test_the_folder_of_a_file_in_the_project_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "sqlite:///deep/er/app.db")

    async def main() -> None:
        async with Database(tmp_path).open() as session:
            await session.connection()

    asyncio.run(main())
    sqlite3.connect(tmp_path / "deep/er/app.db").close()
