"""The Typer app: one module a command, and the boundary where errors become text and an exit code."""

import sys
from collections.abc import Sequence

import typer

from routegen.cli import console
from routegen.errors import RoutegenError

app = typer.Typer(
    name="routegen",
    help="Next.js-style route handlers for Python.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def run(argv: Sequence[str]) -> int:
    """Run one command line. Returns the exit code: 0, 1 failure, 2 usage."""
    try:
        app(list(argv), prog_name="routegen")
    except RoutegenError as error:
        console.error(error.message, error.hint)
        return error.exit_code
    except SystemExit as exit:
        return exit.code if isinstance(exit.code, int) else 1
    return 0
