"""Next.js-style route handlers for Python: a folder tree under `app/` is the router, FastAPI does the rest.

The public names are resolved on first use (PEP 562), so that `import routegen` costs nothing:

    create_app   the folder tree as a FastAPI application
    operation    FastAPI's path operation options for one handler
    respond      answers: json, error, no_content, redirect, file, events, lines
    Redirect     a redirect that is raised
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from routegen import respond
    from routegen.options import operation
    from routegen.respond import Redirect
    from routegen.server.app import create_app

__version__ = "0.1.0"

__all__ = ["Redirect", "create_app", "operation", "respond"]

_HOME = {
    "Redirect": "routegen.respond",
    "create_app": "routegen.server.app",
    "operation": "routegen.options",
}


def __getattr__(name: str) -> Any:
    if name == "respond":
        return import_module("routegen.respond")
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'routegen' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
