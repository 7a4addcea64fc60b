"""`routegen new NAME`: a project that runs, with tests that pass."""

from typing import Annotated

import typer

from routegen.cli import console


def new(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="The project's name, or a path whose last part is its name.")
    ],
) -> None:
    """Make a project that runs, with a route handler and its test.

    Example: routegen new shop
    """
    from routegen.scaffold.new import create

    created = create(name)
    for change in created.changes:
        console.status(change.status, change.target)
    console.next_steps(created.next)
