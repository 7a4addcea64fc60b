"""`routegen user create EMAIL`: the first user of a project that has `lib/auth.py`, and further ones."""

import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from routegen.cli import console
from routegen.cli.commands import Command
from routegen.cli.found import found_project

if TYPE_CHECKING:
    from collections.abc import Sequence

    from routegen.project import Project

user = typer.Typer(help="Create users who can sign in.", add_completion=False, rich_markup_mode=None)


@user.callback()
def group() -> None:
    """Create users who can sign in.

    Example: routegen user create ada@example.com
    """


@user.command("create", cls=Command)
def create(
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="The e-mail address to sign in with.")],
    scope: Annotated[
        list[str] | None,
        typer.Option(
            "--scope", metavar="SCOPE", help="What the user may do; may be repeated.", show_default=False
        ),
    ] = None,
) -> None:
    """Create a user who can sign in.

    The password is asked for on a terminal, else the first line of standard input is taken. It is never an argument:
    other users of the machine can read those.

    Example:

        routegen user create ada@example.com --scope admin
    """
    project = found_project()
    users = _users_of(project)
    import_module("pwdlib")  # what is missing is said before anything is asked
    _look_at_database(project)
    password = _ask() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
    console.out(f"created user `{_create(users, email, password, scope or ())}`")


def _create(users: Any, email: str, password: str, scopes: "Sequence[str]") -> str:
    import asyncio

    from routegen.errors import RoutegenError

    try:
        return asyncio.run(users.create(email, password, scopes))
    except Exception as error:
        if detail := getattr(
            error, "detail", None
        ):  # what a handler would answer, such as that the database is busy
            raise RoutegenError(f"nobody was created: {detail}", hint="try it again") from error
        raise


def _users_of(project: "Project") -> Any:
    """The `users` of the project's `lib/auth.py`, with its `.env` read and its folder on the path as when serving."""
    from routegen.errors import ProjectError
    from routegen.server.main_module import import_main

    file = project.root / "lib" / "auth.py"
    if not file.is_file():
        raise ProjectError(
            f"`{project.root}` has no `lib/auth.py`, so nobody can sign in there",
            hint="run `routegen add protected` first",
        )
    import_main(project)
    try:
        module: Any = import_module("lib.auth")
    except Exception as error:
        raise ProjectError(f"`{file}` fails: {type(error).__name__}: {error}", hint="mend it") from error
    if Path(module.__file__).resolve() != file.resolve() or not hasattr(module, "users"):
        raise ProjectError(f"`{file}` has no `users`", hint="write it anew: `routegen add protected --force`")
    return module.users


def _look_at_database(project: "Project") -> None:
    """Raises RoutegenError when the database cannot be reached, or lacks a migration."""
    from routegen.database.migrations import behind

    if error := behind(project.root):
        raise error


def _ask() -> str:
    """The password, typed twice without an echo."""
    from getpass import getpass

    from routegen.errors import UsageError

    password = getpass("Password: ")
    if getpass("Again: ") != password:
        raise UsageError("the two passwords differ", hint="type the same one twice")
    return password
