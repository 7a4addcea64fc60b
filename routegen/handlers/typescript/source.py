"""Turns the bytes of a TypeScript or JavaScript file into a syntax tree with positions."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from routegen.handlers.source import Source, SourceError, read_bytes
from routegen.handlers.typescript.grammar import grammar_of

SUFFIXES = (".ts", ".tsx", ".js", ".jsx", ".mts", ".mjs", ".cts", ".cjs")
_MARK = b"\xef\xbb\xbf"


def is_script(path: Path) -> bool:
    """Whether a file is TypeScript or JavaScript, by its name."""
    return path.name.endswith(SUFFIXES)


def read_source(path: Path, contents: Mapping[Path, bytes] = MappingProxyType({})) -> Source:
    """Read and parse `path`, or what `contents` says it holds. What cannot be parsed is marked as damaged.

    Raises:
        SourceError: the file cannot be read, or is not UTF-8.
    """
    return parse_source(path, read_bytes(path, contents))


def parse_source(path: Path, raw: bytes) -> Source:
    """Parse `raw` as the content of `path`.

    Raises:
        SourceError: it is not UTF-8.
    """
    data = raw.removeprefix(_MARK)
    try:
        data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SourceError(path, "it is not UTF-8", line=line, hint="save the file as UTF-8") from error
    root = grammar_of(path).parser.parse(data).root_node
    return Source(path, data, root, damaged=root.has_error)
