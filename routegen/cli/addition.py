"""The words that name what `add` wrote, alike in every command that looks after it."""

from typing import Annotated

import typer

from routegen.cli import complete

Arguments = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="ARGUMENT",
        help="As they were given to `add`.",
        show_default=False,
        autocompletion=complete.generated_arguments,
    ),
]
Path = Annotated[
    str | None,
    typer.Option("--path", metavar="ROUTE", help="As it was given to `add`.", show_default=False),
]
