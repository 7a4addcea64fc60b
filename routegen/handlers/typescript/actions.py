"""The server functions of Next.js: what `"use server"` marks, in a file or in a function, and the page beside them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from routegen.handlers.expression import Call, Constant, Expression, Name
from routegen.handlers.facts import NO, Fact, unknown
from routegen.handlers.frame import NOWHERE
from routegen.handlers.function import Closure, Effect, Function, Module
from routegen.handlers.nodes import Nodes
from routegen.handlers.scope import Scope, top_level
from routegen.handlers.source import Source
from routegen.handlers.typescript.clients import refused_before
from routegen.handlers.typescript.grammar import grammar_of
from routegen.handlers.typescript.middleware import guard_of
from routegen.handlers.typescript.module import exported
from routegen.handlers.typescript.project import Files
from routegen.handlers.typescript.reader import behind
from routegen.routes.nextjs import PAGE_FILES, may_hold_actions

_DIRECTIVE = "use server"
_NAMELESS = "action"
_TREE = "app"
_MAX_DEPTH = 12
"""How many functions lie around an action at most."""


@dataclass(frozen=True, slots=True)
class ServerFunction:
    """A function that a browser may call by name.

    `outer` is where it is defined, `wrappers` are the unknown functions it is handed to, and `above` says whether
    known ones refuse callers before it runs.
    """

    name: str
    function: Function
    outer: Scope
    wrappers: tuple[Expression, ...] = ()
    above: Fact = NO


def server_functions(module: Module) -> list[ServerFunction]:
    """The functions that a browser may call by name, in the order of the file.

    They are all that a file exports which begins with `"use server"`, else those that begin so themselves: functions
    of the file, and those that a component defines, for a form too. A name that is exported from elsewhere is none of
    this file's.
    """
    source = module.source
    if not isinstance(source, Source) or not may_hold_actions(source.data):
        return []
    if not _is_marked(module.main):
        return list(_marked_in(module.main, top_level(module), 0))
    nodes = Nodes(grammar_of(source.path), source.data)
    names = {each.local: each.name for each in exported(nodes, source.root) if not each.source}
    default = module.values.get("default")
    local = default.name if isinstance(default, Name) else "default"
    names.setdefault(local, local)
    found = [_exported(local, name, module) for local, name in names.items()]
    return [each for each in found if each is not None]


def _exported(local: str, name: str, module: Module) -> ServerFunction | None:
    where, function, wrappers = behind(local, module)
    if function is None or where is not module or not function.is_async:
        return None
    return _wrapped(name, function, top_level(module), wrappers, NO)


def _wrapped(
    name: str, function: Function, outer: Scope, wrappers: Iterable[Expression], above: Fact
) -> ServerFunction:
    """A server function with what is known of the clients that it is handed to."""
    unread: list[Expression] = []
    for wrapper in wrappers:
        if (before := refused_before(wrapper, outer)) is None:
            unread.append(wrapper)
        else:
            above |= before
    return ServerFunction(name, function, outer, tuple(unread), above)


def _marked_in(function: Function, scope: Scope, depth: int) -> Iterator[ServerFunction]:
    """The server functions that a function defines, however deep."""
    source = scope.module.source
    for name, inner, wrappers in _defined_in(function):
        if depth > _MAX_DEPTH or _DIRECTIVE not in source.text(*inner.span):
            continue
        if _is_marked(inner):
            yield _wrapped(name, inner, scope, wrappers, _given(inner, scope))
        else:
            yield from _marked_in(inner, Scope(scope.module, inner, outer=scope), depth + 1)


def _defined_in(function: Function) -> Iterator[tuple[str, Function, list[Expression]]]:
    """The functions that a function defines: their names, and what those without one are handed to."""
    for definition in function.body.definitions:
        if isinstance(definition, Function):
            yield definition.name, definition, []
    for statement in function.body.statements:
        calls = [part for part in statement.parts if isinstance(part, Call)]
        for part in statement.parts:
            if isinstance(part, Closure):
                name = statement.targets[0] if statement.targets else _NAMELESS
                yield name, part.function, [call.function for call in calls if part in call.arguments]


def _given(function: Function, scope: Scope) -> Fact:
    """What a server function takes from its component reaches it encrypted: only who was shown the page has it."""
    taken = _free(function, scope, 0)
    outer: Scope | None = scope
    while outer is not None and outer.function is not NOWHERE:
        for name in taken:
            if outer.is_local(name.name):
                return unknown("who calls it was given something by the page", name.span)
        outer = outer.outer
    return NO


def _free(function: Function, scope: Scope, depth: int) -> list[Name]:
    """The names that a function uses, in functions that it defines too, and does not bind itself."""
    own = Scope(scope.module, function)
    found = [part for part in function.parts.get(Name, ()) if isinstance(part, Name)]
    for _, inner, _ in _defined_in(function) if depth < _MAX_DEPTH else ():
        found += _free(inner, scope, depth + 1)
    return [name for name in found if not own.is_local(name.name)]


def _is_marked(function: Function) -> bool:
    first = next(iter(function.body.statements), None)
    return (
        first is not None
        and first.effect is Effect.EVALUATE
        and isinstance(first.value, Constant)
        and first.value.value == _DIRECTIVE
    )


def page_of(module: Module) -> tuple[Module, Function] | None:
    """The page that the functions of a file belong to, and its component: the file itself, or the page beside it."""
    if not isinstance(module.files, Files):
        return None
    folder = module.source.path.parent
    for path in (module.source.path, *(folder / name for name in sorted(PAGE_FILES))):
        if path.name in PAGE_FILES and str(path) in module.files.paths:
            page = module if path == module.source.path else module.files.at(str(path))
            component = page.values.get("default") if page is not None else None
            name = component.name if isinstance(component, Name) else "default"
            if page is not None and name in page.functions:
                return page, page.functions[name]
    return None


def may_be_guarded(module: Module) -> bool:
    """Whether something that runs before the pages of the app may refuse callers, whichever pages those are."""
    files = module.files
    if not isinstance(files, Files):
        return True
    return any(guard_of(tree, files).checks for tree in _trees(module.source.path))


def _trees(path: Path) -> Iterator[Path]:
    return (folder for folder in path.parents if folder.name == _TREE)
