"""Turns a `route.py` into the names of the methods it exports, from its syntax alone, cheaply."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from tree_sitter import Node

from routegen.handlers.nodes import Nodes
from routegen.handlers.python.grammar import grammar
from routegen.handlers.python.source import read_source
from routegen.handlers.source import Source
from routegen.routes import HANDLER_NAMES

_BLOCKS = {
    "if_statement",
    "elif_clause",
    "else_clause",
    "try_statement",
    "except_clause",
    "finally_clause",
    "with_statement",
    "block",
}
IMPORTS = {"import_from_statement", "import_statement"}
_LITERALS = {"integer", "float", "string", "none", "true", "false", "list", "dictionary", "set", "tuple"}

Binding = tuple[str, Node, bool, str]
"""A name that a module binds, the node that does, whether it is bound to a literal, and the dotted name it imports."""


def read_methods(path: Path, contents: Mapping[Path, bytes] = MappingProxyType({})) -> tuple[str, ...]:
    """The handlers that a `route.py` exports (`GET`, `WEBSOCKET`, …), in the order of `HANDLER_NAMES`.

    Read from the syntax of the file, or of what `contents` says it holds, never run: `def`, `async def` (decorated or
    not), `GET = f`, `from x import f as GET`, also inside a module-level `if`, `try` or `with`. A name bound to a
    literal (`GET = None`) is none.

    Raises:
        SourceError: the file cannot be read or is not Python.
    """
    names = {name for name, _ in exported(read_source(path, contents)) if name in HANDLER_NAMES}
    return tuple(name for name in HANDLER_NAMES if name in names)


def exported(source: Source) -> Iterator[tuple[str, Node]]:
    """Every name that a module binds at its top level to something other than a literal, with the node."""
    for name, node, is_literal, _ in bindings(source):
        if not is_literal:
            yield name, node


def bindings(source: Source) -> Iterator[Binding]:
    """Every name that a module binds at its top level, in order."""
    nodes = Nodes(grammar(), source.data)
    stack = list(reversed(source.root.children))
    while stack:
        node = stack.pop()
        kind = nodes.kinds[node.kind_id]
        if kind in _BLOCKS:
            stack += reversed(node.children)
        elif kind == "decorated_definition":
            if inner := nodes.field(node, "definition"):
                yield nodes.said(nodes.field(inner, "name")), node, False, ""
        elif kind in ("function_definition", "class_definition"):
            yield nodes.said(nodes.field(node, "name")), node, False, ""
        elif kind in IMPORTS:
            yield from imported(nodes, node)
        elif kind == "expression_statement":
            yield from _assigned(nodes, node)


def imported(nodes: Nodes, node: Node) -> Iterator[Binding]:
    """What one statement imports, each name of it in order."""
    module = nodes.said(nodes.field(node, "module_name"))
    prefix = module if not module or module.endswith(".") else f"{module}."
    for name in node.children_by_field_name("name"):
        if nodes.kinds[name.kind_id] == "aliased_import":
            dotted = nodes.said(nodes.field(name, "name"))
            yield nodes.said(nodes.field(name, "alias")), name, False, prefix + dotted
        elif prefix:
            dotted = nodes.text(name)
            yield dotted.partition(".")[0], name, False, prefix + dotted
        else:  # `import os.path` binds `os`
            first = nodes.text(name).partition(".")[0]
            yield first, name, False, first


def _assigned(nodes: Nodes, node: Node) -> Iterator[Binding]:
    for child in node.children:
        targets: list[Node] = []
        while nodes.kinds[child.kind_id] == "assignment":  # `GET = POST = f` nests to the right
            if left := nodes.field(child, "left"):
                targets.append(left)
            right = nodes.field(child, "right")
            if right is None:  # a bare annotation binds nothing
                return
            child = right
        is_literal = nodes.kinds[child.kind_id] in _LITERALS
        for target in targets:
            for name in _names(nodes, target):
                yield nodes.text(name), name, is_literal and name is target, ""


def _names(nodes: Nodes, target: Node) -> Iterator[Node]:
    kind = nodes.kinds[target.kind_id]
    if kind == "identifier":
        yield target
    elif kind in ("pattern_list", "tuple_pattern", "list_pattern"):
        for child in target.named_children:
            yield from _names(nodes, child)
