"""Facts about calls that block: made in a coroutine they stop every other request."""

from collections.abc import Iterator
from dataclasses import dataclass

from routegen.handlers.expression import Call, Constant
from routegen.handlers.function import Statement
from routegen.handlers.handler import Handler, Origin, Site
from routegen.handlers.kinds import Kind
from routegen.handlers.missing import written_once
from routegen.handlers.scope import Scope

BLOCKS = (Kind.BLOCKING, Kind.BLOCKING_FILE)


@dataclass(frozen=True, slots=True)
class Blocking:
    """A blocking call, and the place in the handler that leads to it."""

    call: Call
    scope: Scope
    at: Site
    is_file: bool


def blocking_calls(handler: Handler) -> list[Blocking]:
    """The blocking calls that a coroutine makes, itself or in the plain functions it calls."""
    if handler.function is None or not handler.function.is_async:
        return []
    found: list[Blocking] = []
    for site in handler.calls(*BLOCKS):
        if site.origin is not Origin.BODY or site.call.awaited or not _is_on_loop(site):
            continue
        if _in_memory(site) or written_once(site):
            continue
        found.append(Blocking(site.call, site.scope, site.top, Kind.BLOCKING not in site.kinds))
    return found


def _in_memory(site: Site) -> bool:
    """`ZipFile(BytesIO())`, `open("/proc/self/status")`: no disk is waited for."""
    first = site.call.argument(0)
    if isinstance(first, Constant) and str(first.value).startswith(("/proc/", "/sys/", "/dev/")):
        return True
    return any(site.scope.type_of(a) in ("io.BytesIO", "io.StringIO") for a in site.call.children()[1:])


def _is_on_loop(site: Site) -> bool:
    """Whether the event loop waits: no generator on the way, which runs elsewhere or later."""
    via = site.via
    while via is not None:
        if via.function is not None and via.function.is_generator:
            return False
        via = via.via
    return True


def blocking_in(statements: list[Statement], scope: Scope) -> Iterator[Call]:
    """The blocking calls of these statements."""
    for statement in statements:
        for part in statement.parts:
            if isinstance(part, Call) and not part.awaited and not scope.kinds(part).isdisjoint(BLOCKS):
                yield part
