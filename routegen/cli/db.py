"""`routegen db`: brings the database to what the models say; a migration that would lose data is asked for."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from routegen.cli import console
from routegen.cli.commands import Command
from routegen.cli.found import found_project

if TYPE_CHECKING:
    from pathlib import Path

db = typer.Typer(help="Change the tables of the database.", add_completion=False, rich_markup_mode=None)

AllowDrop = Annotated[
    bool, typer.Option("--allow-drop", help="Also drop tables and columns, with the data in them.")
]


@db.callback()
def group() -> None:
    """Change the tables of the database by the files in `migrations/`.

    The database is SQLite in `data/app.db`, or the PostgreSQL that `DATABASE_URL` names.

    Example: routegen db upgrade
    """


@db.command("status", cls=Command)
def status() -> None:
    """Show which migrations the database has, and which it lacks.

    The exit code is 1 when it lacks one.

    Example: routegen db status
    """
    found = _migrations().state(_root())
    for word, migrations in (("done", found.done), ("pending", found.pending)):
        for migration in migrations:
            console.status(word, f"{migration.file.name}  {migration.title}")
            for drop in migration.drops if word == "pending" else ():
                console.status("drop", str(drop))
    if found.pending:
        console.next_steps(["routegen db upgrade"])
        raise typer.Exit(1)
    console.note(f"`{found.database}` is up to date")


@db.command("upgrade", cls=Command)
def upgrade(allow_drop: AllowDrop = False) -> None:
    """Run the migrations that the database lacks, each as a whole or not at all.

    Example: routegen db upgrade
    """
    root = _root()
    for migration in _migrations().upgrade(root, allow_drop=allow_drop):
        console.status("done", f"{migration.file.name}  {migration.title}")
    console.note(f"`{_migrations().state(root).database}` is up to date")


@db.command("migrate", cls=Command)
def migrate(
    title: Annotated[str, typer.Argument(metavar="TITLE", help="What changes, in a few words.")] = "change",
    allow_drop: AllowDrop = False,
) -> None:
    """Write the migration that makes of the database what the models say.

    What the database has and the models lack is left alone: dropping it takes `--allow-drop`. Read the file before you
    run it with `routegen db upgrade`: a renamed column looks like one dropped and another one added.

    Example: routegen db migrate 'add a birthday to users'
    """
    from routegen.database.autogenerate import migrate as write

    root = _root()
    written = write(root, title, allow_drop=allow_drop)
    for text in written.left_out if written else ():
        console.note(f"left out, since data would be lost: {text}; `--allow-drop` writes it")
    if written is None or not written.text:
        console.note("the database is what the models say: nothing to write")
        return
    console.status("create", written.file.relative_to(root).as_posix())
    console.next_steps(["routegen db upgrade"])


def _root() -> "Path":
    return found_project().root


def _migrations() -> Any:
    """The library, whose packages come with the extra `db`.

    Raises:
        ProjectError: they are not installed.
    """
    from routegen.errors import ProjectError

    try:
        from routegen.database import migrations
    except ModuleNotFoundError as error:
        raise ProjectError(
            f"`{error.name}` is not installed",
            hint="pip install 'routegen[db]', or `[postgres]` for PostgreSQL",
        ) from error
    return migrations
