"""Tells at the start of the dev server when the database is behind, and makes one that does not exist yet."""

from pathlib import Path

from routegen.errors import RoutegenError


def check_database(root: Path) -> tuple[str, str]:
    """What to tell the developer and how to mend it; two empty strings when nothing is the matter.

    An SQLite file that is not there yet holds nothing that could be lost, so it is made, and said so. Everything else
    is left to `routegen db upgrade`. This imports SQLAlchemy, so it runs in a thread.
    """
    if not (root / "migrations").is_dir():
        return "", ""
    try:
        from routegen.database.migrations import behind, upgrade, url_of

        url = url_of(root)
        if url.get_backend_name() == "sqlite" and url.database and not Path(url.database).exists():
            made = upgrade(root, url)
            return (
                f"made the database `{Path(url.database).relative_to(root)}` with {len(made)} migrations",
                "",
            )
        error = behind(root)
    except (RoutegenError, ImportError, OSError, ValueError) as caught:
        return f"the database was not looked at: {caught}", getattr(caught, "hint", "")
    return (error.message, error.hint) if error else ("", "")
