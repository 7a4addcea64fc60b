"""What the readers of all languages do alike with nodes of tree-sitter: places, texts, expressions, statements."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Final

from tree_sitter import Node

from routegen.handlers.expression import Collection, Expression, Name, Opaque, Span, Unpacked, Yield
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


class ExpressionReader(ABC):
    """Lowers the expressions of one function; what they bind goes to `emit`."""

    def __init__(self, nodes: Nodes, emit: Callable[[Statement], None]) -> None:
        self._nodes = nodes
        self._text = nodes.text
        self._comments = nodes.comments
        self._emit = emit
        self._depth = 0
        self._made: list[Expression] = []

    def take_made(self) -> list[Expression]:
        """The expressions that were lowered since the last time, in the order of evaluation."""
        made, self._made = self._made, []
        return made

    @abstractmethod
    def expression(self, node: Node) -> Expression:
        """Lower one expression, whatever it is."""

    def all(self, nodes: list[Node]) -> tuple[Expression, ...]:
        """Lower each node that is no comment."""
        comments = self._comments
        return tuple([self.expression(node) for node in nodes if node.kind_id not in comments])

    def field(self, node: Node, name: str) -> Expression:
        """Lower the child in this field; a missing one is opaque."""
        child = self._nodes.field(node, name)
        return Opaque(node.byte_range) if child is None else self.expression(child)

    def name(self, node: Node) -> Expression:
        return Name(node.byte_range, self._text(node))

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
