"""The grammar of Python."""

from functools import cache

import tree_sitter_python
from tree_sitter import Language

from routegen.handlers.nodes import Grammar


@cache
def grammar() -> Grammar:
    """The grammar for each `.py` file."""
    return Grammar(Language(tree_sitter_python.language()))
