"""What a file holds, for every reader: an editor's text where there is one, and places in it."""

import re
from collections.abc import Mapping
from itertools import takewhile
from pathlib import Path


def content_of(path: Path, contents: Mapping[Path, bytes]) -> bytes:
    """What `contents` says a file holds, else what the disk says. Raises OSError when it cannot be read."""
    if path in contents:
        return contents[path]
    with open(path, "rb", 0) as file:  # noqa: PTH123 (thousands of files: `Path.open` takes longer than the reading)
        return file.read()


def comment_above(before: str) -> str:
    """The comment right above a line, of the text that ends in that line; its lines from below."""
    lines = before.split("\n")[:-1]
    found = takewhile(lambda line: line.lstrip().startswith(("#", "//", "*", "/*")), reversed(lines))
    return "\n".join([*found, ""])


def line_starts(data: bytes) -> list[int]:
    """The byte that each line begins at."""
    return [0, *(match.end() for match in re.finditer(b"\n", data))]


def position_in(data: bytes, byte: int) -> tuple[int, int]:
    """Line and column of a byte offset, both from 1; the column counts characters."""
    start = data.rfind(b"\n", 0, byte) + 1
    return data.count(b"\n", 0, start) + 1, len(data[start:byte].decode(errors="replace")) + 1
