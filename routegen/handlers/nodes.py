"""What the nodes of one file are called and what stands in them, for the readers of all languages.

`node.type`, `node.text` and `child_by_field_name` make a text, or compare texts, each time. A file is read node by
node, so that this is most of what reading costs: numbers and slices of the whole text say the same.
"""

from collections.abc import Mapping
from typing import Final, TypeVar

from tree_sitter import Language, Node, Parser

_ERROR: Final = 65_535
"""The number that tree-sitter gives to what it could not parse."""

_Value = TypeVar("_Value")


class Grammar:
    """A language of tree-sitter: its parser, the kinds of its nodes and its fields by their numbers."""

    def __init__(self, language: Language) -> None:
        self.parser = Parser(language)
        self.kinds = {n: language.node_kind_for_id(n) or "" for n in range(language.node_kind_count)}
        self.kinds[_ERROR] = "ERROR"
        self.fields = {language.field_name_for_id(n) or "": n for n in range(1, language.field_count + 1)}
        self.comments = self.numbers("comment")

    def numbers(self, *kinds: str) -> frozenset[int]:
        """The numbers of these kinds."""
        return frozenset(number for number, kind in self.kinds.items() if kind in kinds)

    def table(self, by_kind: Mapping[str, _Value]) -> dict[int, _Value]:
        """What a table says of kinds, by their numbers."""
        return {number: by_kind[kind] for number, kind in self.kinds.items() if kind in by_kind}


class Nodes:
    """The nodes of one file: `kinds` gives the kind of a node by its number, `chars` what stands between two bytes."""

    __slots__ = ("_fields", "chars", "comments", "grammar", "kinds")

    def __init__(self, grammar: Grammar, data: bytes) -> None:
        self.grammar = grammar
        self.kinds = grammar.kinds
        self.comments = grammar.comments
        self._fields = grammar.fields
        self.chars = data.decode() if data.isascii() else _Utf8(data)

    def text(self, node: Node) -> str:
        """What stands in a node."""
        return self.chars[node.start_byte : node.end_byte]

    def field(self, node: Node, name: str) -> Node | None:
        """The child in a field."""
        return node.child_by_field_id(self._fields[name])

    def said(self, node: Node | None) -> str:
        """The text of a node, empty for none."""
        return self.text(node) if node is not None else ""

    def first(self, node: Node) -> Node | None:
        """The first named child that is no comment: the expression inside `( )`, `await` or `{ }`."""
        for child in node.children:
            if child.is_named and child.kind_id not in self.comments:
                return child
        return None


class _Utf8(bytes):
    """The text of a file by its bytes. In most files each is one character: there the text itself does as well."""

    def __getitem__(self, at: slice) -> str:  # type: ignore[override]
        return bytes.__getitem__(self, at).decode(errors="replace")
