"""Facts about when callers are refused, and who they say they are."""

import re

from routegen.handlers.effects import changes
from routegen.handlers.expression import Compare, Expression, Name, Span
from routegen.handlers.flow import trace
from routegen.handlers.handler import Handler, Origin, Site
from routegen.handlers.inputs import is_query
from routegen.handlers.kinds import Kind
from routegen.handlers.protection import refuses
from routegen.handlers.scope import Scope
from routegen.handlers.typescript.identity import claimed_in_script

_CLAIMS = re.compile(r"^(user|owner|author|account)_?id$", re.IGNORECASE)
_ANSWERS = re.compile(r"\w*HTTPException|JSONResponse|(new )?(Next)?Response\b")
_STATUSES = re.compile(r"\b(401|403)\b|HTTP_40[13]")
_KNOWN = re.compile(r"current_?user|get_user|signed_?in|auth", re.IGNORECASE)


def late_refusal(handler: Handler) -> tuple[Site, Span] | None:
    """The first write of a handler that stands before its own refusal, and the refusal."""
    scope = handler.scope
    if scope is None or handler.is_guarded:
        return None
    before = Origin.DEPENDENCY if scope.lang == "python" else Origin.DECORATOR
    if any(site.origin is before for site in handler.sites):
        return None
    refusal = next((s for s in handler.own_statements if _refuses(s.value, scope)), None)
    if refusal is None:
        return None
    for site in changes(handler):
        at = site.top.statement
        if scope.lang != "python" and _asked_before(site, handler):
            return None
        if (
            at is not None
            and at.span.start < refusal.span.start
            and not any(block.leaves for block in at.block.around if block.parent is not None)
        ):
            return site, refusal.span
    return None


def _asked_before(site: Site, handler: Handler) -> bool:
    """Whether a script has asked who calls before it changes something: what is refused later is another matter."""
    earlier = handler.sites[: handler.sites.index(site)]
    return any(Kind.AUTH_CHECK in each.kinds or each.function is not None for each in earlier)


def _refuses(value: Expression | None, scope: Scope) -> bool:
    if value is None:
        return False
    text = scope.module.source.text(*value.span)
    return _ANSWERS.match(text) is not None and _STATUSES.search(text) is not None


def claimed_identity(handler: Handler) -> list[tuple[Site, str]]:
    """The writes whose owner is a number that the client sends, though the handler knows who is signed in."""
    scope = handler.scope
    if scope is not None and scope.lang != "python":
        return list(claimed_in_script(handler))
    if scope is None or refuses([scope]).is_yes:
        return []
    knows = any(s.origin is Origin.DEPENDENCY and _KNOWN.search(s.name) for s in handler.sites)
    compared = {
        part.name
        for step in handler.steps(Compare)
        for part in step.expression.walk()
        if isinstance(part, Name)
    }
    if not knows or any(_CLAIMS.match(name) for name in compared) or "admin" in handler.route_id:
        return []

    def is_claim(expression: Expression, where: Scope) -> bool:
        if not isinstance(expression, Name) or not _CLAIMS.match(expression.name):
            return False
        return is_query(expression, where) or _is_number(expression, where)

    found: list[tuple[Site, str]] = []
    for site in changes(handler):
        for argument in site.call.children()[1:]:
            way = trace(argument, site.scope, is_claim)
            if way is not None:
                found.append((site, handler.text(way[0].expression, way[0].scope)))
    return found


def _is_number(name: Name, scope: Scope) -> bool:
    """Whether this is a number or a UUID that a client sends with the query."""
    parameter = scope.function.parameter(name.name)
    if parameter is None or parameter.annotation is None or scope.caller is not None:
        return False
    if name.name in scope.bindings or Kind.DEPENDS in scope.field_kinds(parameter):
        return False
    return scope.annotated_type(parameter.annotation) in ("builtins.int", "uuid.UUID")
