"""What the readers of all languages do alike with nodes of tree-sitter: places, texts, expressions, statements."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Final

from tree_sitter import Node

from routegen.handlers.expression import Collection, Expression, Name, Opaque, Span, Unpacked, Yield
from routegen.handlers.function import Statement
from routegen.handlers.source import Source

MAX_DEPTH: Final = 120
"""Expressions nested deeper than this are opaque: no handler is written so, and Python's stack is finite."""


def span_of(node: Node) -> Span:
    """Where a node stands."""
    return Span._make(node.byte_range)


def text_of(node: Node | None) -> str:
    """The text of a node, empty for none."""
    return node.text.decode(errors="replace") if node is not None and node.text else ""


def first_child(node: Node) -> Node | None:
    """The first named child that is no comment: the expression inside `( )`, `await` or `{ }`."""
    return next((child for child in node.named_children if child.type != "comment"), None)


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

    def __init__(self, emit: Callable[[Statement], None]) -> None:
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
        return tuple([self.expression(node) for node in nodes if node.type != "comment"])

    def field(self, node: Node, name: str) -> Expression:
        """Lower the child in this field; a missing one is opaque."""
        child = node.child_by_field_name(name)
        return Opaque(span_of(node)) if child is None else self.expression(child)

    def name(self, node: Node) -> Expression:
        return Name(span_of(node), text_of(node))

    def collection(self, node: Node) -> Expression:
        return Collection(span_of(node), self.all(node.named_children))

    def given(self, node: Node) -> Expression:
        inner = first_child(node)
        return Yield(span_of(node), self.expression(inner) if inner is not None else None)

    def unpacked(self, node: Node) -> Expression:
        inner = first_child(node)
        return Unpacked(span_of(node), self.expression(inner) if inner is not None else Opaque(span_of(node)))
