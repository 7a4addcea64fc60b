"""A file that a reader of any language has parsed, and the error of one that cannot be read."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tree_sitter import Node

from routegen.errors import RoutegenError
from routegen.handlers.contents import content_of, line_starts


class SourceError(RoutegenError):
    """A file that cannot be read. `line` is the place, 0 for the whole file."""

    def __init__(self, path: Path, message: str, *, line: int = 0, hint: str = "mend the file") -> None:
        where = f"{path}:{line}" if line else f"{path}"
        super().__init__(f"`{where}` cannot be read: {message}", hint=hint)
        self.path = path
        self.line = line


@dataclass(slots=True)
class Source:
    """A parsed file. `data` is the text as UTF-8 without a byte order mark: all spans count in it.

    `damaged` says that the grammar met syntax it does not know: facts read from such a file are unknown.
    """

    path: Path
    data: bytes
    root: Node
    damaged: bool = False
    _lines: list[str] = field(default_factory=lambda: [])
    _starts: list[int] = field(default_factory=lambda: [])

    @property
    def lines(self) -> list[str]:
        """The lines of the text, without their ends."""
        if not self._lines:
            self._lines = [line.rstrip("\r") for line in self.data.decode().split("\n")]
        return self._lines

    def position(self, byte: int) -> tuple[int, int]:
        """Line and column of a byte offset, both from 1; the column counts characters."""
        if not self._starts:
            self._starts = line_starts(self.data)
        line = bisect_right(self._starts, byte)
        return line, len(self.data[self._starts[line - 1] : byte].decode(errors="replace")) + 1

    def text(self, start: int, end: int) -> str:
        """The text between two byte offsets."""
        return self.data[start:end].decode(errors="replace")


def read_bytes(path: Path, contents: Mapping[Path, bytes]) -> bytes:
    """What `contents` says a file holds, else what the disk says. Raises SourceError when it cannot be read."""
    try:
        return content_of(path, contents)
    except OSError as error:
        raise SourceError(
            path, error.strerror or str(error), hint="check the path and its permissions"
        ) from error
