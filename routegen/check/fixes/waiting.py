"""Turns a blocking call into one that is awaited, and a coroutine that awaits nothing into a plain function."""

import re

from routegen.check.finding import Edit, Fix
from routegen.check.fixes.edits import fix, replace, rest_of_line, uses, written
from routegen.check.fixes.imports import importing, unimporting
from routegen.handlers import Handler
from routegen.handlers.blocking import BLOCKS
from routegen.handlers.expression import Call, Span
from routegen.handlers.function import Function, Module
from routegen.handlers.handler import Site
from routegen.handlers.scope import Scope
from routegen.handlers.source import Source

_LOOP = re.compile(r"\basyncio\b|\banyio\b|\btrio\b|\bcreate_task\b|\bensure_future\b|\bget_running_loop\b")
_AWAITS = re.compile(rf"\bawait\b|\basync\s+(for|with|def)\b|\byield\b|{_LOOP.pattern}")


def plain_function(handler: Handler) -> Fix | None:
    """`async def` becomes `def`, when nothing in it needs the loop and nobody else calls it."""
    function, module = handler.function, handler.module
    if function is None or not function.is_async or len(uses(module, function.name)) != 1:
        return None
    if _AWAITS.search(module.source.text(function.name_span.end, function.span.end)):
        return None
    inner = [scope for scope in handler.scopes if scope.function is not function]
    if not _may_leave_thread(handler) or any(
        _LOOP.search(scope.module.source.text(*scope.function.span)) for scope in inner
    ):
        return None
    return fix(
        "make it a plain `def`: it then runs in a thread",
        _without_async(function, module),
        safe=handler.is_file_route and not handler.decorators_beside_operation,
    )


def _may_leave_thread(handler: Handler) -> bool:
    """Whether nothing in it is bound to the thread it was made in: a connection of `sqlite3` is."""
    targets = {site.target or "" for site in handler.calls(*BLOCKS)}
    return "sqlite3.connect" in targets or not any(target.startswith("sqlite3.") for target in targets)


def _without_async(function: Function, module: Module) -> Edit | None:
    head = module.source.text(function.span.start, function.name_span.start)
    match = re.search(r"\basync\s+(?=def\s+$)", head)
    if match is None:
        return None
    start = function.span.start + len(head[: match.start()].encode())
    return Edit(module.source.path, start, start + len(match[0]), "")


def in_thread(call: Call, scope: Scope) -> Fix | None:
    """The call in a thread of the pool, awaited; a sleep as the sleep of asyncio."""
    if not scope.function.is_async or call.unpacks:
        return None
    if scope.dotted(call.function) == "time.sleep":
        return _asleep(call, scope)
    if (scope.dotted(call.function) or "").startswith("sqlite3."):
        return None  # a connection stays in its thread
    module, function = scope.module, written(scope.module, call.function)
    found = importing(scope, "fastapi.concurrency", "run_in_threadpool")
    if found is None or "(" in function or "\n" in function:
        return None
    name, imports = found
    if call.name == "query":  # it only begins what waits at the end of the chain
        whole = _chain(call, module)
        text = f"await {name}(lambda: {written(module, whole)})"
        return fix("hand it to `run_in_threadpool`", replace(module, whole, text), imports)
    arguments = module.source.text(call.function.span.end, call.span.end).removeprefix("(")
    line = re.match(r"\r?\n[ \t]*", arguments)
    first = f"{line[0] if line else ''}{function}{'' if arguments.startswith(')') else ',' if line else ', '}"
    text = _awaited(f"await {name}({first}{arguments}", call, module)
    return fix("hand it to `run_in_threadpool`", replace(module, call, text), imports)


def _chain(call: Call, module: Module) -> Span:
    """A call with all that is called on its result."""
    node = (
        module.source.root.descendant_for_byte_range(*call.span)
        if isinstance(module.source, Source)
        else None
    )
    while node is not None and node.parent is not None and node.parent.type in ("attribute", "call"):
        if node.parent.start_byte != node.start_byte:
            break
        node = node.parent
    return Span(node.start_byte, node.end_byte) if node is not None else call.span


def _asleep(call: Call, scope: Scope) -> Fix | None:
    module = scope.module
    found = importing(scope, "asyncio")
    if found is None:
        return None
    name, imports = found
    arguments = module.source.text(call.function.span.end, call.span.end)
    gone = unimporting(module, written(module, call.function).partition(".")[0], [call.span], imports)
    edit = Edit(module.source.path, *call.span, f"await {name}.sleep{arguments}")
    return fix("await `asyncio.sleep`", edit, imports, gone) or fix("await `asyncio.sleep`", edit, imports)


def _awaited(text: str, call: Call, module: Module) -> str:
    """In parentheses, where something follows that belongs to the call."""
    follows = rest_of_line(module, call.span.end)[:1]
    return f"({text})" if follows and follows in ".[(" else text


def own_loop(site: Site, handler: Handler) -> Fix | None:
    """`asyncio.run(x())` becomes `await x()`, its handler a coroutine."""
    function, module, call = handler.function, handler.module, site.call
    if function is None or site.target != "asyncio.run" or call.keywords or len(call.arguments) != 1:
        return None
    if (
        not isinstance(call.arguments[0], Call)
        or handler.calls(*BLOCKS)
        or len(uses(module, function.name)) != 1
    ):
        return None
    text = _awaited(f"await {written(module, call.arguments[0])}", call, module)
    gone = unimporting(module, written(module, call.function).partition(".")[0], [call.function.span])
    made = None if function.is_async else _with_async(function, module)
    edit = Edit(module.source.path, *call.span, text)
    return fix("await it", edit, () if function.is_async else made, gone)


def _with_async(function: Function, module: Module) -> Edit | None:
    head = module.source.text(function.span.start, function.name_span.start)
    match = re.search(r"\bdef\s+$", head)
    at = function.span.start + len(head[: match.start()].encode()) if match else 0
    return Edit(module.source.path, at, at, "async ") if match else None
