"""`routegen db`: brings the database to what the models say; a migration that would lose data is asked for."""

from typing import TYPE_CHECKING, Annotated

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
    from routegen.database.migrations import state

    found = state(_root())
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
    from routegen.database.migrations import state
    from routegen.database.migrations import upgrade as run

    root = _root()
    for migration in run(root, allow_drop=allow_drop):
        console.status("done", f"{migration.file.name}  {migration.title}")
    console.note(f"`{state(root).database}` is up to date")


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
    _format(written.file)
    console.status("create", written.file.relative_to(root).as_posix())
    for column in written.unfilled:
        console.note(
            f"`{column}` must have a value and has no default, so this fails where rows exist:"
            " add a `server_default` to it in the file, or let the model make it optional"
        )
    console.next_steps(["routegen db upgrade"])


def _format(file: "Path") -> None:
    """Let ruff format the file as the project formats its own, where ruff is installed."""
    import subprocess
    import sys
    from importlib.util import find_spec

    if find_spec("ruff") is not None:
        command = [sys.executable, "-m", "ruff", "format", "--quiet", file.name]
        subprocess.run(command, cwd=file.parent, check=False, stderr=subprocess.DEVNULL)


def _root() -> "Path":
    return found_project().root
