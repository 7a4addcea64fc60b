"""`routegen serve`: the tree, served."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from routegen.cli import console

if TYPE_CHECKING:
    from routegen.server.app import RouteApp


def serve(
    path: Annotated[Path | None, typer.Argument(help="The project; the current folder's by default.")] = None,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; the next free one when it is taken.")] = 8000,
    strict_port: Annotated[bool, typer.Option("--strict-port", help="Fail when the port is taken.")] = False,
    prod: Annotated[bool, typer.Option("--prod", help="Serve as in production: all routes loaded and checked first.")] = False,
) -> None:
    """Serve the folder tree.

    Example: routegen serve --port 8080
    """
    from routegen.project import find_project
    from routegen.server.run import ServeOptions, serve

    serve(find_project(path), ServeOptions(host, port, strict_port, prod), _announce)


def _announce(url: str, application: "RouteApp") -> None:
    console.note(f"  routegen serves {application.project.name}")
    console.note(f"    local  {url}")
    console.note(f"    docs   {url}{application.docs_url or ''}")
    for entry in application.table:
        console.note(f"    {entry.route.id}  {entry.route.file.relative_to(application.project.root)}")
