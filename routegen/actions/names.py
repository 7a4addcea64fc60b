"""Reads the names of form fields: `items[0].name`, `address.city` and `tags[]` become paths into nested values."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

FieldPath = tuple[str, ...]
Value = str | UploadFile

MAX_DEPTH: Final = 8
"""How deep names may nest: a form of people has two or three levels, a hostile one hundreds."""

_NESTS: Final = re.compile(r"[.\[\]]")
_PART: Final = re.compile(r"\.?([^.\[\]]+)|\[([^.\[\]]*)\]")


def path_of(name: str) -> FieldPath:
    """The path of a field name: `items[0].name` is `("items", "0", "name")`; an odd name is a path of its own."""
    if not _NESTS.search(name):
        return (name,)
    parts: list[str] = []
    at = 0
    while at < len(name):
        part = _PART.match(name, at)
        if part is None or (at == 0 and name[0] in ".["):
            return (name,)
        parts.append(part[1] if part[1] is not None else part[2])
        at = part.end()
    return tuple(parts) or ("",)


def name_of(path: FieldPath) -> str:
    """How a path is written in HTML: `items[0].name`."""
    head, *rest = path or ("",)
    return head + "".join(f"[{part}]" if part.isdigit() or not part else f".{part}" for part in rest)


@dataclass(slots=True)
class Node:
    """The values sent under one name, and what was sent below it."""

    values: list[Value] = field(default_factory=list[Value])
    children: "dict[str, Node]" = field(default_factory=dict[str, "Node"])

    def find(self, name: str) -> "Node | None":
        """What was sent under a name; an alias may be written like a path itself: `user.name`."""
        if (child := self.children.get(name)) is not None:
            return child
        if not _NESTS.search(name):
            return None
        node: Node | None = self
        for part in path_of(name):
            node = node.children.get(part) if node is not None else None
        return node

    def items(self) -> "list[Node]":
        """The node as a list: repeated values, `[]` values, or numbered children in the order of their numbers."""
        below = self.children.get("")
        values = [*self.values, *(below.values if below is not None else ())]
        return [Node([value]) for value in values] or [self.children[key] for key in self.numbers()]

    def numbers(self) -> list[str]:
        """The numbers below this name, in order: they may have gaps, and no list is as long as a number says."""
        digits = [key for key in self.children if key.isascii() and key.isdigit()]
        return sorted(digits, key=lambda key: (len(key.lstrip("0")), key.lstrip("0"), key))


def tree_of(fields: Iterable[tuple[str, Value]]) -> Node:
    """The fields of a form as a tree.

    Raises:
        HTTPException: 400, a name nests too deep.
    """
    root = Node()
    for name, value in fields:
        path = path_of(name)
        if len(path) > MAX_DEPTH:
            raise HTTPException(400, "The form has a field name that nests too deep")
        node = root
        for part in path:
            node = node.children.setdefault(part, Node())
        node.values.append(value)
    return root
