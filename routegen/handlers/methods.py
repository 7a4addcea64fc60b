"""Turns a `route.py` into the names of the methods it exports, from its syntax alone, cheaply."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from tree_sitter import Node

from routegen.handlers.python.source import read_source
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
_LITERALS = {"integer", "float", "string", "none", "true", "false", "list", "dictionary", "set", "tuple"}


def read_methods(path: Path, contents: Mapping[Path, bytes] = MappingProxyType({})) -> tuple[str, ...]:
    """The handlers that a `route.py` exports (`GET`, `WEBSOCKET`, …), in the order of `HANDLER_NAMES`.

    Read from the syntax of the file, or of what `contents` says it holds, never run: `def`, `async def` (decorated or
    not), `GET = f`, `from x import f as GET`, also inside a module-level `if`, `try` or `with`. A name bound to a
    literal (`GET = None`) is none.

    Raises:
        SourceError: the file cannot be read or is not Python.
    """
    names = {name for name, _ in exported(read_source(path, contents).root) if name in HANDLER_NAMES}
    return tuple(name for name in HANDLER_NAMES if name in names)


def exported(root: Node) -> Iterator[tuple[str, Node]]:
    """Every name that a module binds at its top level to something other than a literal, with the node."""
    for name, node, is_literal in bindings(root):
        if not is_literal:
            yield name, node


def bindings(root: Node) -> Iterator[tuple[str, Node, bool]]:
    """Every name that a module binds at its top level, in order: name, node, and whether it is a literal."""
    stack = list(reversed(root.named_children))
    while stack:
        node = stack.pop()
        if node.type in _BLOCKS:
            stack += reversed(node.named_children)
        elif node.type == "decorated_definition":
            if inner := node.child_by_field_name("definition"):
                yield _text(inner.child_by_field_name("name")), node, False
        elif node.type in ("function_definition", "class_definition"):
            yield _text(node.child_by_field_name("name")), node, False
        elif node.type in ("import_from_statement", "import_statement"):
            yield from _imported(node)
        elif node.type == "expression_statement":
            yield from _assigned(node)


def _imported(node: Node) -> Iterator[tuple[str, Node, bool]]:
    for name in node.children_by_field_name("name"):
        if name.type == "aliased_import":
            yield _text(name.child_by_field_name("alias")), name, False
        else:
            yield _text(name).partition(".")[0], name, False


def _assigned(node: Node) -> Iterator[tuple[str, Node, bool]]:
    for child in node.named_children:
        targets: list[Node] = []
        while child.type == "assignment":  # `GET = POST = f` nests to the right
            if left := child.child_by_field_name("left"):
                targets.append(left)
            right = child.child_by_field_name("right")
            if right is None:  # a bare annotation binds nothing
                return
            child = right
        for target in targets:
            for name in _names(target):
                yield _text(name), name, child.type in _LITERALS and target.type == "identifier"


def _names(target: Node) -> Iterator[Node]:
    if target.type == "identifier":
        yield target
    elif target.type in ("pattern_list", "tuple_pattern", "list_pattern"):
        for child in target.named_children:
            yield from _names(child)


def _text(node: Node | None) -> str:
    return node.text.decode() if node and node.text else ""
