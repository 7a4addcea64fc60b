"""`routegen serve`: the tree, served."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

import typer

from routegen.cli import console
from routegen.cli.found import found_project

LogFormat = Literal["text", "json"]


def serve(
    path: Annotated[
        Path | None, typer.Argument(help="A path in the project; the current folder by default.")
    ] = None,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The port; the next free one when it is taken.")
    ] = 8000,
    strict_port: Annotated[bool, typer.Option("--strict-port", help="Fail when the port is taken.")] = False,
    open_browser: Annotated[
        bool, typer.Option("--open", help="Open a browser once the server answers.")
    ] = False,
    log: Annotated[LogFormat, typer.Option(help="How requests are logged.")] = "text",
    prod: Annotated[
        bool, typer.Option("--prod", help="Serve as in production: load and check everything first.")
    ] = False,
    workers: Annotated[int, typer.Option(min=1, max=256, help="Processes that answer (with --prod).")] = 1,
    grace: Annotated[
        int, typer.Option(min=0, help="Seconds open requests get at the end (with --prod).")
    ] = 10,
    trusted_proxies: Annotated[
        str, typer.Option(help="Addresses whose X-Forwarded headers are believed (with --prod).")
    ] = "",
) -> None:
    """Serve the folder tree; an edit is live with the next request.

    Example:

        routegen serve --port 8080
        routegen serve --prod --workers 4 --host 0.0.0.0
    """
    import gc

    gc.disable()  # nearly all that start-up makes stays: collecting in it costs a sixth of the time; `ready` enables it
    project = found_project(path)
    if prod:
        from routegen.server.production import ProductionOptions, serve_production

        serve_production(
            project, ProductionOptions(host, port, workers, trusted_proxies, log == "json", grace)
        )
        return
    _ensure_environment(project.root)

    from routegen.cli.reporter import make_reporter
    from routegen.cli.worker import command
    from routegen.server.run import ServeOptions, serve

    opened: Callable[[str], None] = _open if open_browser else _stay
    serve(
        project, ServeOptions(host, port, strict_port), make_reporter(log, host), command(log, host), opened
    )


def _ensure_environment(root: Path) -> None:
    """A project from version control has no `.env`; its secrets are made here, for this machine only."""
    if (root / ".env").exists() or not (root / ".env.example").exists():
        return
    from routegen.scaffold.new import write_environment

    if write_environment(root):
        console.note("created `.env` from `.env.example`, with fresh secrets")


def _open(url: str) -> None:
    import webbrowser

    webbrowser.open(url)


def _stay(url: str) -> None:
    pass
