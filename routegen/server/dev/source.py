"""Turns a file and a line number into the lines around it, read fresh from disk."""

import io
import stat
import tokenize
from dataclasses import dataclass
from pathlib import Path

MAX_LINE = 200
MAX_FILE = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One line of source, cut at 200 characters; `marked` is the line at fault."""

    number: int
    text: str
    marked: bool = False


class SourceReader:
    """Reads each file once; what cannot be read has no lines."""

    def __init__(self) -> None:
        self._files: dict[str, list[str]] = {}

    def lines(self, file: str) -> list[str]:
        """The lines of a file without their ends; none when it is missing, binary or no regular file."""
        if file not in self._files:
            try:
                self._files[file] = _read(Path(file))
            except (OSError, ValueError, SyntaxError, LookupError):
                self._files[file] = []
        return self._files[file]

    def line(self, file: str, number: int) -> str:
        """One line, whole; empty when there is none."""
        lines = self.lines(file)
        return lines[number - 1] if 0 < number <= len(lines) else ""

    def around(self, file: str, number: int, before: int, after: int) -> tuple[SourceLine, ...]:
        """The line and its surroundings, blank lines at the edges left out."""
        lines = self.lines(file)
        if not 0 < number <= len(lines):
            return ()
        first, last = max(number - before, 1), min(number + after, len(lines))
        while first < number and not lines[first - 1].strip():
            first += 1
        while last > number and not lines[last - 1].strip():
            last -= 1
        return tuple(SourceLine(n, shorten(lines[n - 1]), n == number) for n in range(first, last + 1))


def shorten(line: str) -> str:
    """A line of at most 200 characters."""
    return line if len(line) <= MAX_LINE else line[:MAX_LINE] + "…"


def _read(path: Path) -> list[str]:
    if not stat.S_ISREG(path.stat().st_mode):
        return []
    with path.open("rb") as stream:
        data = stream.read(MAX_FILE)
    if b"\0" in data:
        return []
    text = data.removeprefix(b"\xef\xbb\xbf").decode(_encoding(data), "replace")
    return (
        text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    )  # as Python counts; splitlines() cuts at \f too


def _encoding(data: bytes) -> str:
    try:
        return tokenize.detect_encoding(io.BytesIO(data).readline)[0]
    except (SyntaxError, UnicodeDecodeError):
        return "utf-8"
