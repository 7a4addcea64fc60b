"""Runs a project's application: bind, import `main.py`, announce, serve."""

import asyncio
import importlib.util
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

from routegen.errors import ProjectError
from routegen.project import Project
from routegen.server import app as app_module
from routegen.server.sockets import bind


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """What `routegen serve` was asked for. `port` 0 takes any free one."""

    host: str = "127.0.0.1"
    port: int = 8000
    strict_port: bool = False
    prod: bool = False


Announce = Callable[[str, app_module.RouteApp], None]


def serve(project: Project, options: ServeOptions, announce: Announce) -> None:
    """Serve the project until a signal stops it.

    `announce` is called with the URL and the application once the socket is bound and the routes are known.

    Raises:
        RoutegenError: the port, `main.py` or, with `prod`, a route is at fault.
    """
    sock = bind(options.host, options.port, strict=options.strict_port)
    asgi_app = import_main(project)
    application = _application_of(asgi_app, project)
    application.dev = not options.prod
    application.start()
    announce(_url(options.host, sock), application)
    config = uvicorn.Config(asgi_app, access_log=False, log_level="warning", server_header=False, timeout_graceful_shutdown=1)
    asyncio.run(uvicorn.Server(config).serve(sockets=[sock]))


def import_main(project: Project) -> Any:
    """The ASGI application of the project's `main.py`.

    Raises:
        ProjectError: there is no `main.py`, it fails, or it has no `app`.
    """
    file = project.root / "main.py"
    if not file.is_file():
        raise ProjectError(
            f"`{file}` does not exist",
            hint="write it: `from routegen import create_app`, then `app = create_app()`",
        )
    if str(project.root) not in sys.path:
        sys.path.insert(0, str(project.root))
    spec = importlib.util.spec_from_file_location("main", file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["main"] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise ProjectError(f"`{file}` fails: {type(error).__name__}: {error}", hint=f"mend it: {_place(error, file)}") from error
    if not callable(getattr(module, "app", None)):
        raise ProjectError(f"`{file}` has no `app`", hint="write `app = create_app()`")
    return module.app


def _place(error: Exception, file: Path) -> str:
    if isinstance(error, SyntaxError) and error.filename:
        return f"`{error.filename}`, line {error.lineno}"
    frames: list[tuple[str, int]] = []
    trace = error.__traceback__
    while trace is not None:
        frames.append((trace.tb_frame.f_code.co_filename, trace.tb_lineno))
        trace = trace.tb_next
    own = [frame for frame in frames if Path(frame[0]).is_relative_to(file.parent)]
    name, line = (own or [(str(file), 1)])[-1]
    return f"`{name}`, line {line}"


def _application_of(asgi_app: Any, project: Project) -> app_module.RouteApp:
    """The tree's application, also when main.py wraps it in middleware of its own."""
    if isinstance(asgi_app, app_module.RouteApp):
        return asgi_app
    for application in reversed(app_module.created_apps):
        if application.project.root == project.root:
            return application
    raise ProjectError(
        f"`app` in `{project.root / 'main.py'}` was not made by `create_app()`",
        hint="write `app = create_app()`; what else it needs can be added to it",
    )


def _url(host: str, sock: socket.socket) -> str:
    port: int = sock.getsockname()[1]
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}"
