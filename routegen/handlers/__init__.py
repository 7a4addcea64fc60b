"""What a module offers, as abstract handlers, read from its syntax and never run.

Names are resolved on first use (PEP 562): the server wants `read_methods` and must not pay for the whole reader.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from routegen.handlers.actions import read_actions
    from routegen.handlers.handler import Handler
    from routegen.handlers.methods import read_methods
    from routegen.handlers.python.reader import read_module
    from routegen.handlers.route_module import RouteModule
    from routegen.handlers.source import SourceError

__all__ = ["Handler", "RouteModule", "SourceError", "read_actions", "read_methods", "read_module"]

_HOME = {
    "Handler": "routegen.handlers.handler",
    "RouteModule": "routegen.handlers.route_module",
    "SourceError": "routegen.handlers.source",
    "read_actions": "routegen.handlers.actions",
    "read_methods": "routegen.handlers.methods",
    "read_module": "routegen.handlers.python.reader",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'routegen.handlers' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value
