"""Turns an `actions.py` into the names of the actions it offers, from its syntax alone, never run."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from tree_sitter import Node

from routegen.handlers.methods import exported
from routegen.handlers.python.source import read_source

_LIBRARY = "routegen.actions"


def read_actions(path: Path, contents: Mapping[Path, bytes] = MappingProxyType({})) -> tuple[str, ...]:
    """The functions that `@action` marks, in the order of the file, or of what `contents` says it holds.

    `_names` are private. The decorator counts under any name it was imported by. An action that is imported from
    elsewhere is not listed: whether it is one stands in another file.

    Raises:
        SourceError: the file cannot be read or is not Python.
    """
    source = read_source(path, contents)
    marks = set(_marks(source.root))
    found = [name for name, node in exported(source) if _is_marked(node, marks) and not name.startswith("_")]
    return tuple(dict.fromkeys(found))


def _marks(root: Node) -> Iterator[str]:
    """What `@action` may be called in this file: `action`, an alias, or `actions.action`."""
    for node in root.named_children:
        if node.type == "import_from_statement":
            module = _text(node.child_by_field_name("module_name"))
            for name, alias in _imported(node):
                if module == _LIBRARY and name == "action":
                    yield alias
                elif module == "routegen" and name == "actions":
                    yield f"{alias}.action"
        elif node.type == "import_statement":
            yield from (f"{alias}.action" for name, alias in _imported(node) if name == _LIBRARY)


def _imported(node: Node) -> Iterator[tuple[str, str]]:
    for child in node.children_by_field_name("name"):
        name = _text(child.child_by_field_name("name") or child)
        yield name, _text(child.child_by_field_name("alias")) or name


def _is_marked(node: Node, marks: set[str]) -> bool:
    decorators = [child for child in node.named_children if child.type == "decorator"]
    return any(_text(decorator).lstrip("@ ").partition("(")[0].strip() in marks for decorator in decorators)


def _text(node: Node | None) -> str:
    return node.text.decode() if node and node.text else ""
