"""What the nodes of one script are called and what stands in them.

`node.type`, `node.text` and `child_by_field_name` make a text, or compare texts, each time. A script is read node by
node, so that this is most of what reading costs: numbers and slices of the whole text say the same.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

import tree_sitter_typescript
from tree_sitter import Language, Node, Parser

_PLAIN = (".ts", ".mts", ".cts")
_ERROR: Final = 65_535
"""The number that tree-sitter gives to what it could not parse."""


class Grammar:
    """A language of tree-sitter: its parser, the kinds of its nodes and its fields by their numbers."""

    def __init__(self, language: Language) -> None:
        self.parser = Parser(language)
        self.kinds = {n: language.node_kind_for_id(n) or "" for n in range(language.node_kind_count)}
        self.kinds[_ERROR] = "ERROR"
        self.fields = {language.field_name_for_id(n) or "": n for n in range(1, language.field_count + 1)}


def grammar_of(path: Path) -> Grammar:
    """The grammar for a file: `<T>value` is a cast in a `.ts` file and an element in all others."""
    return _grammar(path.name.endswith(_PLAIN))


@cache
def _grammar(is_plain: bool) -> Grammar:
    found = (
        tree_sitter_typescript.language_typescript() if is_plain else tree_sitter_typescript.language_tsx()
    )
    return Grammar(Language(found))


class Nodes:
    """The nodes of one file. `text` gives what stands in a node, `kinds` its kind by its number."""

    __slots__ = ("_fields", "grammar", "kinds", "text")

    def __init__(self, path: Path, data: bytes) -> None:
        self.grammar = grammar_of(path)
        self.kinds = self.grammar.kinds
        self._fields = self.grammar.fields
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
