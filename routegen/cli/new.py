"""`routegen new NAME`: a project that runs, with tests that pass."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from routegen.cli import ask, console, tree
from routegen.errors import UsageError

if TYPE_CHECKING:
    from routegen.scaffold.new import Created


def new(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME",
            help="The project's name, or a path whose last part is its name.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Make a project that runs, with a route handler and its test.

    Example: routegen new shop
    """
    from routegen.scaffold.new import create

    created = create(name if name is not None else _asked())
    if sys.stdout.isatty():
        _show_tree(created)
    else:
        for change in created.changes:
            console.status(change.status, change.target)
    console.next_steps(created.next)


def _asked() -> str:
    """The name, from the terminal: the one thing that only the user knows."""
    if not ask.is_interactive():
        raise UsageError("missing argument `NAME`", hint="for example `routegen new shop`")
    name = ask.line("name of the project:")
    if not name:
        console.note("nothing was written")
        raise typer.Exit(1)
    return name


def _show_tree(created: "Created") -> None:
    console.out(f"{created.root.name}/", style="bold")
    for line in _drawn([change.target for change in created.changes]):
        console.out(line)


def _drawn(files: Sequence[str]) -> list[str]:
    try:
        "├│└─".encode(sys.stdout.encoding)
    except UnicodeEncodeError:
        return tree.lines(files, is_ascii=True)
    return tree.lines(files)
