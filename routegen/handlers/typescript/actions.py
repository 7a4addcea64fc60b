"""The server functions of Next.js: what `"use server"` marks, in a file or in a function, and the page beside them."""

from collections.abc import Iterator
from pathlib import Path

from routegen.handlers.expression import Constant, Name
from routegen.handlers.function import Effect, Function, Module
from routegen.handlers.nodes import Nodes
from routegen.handlers.source import Source
from routegen.handlers.typescript.grammar import grammar_of
from routegen.handlers.typescript.middleware import guard_of
from routegen.handlers.typescript.module import exported
from routegen.handlers.typescript.project import Files
from routegen.routes.nextjs import PAGE_FILES, may_hold_actions

_DIRECTIVE = "use server"
_TREE = "app"


def server_functions(module: Module) -> list[Function]:
    """The functions that a browser may call by name, in the order of the file.

    They are all that a file exports which begins with `"use server"`, else those that begin so themselves: functions
    of the file, and those that a component defines. A name that is exported from elsewhere is none of this file's.
    """
    source = module.source
    if not isinstance(source, Source) or not may_hold_actions(source.data):
        return []
    if _is_marked(module.main):
        nodes = Nodes(grammar_of(source.path), source.data)
        default = module.values.get("default")
        names = [export.local for export in exported(nodes, source.root)]
        names.append(default.name if isinstance(default, Name) else "default")
        found = [module.functions[name] for name in dict.fromkeys(names) if name in module.functions]
        return [function for function in found if function.is_async]
    outer = list(module.functions.values())
    inner = [f for o in outer for f in o.body.definitions if isinstance(f, Function)]
    return [function for function in (*outer, *inner) if _is_marked(function)]


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
