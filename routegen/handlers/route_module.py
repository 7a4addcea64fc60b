"""What a `route.py` offers: its handlers, and the names that nearly are some."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from routegen.handlers.expression import Span
from routegen.handlers.function import Module
from routegen.handlers.handler import Handler
from routegen.routes import Route


@dataclass(frozen=True, slots=True)
class Export:
    """A name that a module binds at its top level."""

    name: str
    span: Span


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A function that answers nothing since its name only resembles the method it means."""

    name: str
    method: str
    span: Span


@dataclass(slots=True, eq=False)
class RouteModule:
    """A route file. `not_callable` are method names bound to a literal; `expose` is its `EXPOSE`.

    `is_open` says that it may export more than its text shows (`import *`, `globals()`).
    """

    module: Module
    route: Route | None
    handlers: tuple[Handler, ...] = ()
    exports: list[Export] = field(default_factory=lambda: [])
    near_misses: list[NearMiss] = field(default_factory=lambda: [])
    not_callable: list[Export] = field(default_factory=lambda: [])
    expose: str | None = None
    is_open: bool = False


EXPOSABLE = ("webhook", "public", "integration", "upload", "stream")
"""Why a handler is one, and who may call it."""

_NEXT = {
    "dynamic",
    "dynamicParams",
    "revalidate",
    "fetchCache",
    "runtime",
    "preferredRegion",
    "maxDuration",
    "config",
}
_NEARLY = {"expose", "EXPOSED", "EXPOSES", "Expose", "exposed", "EXPOSING"}


def unread_exports(file: RouteModule) -> Iterator[tuple[str, Span, str]]:
    """What stands at the top of a route file to be read, and is not: the name, its place, a wrong value of EXPOSE."""
    if file.module.lang != "python":
        return
    text = file.module.whole
    for name, value in file.module.values.items():
        if name == "EXPOSE" and file.expose not in EXPOSABLE:
            yield name, value.span, file.expose or file.module.text(value)
        elif name in _NEXT | _NEARLY and len(re.findall(rf"\b{name}\b", text)) == 1:
            yield name, value.span, ""
