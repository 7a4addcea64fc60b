"""Facts about addresses: where a handler redirects to, what it fetches, whether it calls its own server."""

import re
from collections.abc import Iterator
from itertools import pairwise

from routegen.handlers.callers import leads_to, parts_of
from routegen.handlers.expression import (
    Attribute,
    Binary,
    Call,
    Compare,
    Constant,
    Expression,
    Name,
    Span,
    Template,
)
from routegen.handlers.flow import Step, origins, trace
from routegen.handlers.handler import Handler, Origin, Site
from routegen.handlers.inputs import is_query
from routegen.handlers.kinds import Kind
from routegen.handlers.places import place, place_of
from routegen.handlers.scope import Scope
from routegen.handlers.webhook import is_body_value

_CHECKS = re.compile(
    r"valid|safe|check|allow|verif|ensure|trust|parse|host|netloc|origin|sanit|is_|resolve", re.I
)
_ORIGIN = re.compile(r"(^|[.\w])origin$", re.IGNORECASE)
"""`https://shop.example`: behind it, `.evil.example` makes another host, and so does `@evil.example`."""
_OWN = re.compile(r"^(https?://)?(localhost|127\.0\.0\.1|0\.0\.0\.0)(:\d+)?(?=/|$)")
_GOES_ON = re.compile(
    r"""http-equiv=["']?refresh|\blocation(\.href)?\s*=|\blocation\.(replace|assign)\(""", re.IGNORECASE
)
"""A page that sends the browser on."""
_SETTINGS = re.compile(r"(^|_)(APP|SITE|PUBLIC|NEXTAUTH|VERCEL|BASE)_?(BASE_)?URL\b")
_OWN_NAMES = {
    "python": re.compile(rf"\brequest\.(base_url|url_for|url\.scheme)\b|{_SETTINGS.pattern}"),
    "typescript": re.compile(rf"\b(req|request)\.(nextUrl\.origin|url)\b|^origin$|{_SETTINGS.pattern}"),
}
"""What stands for the own server: the address of the request, or a setting that is called like it."""


def _is_client_url(expression: Expression, scope: Scope) -> bool:
    kinds = (Call,) if scope.lang == "python" else (Call, Attribute)
    return is_query(expression, scope) or (isinstance(expression, kinds) and is_body_value(expression, scope))


def _from_start(expression: Expression, scope: Scope, handler: Handler) -> tuple[Step, ...] | None:
    """The way of a client's text that decides where an address begins."""
    way = trace(expression, scope, lambda e, s: _is_client_url(e, s) and not _is_folder(e, handler))
    if way is None:
        return None
    if any(not _decides_host(before.expression, step) for before, step in pairwise(way)):
        return None
    return None if _is_checked(handler, way) else way


def _decides_host(part: Expression, whole: Step) -> bool:
    """Whether a part of a text is where its host is: it begins with it, or with an origin, which ends without a slash."""
    expression, text = whole.expression, whole.scope.module.text
    if not isinstance(expression, (Template, Binary)):
        return True
    parts = expression.children()
    if parts[0] is part:
        return True
    return len(parts) > 1 and parts[1] is part and _ORIGIN.search(text(parts[0])) is not None


def _is_folder(expression: Expression, handler: Handler) -> bool:
    names = {segment.name for segment in handler.segments or () if segment.is_parameter}
    return handler.segments is None or getattr(expression, "name", None) in names


def _is_checked(handler: Handler, way: tuple[Step, ...]) -> bool:
    """Whether anything looks at the text before: a comparison, `startswith`, a function called like a check."""
    source = re.escape(handler.text(way[0].expression, way[0].scope))
    names = [rf"\b{each.expression.name}\b" for each in way if isinstance(each.expression, Name)]
    named = re.compile("|".join([source, *names]))
    for step in handler.steps(Compare, Call):
        if named.search(step.scope.module.text(step.expression)) is None:
            continue
        if isinstance(step.expression, Compare):
            return True
        if isinstance(step.expression, Call) and (
            step.expression.name in ("startswith", "match", "fullmatch", "startsWith", "includes", "test")
            or _CHECKS.search(step.expression.name)
        ):
            return True
    return False


def open_redirects(handler: Handler) -> Iterator[tuple[Span, tuple[Step, ...]]]:
    """Where a handler redirects to where a client says, also by a page that goes on by itself."""
    for site in handler.calls(Kind.REDIRECT):
        url = site.role("url")
        way = (
            _from_start(url, site.scope, handler) if url is not None and site.origin is Origin.BODY else None
        )
        if way is not None:
            yield place(site, handler), way
    for step in handler.steps(Template):
        parts = step.expression.children()
        if any(isinstance(part, Constant) and _GOES_ON.search(str(part.value)) for part in parts):
            ways = (
                _from_start(part, step.scope, handler) for part in parts if not isinstance(part, Constant)
            )
            yield from ((place_of(step, handler), way) for way in ways if way is not None)


def fetched_urls(handler: Handler) -> Iterator[tuple[Site, tuple[Step, ...]]]:
    """The addresses of a client that the server fetches."""
    for site in handler.calls(Kind.EXTERNAL):
        url = site.role("url")
        way = _from_start(url, site.scope, handler) if url is not None else None
        if way is not None:
            yield site, way


def own_calls(handler: Handler) -> Iterator[Site]:
    """The calls of the own server over HTTP: of a route that its trees have, or of the request's own address."""
    for site in handler.calls(Kind.EXTERNAL):
        url = site.role("url")
        steps = origins(url, site.scope) if url is not None and site.origin is Origin.BODY else ()
        if any(_is_own(step, handler) for step in steps):
            yield site


def _is_own(step: Step, handler: Handler) -> bool:
    """Whether an address is the own server's: by its beginning, and where the routes are known by its path."""
    base, path = _split(step)
    if not (_OWN.match(base) or _OWN_NAMES[step.scope.lang].search(base)):
        return False
    if not handler.is_file_route:
        return not _OWN.match(base) and not _SETTINGS.search(base)
    if "url_for" in base:
        return True
    parts = parts_of(path)
    return parts is not None and any(leads_to(parts, route) for route in handler.context.routes())


def _split(step: Step) -> tuple[str, str]:
    """The text that says which server an address is of, and the path: `${origin}/api/x`, `new URL("/api/x", origin)`."""
    expression, text = step.expression, step.scope.module.text
    if isinstance(expression, Call) and expression.name == "URL" and len(expression.arguments) == 2:
        return text(expression.arguments[1]), _written(expression.arguments[0])
    first = expression.parts[0] if isinstance(expression, Template) and expression.parts else expression
    whole = _written(expression)
    if isinstance(first, Constant):
        host = _OWN.match(whole)
        return (host[0], whole[host.end() :]) if host else ("", whole)
    return text(first), whole.removeprefix("${}")


def _written(expression: Expression) -> str:
    """A text with its holes as `${}`."""
    if isinstance(expression, Constant):
        return str(expression.value)
    parts = expression.parts if isinstance(expression, Template) else ()
    return "".join(str(part.value) if isinstance(part, Constant) else "${}" for part in parts)
