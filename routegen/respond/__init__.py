"""Answers for route handlers: each function turns a value into a Starlette `Response`, also in plain FastAPI.

json         a value as JSON
error        the error envelope `{"error": "…"}`
no_content   204
redirect     to another URL; `Redirect` is the same, raised
file         a file below a folder
events       server-sent events; `Event` is one with a type, an id or a comment
lines        newline-delimited JSON
             (`EventStream` and `LineStream` are their classes, for `@operation(response_class=…)`)
stream       bytes as they come, or the request's own body
shutdown     end all open streams, for servers that stop in their own way
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from routegen.respond.answers import Redirect, error, json, no_content, redirect
    from routegen.respond.files import file
    from routegen.respond.ndjson import LineStream, lines
    from routegen.respond.sse import Event, EventStream, events
    from routegen.respond.stopping import shutdown
    from routegen.respond.streaming import stream

__all__ = [
    "Event",
    "EventStream",
    "LineStream",
    "Redirect",
    "error",
    "events",
    "file",
    "json",
    "lines",
    "no_content",
    "redirect",
    "shutdown",
    "stream",
]

_HOME = {
    "Event": "sse",
    "EventStream": "sse",
    "LineStream": "ndjson",
    "Redirect": "answers",
    "error": "answers",
    "events": "sse",
    "file": "files",
    "json": "answers",
    "lines": "ndjson",
    "no_content": "answers",
    "redirect": "answers",
    "shutdown": "stopping",
    "stream": "streaming",
}


def __getattr__(name: str) -> Any:
    """Resolve a name on first use (PEP 562): a project without files or streams does not load what makes them."""
    if name not in _HOME:
        raise AttributeError(f"module 'routegen.respond' has no attribute {name!r}")
    value = getattr(import_module(f"routegen.respond.{_HOME[name]}"), name)
    globals()[name] = value
    return value
