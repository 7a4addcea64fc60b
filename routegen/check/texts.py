"""Files as the readers see them, UTF-8 without a byte order mark, and back to how they lie on the disk."""

import codecs
import io
import tokenize
from dataclasses import dataclass
from pathlib import Path


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
    def raw(self) -> bytes:
        """The bytes on the disk."""
        return self.mark + self.data.decode().encode(self.encoding)

    def position(self, byte: int) -> tuple[int, int]:
        """Line and column of a byte, both from 1; the column counts characters."""
        start = self.data.rfind(b"\n", 0, byte) + 1
        return self.data.count(b"\n", 0, start) + 1, len(self.data[start:byte].decode(errors="replace")) + 1

    def with_data(self, data: bytes) -> "Text":
        """Another text, written the same way."""
        return Text(data, self.encoding, self.mark)


def text_of(path: Path, raw: bytes) -> Text | None:
    """The text that a file of these bytes holds; None when they are of no known encoding."""
    mark = codecs.BOM_UTF8 if raw.startswith(codecs.BOM_UTF8) else b""
    try:
        is_python = path.suffix == ".py"
        encoding = tokenize.detect_encoding(io.BytesIO(raw).readline)[0] if is_python else "utf-8"
        encoding = "utf-8" if mark else encoding
        return Text(raw[len(mark) :].decode(encoding).encode(), encoding, mark)
    except (SyntaxError, UnicodeDecodeError, UnicodeEncodeError, LookupError):
        return None


def read_text(path: Path) -> Text | None:
    """The text of a file; None when there is none."""
    try:
        return text_of(path, path.read_bytes())
    except OSError:
        return None
