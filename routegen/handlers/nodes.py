"""What the nodes of one file are called and what stands in them, for the readers of all languages.

`node.type`, `node.text` and `child_by_field_name` make a text, or compare texts, each time. A file is read node by
node, so that this is most of what reading costs: numbers and slices of the whole text say the same.
"""

from collections.abc import Callable
from typing import Final

from tree_sitter import Language, Node, Parser

_ERROR: Final = 65_535
"""The number that tree-sitter gives to what it could not parse."""


class Grammar:
    """A language of tree-sitter: its parser, the kinds of its nodes and its fields by their numbers."""

    def __init__(self, language: Language) -> None:
        self.parser = Parser(language)
        self.kinds = {n: language.node_kind_for_id(n) or "" for n in range(language.node_kind_count)}
        self.kinds[_ERROR] = "ERROR"
        self.fields = {language.field_name_for_id(n) or "": n for n in range(1, language.field_count + 1)}


class Nodes:
    """The nodes of one file. `text` gives what stands in a node, `kinds` its kind by its number."""

    __slots__ = ("_fields", "grammar", "kinds", "text")

    def __init__(self, grammar: Grammar, data: bytes) -> None:
        self.grammar = grammar
        self.kinds = grammar.kinds
        self._fields = grammar.fields
        self.text = _texts(data)

    def field(self, node: Node, name: str) -> Node | None:
        """The child in a field."""
        return node.child_by_field_id(self._fields[name])

    def said(self, node: Node | None) -> str:
        """The text of a node, empty for none."""
        return self.text(node) if node is not None else ""

    def first(self, node: Node) -> Node | None:
        """The first named child that is no comment: the expression inside `( )`, `await` or `{ }`."""
        for child in node.named_children:
            if self.kinds[child.kind_id] != "comment":
                return child
        return None


def _texts(data: bytes) -> Callable[[Node], str]:
    """Spans count bytes: where each is one character they count in the decoded text too."""
    if data.isascii():
        text = data.decode()
        return lambda node: text[node.start_byte : node.end_byte]
    return lambda node: data[node.start_byte : node.end_byte].decode(errors="replace")
