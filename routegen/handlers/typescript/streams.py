"""What a stream of a script leaves running: timers and subscriptions that nothing ends when its client has left."""

import re
from collections.abc import Iterable, Iterator

from routegen.handlers.expression import Attribute, Call, Expression, Name, options_of
from routegen.handlers.flow import origins
from routegen.handlers.function import Closure, Effect
from routegen.handlers.handler import Handler, Site
from routegen.handlers.scope import Scope

_STREAMS = frozenset({"builtins.ReadableStream", "builtins.TransformStream"})
_TIMER = "builtins.setInterval"
_SUBSCRIBES = re.compile(r"^(on|addListener|addEventListener|[ps]?subscribe|[ps]Subscribe)$")
_RELEASES = re.compile(
    r"^(off|remove\w*|[ps]?unsubscribe|[ps]Unsubscribe|unregister\w*|disconnect|quit|destroy|kill|end|delete|dispose"
    r"|clean\w*|teardown|stop)$"
)
_KEEPS = frozenset({"add", "push", "set", "unshift"})
_LASTS = re.compile(r"^(watch|duplicate|Redis|createClient|channel|EventSource|WebSocket)$")
"""What is made for one client, and goes on until somebody ends it."""


def left_running(handler: Handler) -> Iterator[Site]:
    """The timers and subscriptions of a handler that streams, when nothing in it ends them.

    Whatever looks at `cancel`, or at the signal of the request, may.
    """
    made = [site for site in handler.sites if site.target in _STREAMS]
    if not made or any("cancel" in options_of(site.call.argument(0)) for site in made):
        return
    text = _running((scope.module.text(scope.function.span) for scope in handler.scopes), made)
    if re.search(r"\b(signal|onabort|aborted)\b", text):
        return
    for site in handler.sites:
        is_timer = site.target == _TIMER and "clearInterval" not in text
        if (
            is_timer
            or (_is_subscription(site) and not _is_ended(site, handler, made))
            or _is_kept(site, made)
        ):
            yield site


def _running(texts: Iterable[str], made: list[Site]) -> str:
    """What may run of some functions: less what `start` returns, as effects of React do, for nobody calls that."""
    text = "\n".join(texts)
    for stream in made:
        start = options_of(stream.call.argument(0)).get("start")
        for statement in start.function.body.statements if isinstance(start, Closure) else ():
            if statement.effect is Effect.RETURN and isinstance(statement.value, Closure):
                text = text.replace(stream.scope.module.text(statement.span), "")
    return text


def _is_kept(site: Site, made: list[Site]) -> bool:
    """`clients.add(controller)`: a list that outlives the request keeps the stream, and nothing takes it out."""
    kept_in = site.call.receiver
    if site.name not in _KEEPS or not isinstance(kept_in, Name) or not _is_of_file(kept_in, site.scope):
        return False
    controllers = {name for stream in made for name in _controllers(stream, site.scope)}
    if not any(isinstance(p, Name) and p.name in controllers for a in site.call.arguments for p in a.walk()):
        return False
    found = site.scope.module.imported(kept_in.name)
    files = [site.scope.module, *([found[0]] if found is not None else [])]
    taken = rf"\b{re.escape(kept_in.name)}\s*(\.\s*(delete|splice|clear|pop|shift)\b|=(?!=)[^;\n]*\bfilter\b)"
    return not any(re.search(taken, module.whole) for module in files)


def _controllers(stream: Site, scope: Scope) -> Iterator[str]:
    """What `start` of a stream calls its controller, where a scope lies within it."""
    start = options_of(stream.call.argument(0)).get("start")
    where: Scope | None = scope
    while isinstance(start, Closure) and where is not None:
        if where.function is start.function:
            yield from (parameter.name for parameter in start.function.parameters[:1])
        where = where.outer


def _is_subscription(site: Site) -> bool:
    """Whether something listens at what outlives the request, or at what lasts until it is ended."""
    receiver = site.call.receiver
    if receiver is None or site.function is not None or not _SUBSCRIBES.match(site.call.name):
        return False
    if not any(isinstance(argument, (Closure, Name)) for argument in site.call.arguments):
        return False
    first = _first(receiver)
    if first is None:
        return False
    return _is_of_file(first, site.scope) or any(
        isinstance(step.expression, Call) and _LASTS.match(step.expression.name)
        for step in origins(first, site.scope)
    )


def _first(expression: Expression) -> Name | None:
    """`a` of `a.b.c()`."""
    while not isinstance(expression, Name):
        if isinstance(expression, Attribute):
            expression = expression.object
        elif isinstance(expression, Call):
            expression = expression.function
        else:
            return None
    return expression


def _is_of_file(name: Name, scope: Scope) -> bool:
    where: Scope | None = scope
    while where is not None:
        if where.is_local(name.name):
            return False
        where = where.outer
    return name.name in scope.module.bound


def _is_ended(site: Site, handler: Handler, made: list[Site]) -> bool:
    """Whether anything is released at all, what it listens at is closed, or its result is used."""
    first = _first(site.call.receiver) if site.call.receiver is not None else None
    for other in handler.sites:
        if _RELEASES.match(other.name):
            return True
        base = _first(other.call.receiver) if other.call.receiver is not None else None
        if other.name == "close" and base is not None and first is not None and base.name == first.name:
            return True
    targets = site.statement.targets if site.statement is not None else ()
    text = _running([site.scope.module.text(site.scope.function.span)], made)
    return any(len(re.findall(rf"\b{re.escape(name)}\b", text)) > 1 for name in targets)
