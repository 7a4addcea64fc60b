"""Facts about calls that block: made in a coroutine, or anywhere in a script, they stop every other request."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from routegen.handlers.expression import Call, Constant, Expression, Name
from routegen.handlers.function import BlockKind, Effect, Statement
from routegen.handlers.handler import Handler, Origin, Site
from routegen.handlers.kinds import Kind
from routegen.handlers.missing import written_once
from routegen.handlers.narrowing import may_show
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
    """The blocking calls that a coroutine makes, itself or in the plain functions it calls.

    A script has no threads: there it is the same for every function.
    """
    is_script = handler.module.lang != "python"
    if handler.function is None or not (handler.function.is_async or is_script):
        return []
    if is_script and _may_be_static(handler):
        return []
    found: list[Blocking] = []
    for site in handler.calls(*BLOCKS):
        if site.origin is not Origin.BODY or not _is_on_loop(site):
            continue
        if site.call.awaited and not is_script:
            continue  # of another library, which has the same names
        if _in_memory(site) or written_once(site) or (is_script and _is_seldom(site)):
            continue
        found.append(Blocking(site.call, site.scope, site.top, Kind.BLOCKING not in site.kinds))
    return found


def _may_be_static(handler: Handler) -> bool:
    """Whether Next.js may run a handler when it builds: a GET that takes nothing of its request, or says so."""
    if handler.method != "GET":
        return False
    said = handler.module.values
    mode, every = said.get("dynamic"), said.get("revalidate")
    if isinstance(mode, Constant) and mode.value in ("force-dynamic", "force-static", "error"):
        return mode.value != "force-dynamic"
    if isinstance(every, Constant):
        return every.value != 0
    if "generateStaticParams" in handler.module.functions:
        return True
    takes = handler.function.parameters if handler.function is not None else ()
    return not takes and not handler.calls(Kind.HEADER, Kind.COOKIE)


def _is_seldom(site: Site) -> bool:
    """What is kept for the next time (`kept ??= readFileSync(…)`), or runs only while somebody develops."""
    return any(
        here.statement is not None and (_keeps(here) or may_show(here.statement, "", here.scope))
        for here in (site, *site.leading)
    )


def _keeps(site: Site) -> bool:
    """Whether a name gets the value where it has none yet, or the function has left before where one of the file has."""
    statement, scope = site.statement, site.scope
    if statement is None:
        return False
    test = statement.block.test if statement.block.kind is BlockKind.IF else None
    asked = [each for each in (test, statement.value) if each is not None and not isinstance(each, Call)]
    if "??=" in scope.module.text(statement.span) or any(
        not _names(each).isdisjoint(statement.targets) for each in asked
    ):
        return True
    for earlier in scope.function.body.statements:
        is_before = earlier.effect is Effect.RETURN and earlier.span.start < statement.span.start
        test = earlier.block.test if is_before and earlier.block.kind is BlockKind.IF else None
        given = _names(earlier.value) if earlier.value is not None else _names(test) if test else set[str]()
        if test is not None and any(_is_of_file(name, scope) for name in _names(test) & given):
            return True
    return False


def _is_of_file(name: str, scope: Scope) -> bool:
    """Whether a variable of the file has this name: no import, and no function."""
    module = scope.module
    if name in module.imports or name in module.functions:
        return False
    return name in module.bound or re.search(rf"^(let|var) {name}\b", module.whole, re.M) is not None


def _names(expression: Expression) -> set[str]:
    return {part.name for part in expression.walk() if isinstance(part, Name)}


def _in_memory(site: Site) -> bool:
    """`ZipFile(BytesIO())`, `open("/proc/self/status")`: no disk is waited for."""
    first = site.call.argument(0)
    if isinstance(first, Constant) and str(first.value).startswith(("/proc/", "/sys/", "/dev/")):
        return True
    return any(site.scope.type_of(a) in ("io.BytesIO", "io.StringIO") for a in site.call.children()[1:])


def _is_on_loop(site: Site) -> bool:
    """Whether the event loop waits: no generator on the way, which runs elsewhere or later."""
    return not any(here.function is not None and here.function.is_generator for here in site.leading)


def blocking_in(statements: list[Statement], scope: Scope) -> Iterator[Call]:
    """The blocking calls of these statements."""
    for statement in statements:
        for part in statement.parts:
            if isinstance(part, Call) and not part.awaited and not scope.kinds(part).isdisjoint(BLOCKS):
                yield part


def slowest(found: list[Blocking]) -> list[Blocking]:
    """The calls to tell of: files, which are short mostly, where nothing else blocks."""
    return [blocking for blocking in found if not blocking.is_file] or found[:1]
