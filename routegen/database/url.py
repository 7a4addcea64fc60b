"""Turns `DATABASE_URL`, in any of its spellings, into the URL of the one driver for each database."""

# ruff: noqa: TID253 - only code that works on the database imports this package
import os
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from routegen.errors import ProjectError

VARIABLE = "DATABASE_URL"
DEFAULT_FILE = Path("data/app.db")
_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
}
_HINT = "for example `postgresql://user:password@host/name`, or leave it out for SQLite"


def database_url(root: Path) -> URL:
    """The database of the project at `root`: what `DATABASE_URL` names, else SQLite in `data/app.db`.

    `postgres://` (Heroku's spelling) and `postgresql://` both mean psycopg 3; a relative SQLite file lies below `root`.

    Raises:
        ProjectError: it is no URL, one of another database, or of one in memory.
    """
    text = os.environ.get(VARIABLE, "").strip()
    return parse(text, root) if text else URL.create(_DRIVERS["sqlite"], database=str(root / DEFAULT_FILE))


def parse(text: str, root: Path) -> URL:
    """The URL that `text` means. Raises as `database_url` does; the message never holds a password."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise ProjectError(f"`{VARIABLE}` is no URL of a database", hint=_HINT) from None
    kind = url.drivername.partition("+")[0]
    if kind not in _DRIVERS:
        raise ProjectError(
            f"`{VARIABLE}` names `{url.drivername}`: neither SQLite nor PostgreSQL", hint=_HINT
        )
    url = url.set(drivername=_DRIVERS[kind])
    if kind != "sqlite":
        return url
    if not url.database or url.database == ":memory:" or url.query.get("mode") == "memory":
        raise ProjectError(
            f"`{VARIABLE}` names a database in memory, which ends with the connection that made it",
            hint="name a file, for example `sqlite:///data/app.db`, or leave it out",
        )
    return url.set(database=str(root / url.database))  # an absolute path stays itself


def folder_of(url: URL, root: Path) -> Path | None:
    """The folder that an SQLite file lies in, or will lie in; None for another database.

    Raises:
        ProjectError: it lies outside of the project and is not there: a slip in a path must make no folders; or
            the file is a folder itself.
    """
    if url.get_backend_name() != "sqlite" or not url.database:
        return None
    if Path(url.database).is_dir():
        raise ProjectError(
            f"the database `{url.database}` is a folder", hint=f"let `{VARIABLE}` name a file in it"
        )
    folder = Path(url.database).parent
    if not folder.is_dir() and not folder.is_relative_to(root):
        raise ProjectError(
            f"there is no folder `{folder}` for the database `{url.database}`",
            hint=f"make the folder, or correct `{VARIABLE}`",
        )
    return folder


def make_folder(url: URL, root: Path) -> None:
    """Make what `folder_of` tells. Raises as it does."""
    if (folder := folder_of(url, root)) is not None:
        folder.mkdir(parents=True, exist_ok=True)


def shown(url: URL, root: Path) -> str:
    """The database for a sentence: a file below the project, or the URL without its password."""
    if url.get_backend_name() != "sqlite" or not url.database:
        return url.render_as_string(hide_password=True)
    file = Path(url.database)
    return file.relative_to(root).as_posix() if file.is_relative_to(root) else str(file)
