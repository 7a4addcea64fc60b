"""Imports a project's `main.py` and finds the application that `create_app()` made in it."""

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from routegen.errors import ProjectError
from routegen.project import Project
from routegen.server.app import RouteApp, created_apps


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
    module = ModuleType("main")
    module.__file__ = str(file)
    sys.modules["main"] = module
    try:
        # Compiled here: Python's bytecode cache takes an edit of the same size within the same second for unchanged
        exec(compile(file.read_bytes(), str(file), "exec", dont_inherit=True), module.__dict__)
    except Exception as error:
        raise ProjectError(
            f"`{file}` fails: {type(error).__name__}: {error}", hint=f"mend it: {_place(error, file)}"
        ) from error
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


def application_of(asgi_app: Any, project: Project) -> RouteApp:
    """The tree's application, also when main.py wraps it in middleware of its own."""
    if isinstance(asgi_app, RouteApp):
        return asgi_app
    for application in reversed(created_apps):
        if application.project.root == project.root:
            return application
    raise ProjectError(
        f"`app` in `{project.root / 'main.py'}` was not made by `create_app()`",
        hint="write `app = create_app()`; what else it needs can be added to it",
    )
