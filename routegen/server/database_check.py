"""Makes a database that does not exist yet, and tells at the start of the dev server when one is behind."""

import os
from collections.abc import Callable
from pathlib import Path

from routegen.errors import RoutegenError

Note = tuple[str, str]
"""What to tell the developer and how to mend it; two empty strings when nothing is the matter."""

_NOTHING: Note = ("", "")


def make_missing_database(root: Path) -> Note:
    """Make the project's SQLite database from its migrations when there is no file yet: nothing could be lost.

    This happens before the application is imported, whose first query would leave an empty file behind. Any other
    database is left to `routegen db upgrade`.
    """
    if os.environ.get("DATABASE_URL") or (root / "data" / "app.db").exists():
        return _NOTHING  # the usual case, told without importing SQLAlchemy
    return _ask(root, _make)


def look_at_database(root: Path) -> Note:
    """Whether migrations are pending. It imports SQLAlchemy and connects, so a server asks in a thread."""
    return _ask(root, _look)


def _ask(root: Path, question: Callable[[Path], Note]) -> Note:
    if not (root / "migrations").is_dir():
        return _NOTHING
    try:
        return question(root)
    except (RoutegenError, ImportError, OSError, ValueError) as error:
        return f"the database was not looked at: {error}", getattr(error, "hint", "")


def _make(root: Path) -> Note:
    from routegen.database.migrations import upgrade, url_of

    url = url_of(root)
    if url.get_backend_name() != "sqlite" or not url.database or Path(url.database).exists():
        return _NOTHING
    made = upgrade(root, url)
    shown = Path(url.database)
    shown = shown.relative_to(root) if shown.is_relative_to(root) else shown
    return f"made the database `{shown}` with {len(made)} migration{'s' * (len(made) != 1)}", ""


def _look(root: Path) -> Note:
    from routegen.database.migrations import behind

    error = behind(root)
    return (error.message, error.hint) if error else _NOTHING
