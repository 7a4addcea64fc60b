"""What the readers of all languages do alike with nodes of tree-sitter: places, texts, expressions, statements."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from tree_sitter import Node

from routegen.handlers.expression import (
    Call,
    Collection,
    Constant,
    Expression,
    Name,
    Opaque,
    Span,
    Unpacked,
    Yield,
)
from routegen.handlers.function import Statement
from routegen.handlers.nodes import Nodes
from routegen.handlers.source import Source

MAX_DEPTH: Final = 120
"""Expressions nested deeper than this are opaque: no handler is written so, and Python's stack is finite."""


def span_of(node: Node) -> Span:
    """Where a node stands."""
    # As `Span._make`, which costs three times as much, for each expression of a project.
    return tuple.__new__(Span, node.byte_range)  # pyright: ignore[reportUnknownMemberType]


def text_of(node: Node | None) -> str:
    """The text of a node, empty for none."""
    return node.text.decode(errors="replace") if node is not None and node.text else ""


def comments_of(source: Source) -> Iterator[Node]:
    """The comments of a file, in no order."""
    stack = [source.root]
    while stack:
        node = stack.pop()
        if node.type == "comment":
            yield node
        else:
            stack += node.children


@dataclass(frozen=True, slots=True)
class Tables:
    """What a node is by its number: a name, how it is lowered, or what stands for its inside."""

    names: frozenset[int]
    forms: Mapping[int, Callable[[Any, Node], Expression]]
    transparent: Mapping[int, Callable[[Any, Node], Expression]]


class ExpressionReader:
    """Lowers the expressions of one function by the tables of its language; what they bind goes to `emit`."""

    constants: ClassVar[Mapping[str, bool | None]] = {}

    def __init__(self, nodes: Nodes, emit: Callable[[Statement], None], tables: Tables) -> None:
        self._nodes = nodes
        self._text = nodes.text
        self._chars = nodes.chars
        self._comments = nodes.comments
        self._emit = emit
        self._names = tables.names
        self._forms = tables.forms
        self._transparent = tables.transparent
        self._depth = 0
        self._made: list[Expression] = []

    def take_made(self) -> list[Expression]:
        """The expressions that were lowered since the last time, in the order of evaluation."""
        made, self._made = self._made, []
        return made

    def expression(self, node: Node) -> Expression:
        """Lower one expression, whatever it is."""
        number = node.kind_id
        if number in self._names:  # nearly half of all expressions: as short a way as there is
            start, end = bounds = node.byte_range
            found = Name(bounds, self._chars[start:end])
        elif self._depth > MAX_DEPTH:
            return Opaque(node.byte_range)
        else:
            self._depth += 1
            if (lower := self._forms.get(number)) is None:
                found = self._transparent.get(number, ExpressionReader.unknown)(self, node)
                self._depth -= 1
                return found
            found = lower(self, node)
            self._depth -= 1
        self._made.append(found)
        return found

    def made(self, expression: Expression) -> Expression:
        """Note an expression: also one that no syntax stands for, a property that a pattern takes out."""
        self._made.append(expression)
        return expression

    def unknown(self, node: Node) -> Expression:
        return self.made(Opaque(node.byte_range, self.all(node.named_children)))

    def inside(self, node: Node) -> Expression:
        """What stands for the one expression in it: `(x)`, `x as T`, `{x}` in a text, an annotation."""
        inner = self._nodes.first(node)
        return self.expression(inner) if inner is not None else self.unknown(node)

    def awaited(self, node: Node) -> Expression:
        found = self.inside(node)
        if isinstance(found, Call):
            found.awaited = True
        return found

    def constant(self, node: Node) -> Expression:
        return Constant(node.byte_range, self.constants[self._nodes.kinds[node.kind_id]])

    def all(self, nodes: list[Node]) -> tuple[Expression, ...]:
        """Lower each node that is no comment."""
        comments = self._comments
        return tuple([self.expression(node) for node in nodes if node.kind_id not in comments])

    def field(self, node: Node, name: str) -> Expression:
        """Lower the child in this field; a missing one is opaque."""
        child = self._nodes.field(node, name)
        return Opaque(node.byte_range) if child is None else self.expression(child)

    def collection(self, node: Node) -> Expression:
        return Collection(node.byte_range, self.all(node.named_children))

    def given(self, node: Node) -> Expression:
        inner = self._nodes.first(node)
        return Yield(node.byte_range, self.expression(inner) if inner is not None else None)

    def unpacked(self, node: Node) -> Expression:
        inner = self._nodes.first(node)
        return Unpacked(
            node.byte_range, self.expression(inner) if inner is not None else Opaque(node.byte_range)
        )
