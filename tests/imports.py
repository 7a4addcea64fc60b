"""Reads the imports of a package from its source, for the tests that hold the layers."""

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path


def sources(package: Path) -> dict[str, str]:
    """The source of every module of a package, by dotted name."""
    return {_dotted(file, package.parent): file.read_text(encoding="utf-8") for file in package.rglob("*.py")}


def _dotted(file: Path, root: Path) -> str:
    parts = file.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(modules: Mapping[str, str], *, for_types: bool = True) -> dict[str, set[str]]:
    """For each module the names it imports anywhere, in functions too; `for_types` adds those that never run.

    `from package import module` counts as an import of `package.module` when that is one of `modules`.
    """
    return {
        name: {target for node in _walk(ast.parse(text), for_types) for target in _targets(node, modules)}
        for name, text in modules.items()
    }


def _walk(node: ast.AST, for_types: bool) -> Iterator[ast.AST]:
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING" and not for_types:
        return
    yield node
    for child in ast.iter_child_nodes(node):
        yield from _walk(child, for_types)


def _targets(node: ast.AST, modules: Mapping[str, str]) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        assert not node.level, "imports are absolute"
        assert node.module is not None
        inner = [f"{node.module}.{alias.name}" for alias in node.names]
        found = [name for name in inner if name in modules]
        yield from found
        if len(found) < len(inner):
            yield node.module


def find_cycle(graph: Mapping[str, set[str]]) -> list[str]:
    """The modules of one import cycle, in order; empty when there is none."""
    try:
        TopologicalSorter({name: targets & graph.keys() for name, targets in graph.items()}).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []
