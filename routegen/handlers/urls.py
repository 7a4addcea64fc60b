"""Facts about addresses: where a handler redirects to, what it fetches, whether it calls its own server."""

import re
from collections.abc import Iterator
from itertools import pairwise

from routegen.handlers.expression import Attribute, Call, Compare, Constant, Expression, Template
from routegen.handlers.flow import Step, origins, trace
from routegen.handlers.handler import Handler, Origin, Site
from routegen.handlers.inputs import is_query
from routegen.handlers.kinds import Kind
from routegen.handlers.scope import Scope
from routegen.handlers.webhook import is_body_value

_CHECKS = re.compile(
    r"valid|safe|check|allow|verif|ensure|trust|parse|host|netloc|origin|sanit|is_|resolve", re.I
)
_OWN = re.compile(r"^(https?://)?(localhost|127\.0\.0\.1|0\.0\.0\.0)(:\d+)?/")


def _is_client_url(expression: Expression, scope: Scope) -> bool:
    kinds = (Call,) if scope.lang == "python" else (Call, Attribute)
    return is_query(expression, scope) or (isinstance(expression, kinds) and is_body_value(expression, scope))


def _from_start(expression: Expression, scope: Scope, handler: Handler) -> tuple[Step, ...] | None:
    """The way of a client's text that decides where an address begins."""
    way = trace(expression, scope, lambda e, s: _is_client_url(e, s) and not _is_folder(e, handler))
    if way is None:
        return None
    for before, step in pairwise(way):
        parts = step.expression.children() if isinstance(step.expression, Template) else ()
        if parts and parts[0] is not before.expression:
            return None
        if (
            type(step.expression).__name__ == "Binary"
            and step.expression.children()[0] is not before.expression
        ):
            return None
    return None if _is_checked(handler, way[0]) else way


def _is_folder(expression: Expression, handler: Handler) -> bool:
    names = {segment.name for segment in handler.segments or () if segment.is_parameter}
    return handler.segments is None or getattr(expression, "name", None) in names


def _is_checked(handler: Handler, source: Step) -> bool:
    """Whether anything looks at the text before: a comparison, `startswith`, a function called like a check."""
    name = handler.text(source.expression, source.scope)
    for step in handler.steps(Compare, Call):
        text = step.scope.module.text(step.expression)
        if name not in text:
            continue
        if isinstance(step.expression, Compare):
            return True
        if isinstance(step.expression, Call) and (
            step.expression.name in ("startswith", "match", "fullmatch", "startsWith", "includes", "test")
            or _CHECKS.search(step.expression.name)
        ):
            return True
    return False


def open_redirects(handler: Handler) -> Iterator[tuple[Site, tuple[Step, ...]]]:
    """The redirects to where a client says."""
    for site in handler.calls(Kind.REDIRECT):
        url = site.role("url")
        way = (
            _from_start(url, site.scope, handler) if url is not None and site.origin is Origin.BODY else None
        )
        if way is not None:
            yield site, way


def fetched_urls(handler: Handler) -> Iterator[tuple[Site, tuple[Step, ...]]]:
    """The addresses of a client that the server fetches."""
    for site in handler.calls(Kind.EXTERNAL):
        url = site.role("url")
        way = _from_start(url, site.scope, handler) if url is not None else None
        if way is not None:
            yield site, way


def own_calls(handler: Handler) -> Iterator[Site]:
    """The calls of the own server over HTTP."""
    for site in handler.calls(Kind.EXTERNAL):
        url = site.role("url")
        for step in origins(url, site.scope) if url is not None else ():
            first = step.expression.parts[0] if isinstance(step.expression, Template) else step.expression
            if isinstance(first, Constant) and isinstance(first.value, str) and _OWN.match(first.value + "/"):
                if handler.is_file_route and "/api/" in step.scope.module.text(step.expression):
                    yield site
            elif re.search(r"request\.(base_url|url_for|url\.scheme)", step.scope.module.text(first)):
                yield site
