"""Turns a `route.py` into a `RouteModule`: its handlers and what else it offers."""

import re
from pathlib import Path

from tree_sitter import Node

from routegen.handlers.expression import Call, Constant, Expression, Name, Span
from routegen.handlers.facts import NO, unknown
from routegen.handlers.function import Function, Module
from routegen.handlers.handler import Handler
from routegen.handlers.python.module import read_names
from routegen.handlers.python.source import read_source
from routegen.handlers.route_module import Export, NearMiss, RouteModule
from routegen.handlers.source import Source
from routegen.handlers.syntax import span_of
from routegen.routes import HANDLER_NAMES, Route

_HIDDEN_EXPORTS = (b"import *", b"globals()", b"setattr(", b"__getattr__")
_SHORT_FORMS = {"del": "DELETE", "remove": "DELETE", "ws": "WEBSOCKET", "opt": "OPTIONS"}


def read_module(path: Path, route: Route | None = None) -> RouteModule:
    """Read a `route.py` that answers `route` (None: its place in a tree is not known).

    Raises:
        SourceError: the file cannot be read or is not Python.
    """
    return module_of(read_source(path), route)


def module_of(source: Source, route: Route | None = None, module: Module | None = None) -> RouteModule:
    """As `read_module`, for a file that was read before; `module` is what its names stand for, if known."""
    module = module or read_names(source)
    found = RouteModule(module, route, expose=_expose(module))
    found.is_open = any(way in source.data for way in _HIDDEN_EXPORTS)
    for name, node, is_literal, dotted in module.shared["bindings"]:
        if name in HANDLER_NAMES:
            if is_literal:
                found.not_callable.append(Export(name, _name_span(node)))
            else:
                function = module.functions.get(name)
                found.exports.append(Export(name, function.name_span if function else _name_span(node)))
        elif not dotted and (meant := _meant(name)) and _is_definition(node) and not _is_used(name, source):
            found.near_misses.append(NearMiss(name, meant, _name_span(node)))
    last = {export.name: export for export in found.exports}
    found.handlers = tuple(_handler(last[name], found) for name in HANDLER_NAMES if name in last)
    return found


def _handler(export: Export, found: RouteModule) -> Handler:
    function, wrappers = _function(export.name, found.module)
    route = found.route
    return Handler(
        found.module,
        method=export.name,
        name=export.name,
        span=export.span,
        function=function,
        segments=route.segments if route else None,
        route_id=route.id if route else "",
        expose=found.expose,
        above=unknown("a `dependencies.py` above it runs first") if route and route.guards else NO,
        siblings=tuple(sorted({e.name for e in found.exports} - {export.name})),
        decorators=(*wrappers, *(function.decorators if function else ())),
    )


def _function(name: str, module: Module) -> tuple[Function | None, tuple[Expression, ...]]:
    """The function behind an exported name, and what wraps it: `GET = f`, `GET = cached(f)`."""
    wrappers: list[Expression] = []
    value: Expression | None = Name(Span(0, 0), name)
    for _ in range(8):
        if isinstance(value, Call):
            wrappers.append(value.function)
            value = next((a for a in value.arguments if isinstance(a, Name)), None)
        elif isinstance(value, Name):
            if value.name in module.functions:
                return module.functions[value.name], tuple(wrappers)
            value = module.values.get(value.name)
        else:
            break
    return None, tuple(wrappers)


def _expose(module: Module) -> str | None:
    value = module.values.get("EXPOSE")
    return value.value if isinstance(value, Constant) and isinstance(value.value, str) else None


def _meant(name: str) -> str | None:
    """The method that a name nearly is: another case, a short form, or one letter off in capitals."""
    upper = name.upper()
    if upper in HANDLER_NAMES:
        return upper
    if name.lower() in _SHORT_FORMS:
        return _SHORT_FORMS[name.lower()]
    if not name.isupper():
        return None
    return next((m for m in HANDLER_NAMES if len(m) > 3 and _is_one_off(name, m)), None)


def _is_one_off(name: str, method: str) -> bool:
    """One letter more, less, other or swapped with its neighbour."""
    if abs(len(name) - len(method)) > 1:
        return False
    start = next((i for i, (a, b) in enumerate(zip(name, method, strict=False)) if a != b), len(method))
    rest, wanted = name[start:], method[start:]
    swapped = rest[1:2] + rest[:1] + rest[2:]
    return rest[1:] == wanted or rest == wanted[1:] or rest[1:] == wanted[1:] or swapped == wanted


def _is_definition(node: Node) -> bool:
    definition = node.child_by_field_name("definition") or node
    return definition.type == "function_definition"


def _name_span(node: Node) -> Span:
    definition = node.child_by_field_name("definition") or node
    return span_of(definition.child_by_field_name("name") or definition)


def _is_used(name: str, source: Source) -> bool:
    """Whether the file itself uses the name: then it is a helper."""
    return len(re.findall(rf"(?<![\w.]){re.escape(name)}(?!\w)".encode(), source.data)) > 1
