"""Files as the readers see them, UTF-8 without a byte order mark, and back to how they lie on the disk."""

import codecs
import io
import tokenize
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from routegen.check.finding import Edit
from routegen.handlers.contents import content_of, position_in


@dataclass(frozen=True, slots=True)
class Text:
    """The text of a file, in which the bytes of edits count, and how it is written."""

    data: bytes
    encoding: str = "utf-8"
    mark: bytes = b""

    @property
    def newline(self) -> str:
        """How most of its lines end."""
        return "\r\n" if self.data.count(b"\r\n") * 2 > self.data.count(b"\n") else "\n"

    @property
    def lines(self) -> list[str]:
        """Its lines, without their ends."""
        return self.data.decode().replace("\r\n", "\n").split("\n")

    def position(self, byte: int) -> tuple[int, int]:
        """Line and column of a byte, both from 1; the column counts characters."""
        return position_in(self.data, byte)

    def start_of(self, line: int) -> int:
        """The byte a line begins at; lines count from 1."""
        return sum(len(each) for each in self.data.split(b"\n")[: line - 1]) + line - 1

    def written(self, data: bytes) -> bytes:
        """The bytes of a file that holds `data` and is written the same way.

        Raises:
            UnicodeEncodeError: its encoding lacks a character.
        """
        return self.mark + data.decode().encode(self.encoding)


def edited(data: bytes, edits: Iterable[Edit], newline: str = "\n") -> bytes:
    """The text with all edits, which do not overlap; of two in one place, the first comes first."""
    in_order = sorted(edits, key=lambda edit: (edit.start, edit.end))
    for edit in in_order[::-1]:
        inserted = edit.text.replace("\n", newline).encode()
        data = data[: edit.start] + inserted + data[edit.end :]
    return data


def text_of(path: Path, raw: bytes) -> Text | None:
    """The text that a file of these bytes holds; None when they are of no known encoding."""
    mark = codecs.BOM_UTF8 if raw.startswith(codecs.BOM_UTF8) else b""
    try:
        is_python = path.suffix == ".py" and not mark
        encoding = tokenize.detect_encoding(io.BytesIO(raw).readline)[0] if is_python else "utf-8"
        return Text(raw[len(mark) :].decode(encoding).encode(), encoding, mark)
    except (SyntaxError, UnicodeDecodeError, UnicodeEncodeError, LookupError):
        return None


def read_text(path: Path, contents: Mapping[Path, bytes] = MappingProxyType({})) -> Text | None:
    """The text of a file, or of what `contents` says it holds; None when there is none."""
    try:
        return text_of(path, content_of(path, contents))
    except OSError:
        return None
