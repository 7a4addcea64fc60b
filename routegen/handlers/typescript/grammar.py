"""The grammars of TypeScript and JavaScript."""

from functools import cache
from pathlib import Path

import tree_sitter_typescript
from tree_sitter import Language

from routegen.handlers.nodes import Grammar

_PLAIN = (".ts", ".mts", ".cts")


def grammar_of(path: Path) -> Grammar:
    """The grammar for a file: `<T>value` is a cast in a `.ts` file and an element in all others."""
    return _grammar(path.name.endswith(_PLAIN))


@cache
def _grammar(is_plain: bool) -> Grammar:
    found = (
        tree_sitter_typescript.language_typescript() if is_plain else tree_sitter_typescript.language_tsx()
    )
    return Grammar(Language(found))
