"""Facts about coroutines: which ones nobody awaits, and loops that are started inside a running one."""

from collections.abc import Iterator

from routegen.handlers.expression import Call
from routegen.handlers.function import Effect
from routegen.handlers.handler import Handler, Origin, Site
from routegen.handlers.kinds import Kind
from routegen.handlers.scope import Scope

_LOOPS = {"asyncio.run", "asyncio.get_event_loop.run_until_complete"}


def unawaited(handler: Handler) -> Iterator[tuple[Call, Scope]]:
    """The coroutines that are made as a statement of their own."""
    for site in handler.sites:
        statement = site.statement
        if statement is None or statement.effect is not Effect.EVALUATE or statement.value is not site.call:
            continue
        if site.scope is not handler.scope or site.call.awaited or site.origin is not Origin.BODY:
            continue
        function = site.function
        is_coroutine = function is not None and function.is_async and not function.is_generator
        if (is_coroutine and function and not function.decorators) or Kind.ASYNC in site.kinds:
            yield site.call, site.scope


def loops(handler: Handler) -> Iterator[Site]:
    """The event loops that a handler starts."""
    for site in handler.sites:
        if site.target in _LOOPS and site.scope is handler.scope:
            yield site
