"""Facts about callers that were looked for, and may be nobody: whether the handler ever looks at what was found."""

import re
from collections.abc import Iterator

from routegen.handlers.effects import changes
from routegen.handlers.expression import Attribute, Call, Constant, Expression, Name, Span
from routegen.handlers.flow import origins
from routegen.handlers.function import Effect, Function
from routegen.handlers.handler import Handler, Origin, Site
from routegen.handlers.kinds import Kind
from routegen.handlers.places import place
from routegen.handlers.protection import checks_caller
from routegen.handlers.scope import Scope

_OPTIONAL = re.compile(
    r"(optional_?(current_?)?user|(user|auth|session)\w*_(optional|or_none))$", re.IGNORECASE
)


def ignored_callers(handler: Handler) -> Iterator[tuple[str, Span]]:
    """What a handler that changes data asks who calls, may give None, and that nothing looks at."""
    scope = handler.scope
    if scope is None or handler.is_guarded or not changes(handler):
        return
    if scope.lang != "python":
        yield from _ignored_in_script(handler)
        return
    open_ones = {
        marker.span: parameter
        for parameter in scope.function.parameters
        for marker, at in scope.markers(parameter)
        if _may_be_nobody(marker, at)
    }
    if any(Kind.AUTH_CHECK in site.kinds and site.call.span not in open_ones for site in handler.sites):
        return
    for site in handler.sites:
        if site.origin is Origin.BODY and _finds(site) and not _is_looked_at(site, handler):
            yield handler.text(site.call, site.scope), place(site, handler)
    for parameter in open_ones.values():
        if not _is_mentioned(parameter.name, handler):
            yield handler.module.text(parameter.span), parameter.span


def _ignored_in_script(handler: Handler) -> Iterator[tuple[str, Span]]:
    """The same in a script, where nothing else may check who calls either."""
    asked = (site for site in handler.sites if Kind.AUTH_FIND in site.kinds and site.origin is Origin.BODY)
    ignored = [site for site in asked if not _is_looked_at(site, handler)]
    if ignored and checks_caller(handler, ignored).is_no:
        yield from ((handler.text(site.call, site.scope), place(site, handler)) for site in ignored)


def _finds(site: Site) -> bool:
    return Kind.AUTH_FIND in site.kinds or bool(_OPTIONAL.search(site.name))


def _is_looked_at(site: Site, handler: Handler) -> bool:
    """Whether the result goes anywhere: into a test, another call, an attribute (which fails on None)."""
    statement = site.top.statement
    if statement is None or statement.effect is Effect.EVALUATE:
        return statement is None or statement.value is not site.call
    holding = [s for s in handler.own_statements if s.effect is Effect.BIND and _holds(s.value, site.call)]
    return not holding or any(_is_mentioned(name, handler) for s in holding for name in s.targets)


def _holds(value: Expression | None, call: Call) -> bool:
    """Whether a value is the result, or what a pattern takes out of it: `const { data: { user } } = await …`."""
    while isinstance(value, Attribute) and value.span.start < call.span.start:
        value = value.object
    return value is call


def _is_mentioned(name: str, handler: Handler) -> bool:
    return any(isinstance(p, Name) and p.name == name for s in handler.own_statements for p in s.parts)


def _may_be_nobody(marker: Call, scope: Scope) -> bool:
    """`Depends(find_user)`, where the function gives what was found as it is; `auto_error=False`."""
    wanted = marker.argument(0, "dependency")
    if Kind.DEPENDS not in scope.kinds(marker) or wanted is None:
        return False
    found = scope.resolve(Call(marker.span, wanted))
    if found is not None:
        return bool(_OPTIONAL.search(found[0].name)) or _passes_on(found[0], Scope(found[1], found[0]))
    made = [step.expression for step in origins(wanted, scope)]
    return any(
        isinstance(call, Call)
        and "auto_error" in call.keywords
        and isinstance(flag := call.keywords["auto_error"], Constant)
        and flag.value is False
        for call in made
    )


def _passes_on(function: Function, scope: Scope) -> bool:
    """Whether it returns what was found, and refuses nobody by itself."""
    statements = function.body.statements
    finds = [
        s
        for s in statements
        if s.effect is Effect.RETURN and isinstance(s.value, Call) and Kind.AUTH_FIND in scope.kinds(s.value)
    ]
    return bool(finds) and not any(s.effect in (Effect.RAISE, Effect.TEST) for s in statements)
