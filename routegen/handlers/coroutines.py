"""Facts about coroutines: which ones nobody awaits, and loops that are started inside a running one."""

from collections.abc import Iterator

from routegen.handlers.expression import Call
from routegen.handlers.function import Effect, Function, Statement
from routegen.handlers.handler import Handler, Origin, Site
from routegen.handlers.kinds import Kind
from routegen.handlers.scope import Scope
from routegen.handlers.streams import streams

_LOOPS = {"asyncio.run", "asyncio.get_event_loop.run_until_complete"}


def unawaited(handler: Handler) -> Iterator[tuple[Call, Scope]]:
    """The coroutines that are made as a statement of their own."""
    for site in handler.sites:
        statement = site.statement
        if statement is None or site.scope is not handler.scope or site.origin is not Origin.BODY:
            continue
        if _is_dropped(site.call, statement) and (_makes_one(site.function) or Kind.ASYNC in site.kinds):
            yield site.call, site.scope
    for stream in streams(handler):
        if stream.generator is not None and stream.module is handler.module:
            yield from _unawaited_in(stream.generator, stream.scope)


def _unawaited_in(generator: Function, scope: Scope) -> Iterator[tuple[Call, Scope]]:
    for statement in generator.body.statements:
        call = statement.value
        if not isinstance(call, Call) or not _is_dropped(call, statement):
            continue
        if _makes_one(scope.local_function(call)) or Kind.ASYNC in scope.kinds(call):
            yield call, scope


def _is_dropped(call: Call, statement: Statement) -> bool:
    return statement.effect is Effect.EVALUATE and statement.value is call and not call.awaited


def _makes_one(function: Function | None) -> bool:
    """Whether calling it gives a coroutine."""
    return (
        function is not None and function.is_async and not function.is_generator and not function.decorators
    )


def loops(handler: Handler) -> Iterator[Site]:
    """The event loops that a handler starts."""
    for site in handler.sites:
        if site.target in _LOOPS and site.scope is handler.scope:
            yield site
