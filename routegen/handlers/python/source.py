"""Turns the bytes of a Python file into a syntax tree with positions, whatever its encoding."""

import ast
import io
import tokenize
import warnings
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from tree_sitter import Node

from routegen.handlers.python.grammar import grammar
from routegen.handlers.source import Source, SourceError, read_bytes

# What the grammar takes from Python 2 and Python 3 refuses.
_PYTHON_2 = {"print_statement", "exec_statement"}
COMPOUND = {
    "function_definition",
    "class_definition",
    "decorated_definition",
    "if_statement",
    "elif_clause",
    "else_clause",
    "for_statement",
    "while_statement",
    "try_statement",
    "except_clause",
    "except_group_clause",
    "finally_clause",
    "with_statement",
    "match_statement",
    "case_clause",
}


def read_source(path: Path, contents: Mapping[Path, bytes] = MappingProxyType({})) -> Source:
    """Read and parse `path`, or what `contents` says it holds.

    Raises:
        SourceError: the file cannot be read, its encoding is not what it says, or it is not Python.
    """
    return parse_source(path, read_bytes(path, contents))


def parse_source(path: Path, raw: bytes) -> Source:
    """Parse `raw` as the content of `path`.

    Raises:
        SourceError: as `read_source`.
    """
    data = _as_utf8(path, raw)
    source = Source(path, data, grammar().parser.parse(data).root_node)
    if _is_doubtful(source):
        _ask_python(source)
        source.damaged = source.root.has_error
    return source


def _as_utf8(path: Path, raw: bytes) -> bytes:
    if b"\0" in raw:
        raise SourceError(path, "it holds NUL bytes", line=raw.count(b"\n", 0, raw.index(b"\0")) + 1)
    if raw.isascii() and b"coding" not in raw:  # as most are, and nothing in it could say that it is not
        return raw
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(raw).readline)
        text = raw.decode(encoding)
    except (SyntaxError, UnicodeDecodeError, LookupError) as error:
        raise SourceError(path, str(error), hint="save the file as UTF-8") from error
    return text.encode(errors="replace")


def _is_doubtful(source: Source) -> bool:
    """Whether Python might refuse the tree: the grammar also takes Python 2 and any indentation."""
    root, data, kinds = source.root, source.data, grammar().kinds
    if root.has_error:
        return True
    blocks = [root]
    while blocks:
        block = blocks.pop()
        column = last = -1
        for node in block.children:
            kind = kinds[node.kind_id]
            if kind == "comment" or not node.is_named:
                continue
            start, end = node.byte_range
            at = start - data.rfind(b"\n", 0, start) - 1
            column = at if column < 0 else column
            if kind in _PYTHON_2 or (at != column and (last < 0 or data.find(b"\n", last, start) >= 0)):
                return True
            last = end
            if kind in COMPOUND:
                _add_blocks(node, kinds, blocks)
        if column > 0 if block is root else column < 0:  # an indented module, or a block without a statement
            return True
    return False


def _add_blocks(node: Node, kinds: Mapping[int, str], blocks: list[Node]) -> None:
    """Add the blocks of a compound statement, those of its clauses (`else`, `except`, `case`) included."""
    for child in node.children:
        kind = kinds[child.kind_id]
        if kind == "block":
            blocks.append(child)
        elif kind in COMPOUND:
            _add_blocks(child, kinds, blocks)


def _ask_python(source: Source) -> None:
    """Python itself has the better message, and the last word where the grammar is behind."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(source.data)
    except SyntaxError as error:
        raise SourceError(source.path, error.msg, line=error.lineno or 0) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise SourceError(source.path, f"{error or type(error).__name__}") from error
