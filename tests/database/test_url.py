"""`DATABASE_URL` in all its spellings."""

from pathlib import Path

import pytest

from routegen.database.url import database_url, parse, shown
from routegen.errors import ProjectError

ROOT = Path("/project")


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("postgres://ada:secret@db/shop", "postgresql+psycopg://ada:secret@db/shop"),
        (
            "postgresql://ada@db:5433/shop?sslmode=require",
            "postgresql+psycopg://ada@db:5433/shop?sslmode=require",
        ),
        ("postgresql+psycopg://db/shop", "postgresql+psycopg://db/shop"),
        ("postgresql+asyncpg://db/shop", "postgresql+psycopg://db/shop"),
        ("sqlite:///data/other.db", "sqlite+aiosqlite:////project/data/other.db"),
        ("sqlite:////var/lib/app.db", "sqlite+aiosqlite:////var/lib/app.db"),
        ("sqlite+aiosqlite:///x.db", "sqlite+aiosqlite:////project/x.db"),
    ],
)
def test_spellings(text: str, meaning: str) -> None:
    assert parse(text, ROOT).render_as_string(hide_password=False) == meaning


@pytest.mark.parametrize("value", [None, "", "  "])
def test_without_one_it_is_sqlite(monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    if value is not None:
        monkeypatch.setenv("DATABASE_URL", value)
    assert shown(database_url(ROOT), ROOT) == "data/app.db"


@pytest.mark.parametrize("text", ["nonsense", "mysql://ada:secret@db/shop", "http://db", "://", "postgres"])
def test_another_one_is_refused(text: str) -> None:
    with pytest.raises(ProjectError) as error:
        parse(text, ROOT)
    assert "secret" not in error.value.message + error.value.hint
    assert "postgresql://" in error.value.hint


@pytest.mark.parametrize("text", ["sqlite://", "sqlite:///:memory:", "sqlite:///file:x?mode=memory&uri=true"])
def test_one_in_memory_is_refused(text: str) -> None:
    with pytest.raises(ProjectError, match="in memory") as error:
        parse(text, ROOT)
    assert "sqlite:///data/app.db" in error.value.hint


def test_a_password_is_never_shown() -> None:
    assert "secret" not in shown(parse("postgres://ada:secret@db/shop", ROOT), ROOT)
