"""Turns an allow-list of media types into the check of a file: its extension and its first bytes must agree."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

HEAD: Final = 4096
"""How many first bytes of a file are looked at; enough for every signature below."""

DEFAULT: Final = (
    "image/gif, image/jpeg, image/png, image/webp, "
    "application/pdf, application/json, application/zip, text/plain, text/csv"
)
"""What is taken when nothing is said: nothing of it runs in a browser, and much of it is what people send."""

_ZIP: Final = b"PK\3\4"
_OPENXML: Final = "application/vnd.openxmlformats-officedocument"
_HEIC: Final = (b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1")
_MPEG: Final = (0xFB, 0xF3, 0xF2, 0xFA, 0xE2, 0xE3)
_XML_LIKE: Final = frozenset({"image/svg+xml", "text/html"})
"""They run scripts, so a range such as `image/*` never means them: they have to be named."""
_ANY: Final = ord(".")
_NOT_IN_TEXT: Final = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")


@dataclass(frozen=True, slots=True)
class FileType:
    """One kind of file.

    Args:
        extensions: without the dot, in lower case; the first is the usual one.
        signatures: the first bytes of such a file, in one of these ways; a dot stands for any byte. Without any it
            is text: UTF-8 without control characters.
    """

    media_type: str
    extensions: tuple[str, ...]
    signatures: tuple[bytes, ...] = ()

    def fits(self, head: bytes) -> bool:
        """Whether a file that begins so can be of this kind.

        Args:
            head: its first bytes, `HEAD` of them unless the file is shorter.
        """
        return any(_begins(head, one) for one in self.signatures) if self.signatures else _is_text(head)

    def sample(self, size: int) -> bytes:
        """The smallest thing that passes for such a file, drawn out to `size` bytes; for tests."""
        if not self.signatures:
            return b"hello\n" * (size // 6) + b"\n" * (size % 6)
        return self.signatures[0].replace(b".", b"\0").ljust(size, b"\0")


# Signatures: the formats' own specifications, as gathered in the WHATWG's "MIME Sniffing" and in file(1)
_TYPES: Final = (
    FileType("image/png", ("png",), (b"\x89PNG\r\n\x1a\n",)),
    FileType("image/jpeg", ("jpg", "jpeg"), (b"\xff\xd8\xff",)),
    FileType("image/gif", ("gif",), (b"GIF89a", b"GIF87a")),
    FileType("image/webp", ("webp",), (b"RIFF....WEBPVP",)),
    FileType("image/avif", ("avif",), (b"....ftypavif", b"....ftypavis")),
    FileType("image/heic", ("heic",), tuple(b"....ftyp" + brand for brand in _HEIC)),
    FileType("image/bmp", ("bmp",), (b"BM",)),
    FileType("image/tiff", ("tif", "tiff"), (b"II*\0", b"MM\0*")),
    FileType("image/x-icon", ("ico",), (b"\0\0\1\0",)),
    FileType("image/svg+xml", ("svg",)),
    FileType("application/pdf", ("pdf",), (b"%PDF-",)),
    FileType("application/zip", ("zip",), (_ZIP, b"PK\5\6")),
    FileType("application/gzip", ("gz", "tgz"), (b"\x1f\x8b\x08",)),
    FileType("application/zstd", ("zst",), (b"\x28\xb5\x2f\xfd",)),
    FileType("application/x-7z-compressed", ("7z",), (b"7z\xbc\xaf\x27\x1c",)),
    FileType("application/x-tar", ("tar",), (b"." * 257 + b"ustar",)),
    FileType("application/epub+zip", ("epub",), (_ZIP,)),
    FileType(f"{_OPENXML}.wordprocessingml.document", ("docx",), (_ZIP,)),
    FileType(f"{_OPENXML}.spreadsheetml.sheet", ("xlsx",), (_ZIP,)),
    FileType(f"{_OPENXML}.presentationml.presentation", ("pptx",), (_ZIP,)),
    FileType("application/vnd.oasis.opendocument.text", ("odt",), (_ZIP,)),
    FileType("application/vnd.oasis.opendocument.spreadsheet", ("ods",), (_ZIP,)),
    FileType("application/vnd.sqlite3", ("sqlite", "sqlite3"), (b"SQLite format 3\0",)),
    FileType("application/vnd.apache.parquet", ("parquet",), (b"PAR1",)),
    FileType("application/octet-stream", ("bin",), (b"",)),
    FileType("application/json", ("json",)),
    FileType("application/x-ndjson", ("ndjson", "jsonl")),
    FileType("application/xml", ("xml",)),
    FileType("text/plain", ("txt", "log")),
    FileType("text/csv", ("csv",)),
    FileType("text/markdown", ("md",)),
    FileType("text/calendar", ("ics",)),
    FileType("text/html", ("html", "htm")),
    FileType("audio/mpeg", ("mp3",), (b"ID3", *(bytes((0xFF, second)) for second in _MPEG))),
    FileType("audio/wav", ("wav",), (b"RIFF....WAVE",)),
    FileType("audio/ogg", ("ogg", "opus"), (b"OggS",)),
    FileType("audio/flac", ("flac",), (b"fLaC",)),
    FileType("audio/mp4", ("m4a",), (b"....ftyp",)),
    FileType("video/mp4", ("mp4", "m4v"), (b"....ftyp",)),
    FileType(
        "video/quicktime", ("mov",), (b"....ftypqt  ", b"....moov", b"....mdat", b"....wide", b"....free")
    ),
    FileType("video/webm", ("webm",), (b"\x1a\x45\xdf\xa3",)),
    FileType("video/x-matroska", ("mkv",), (b"\x1a\x45\xdf\xa3",)),
)


class AllowList:
    """The kinds of files that are taken, by extension.

    Args:
        ranges: media types (`application/pdf`), ranges (`image/*`) or extensions (`.zip`), also several in one
            text with commas between them.

    Raises:
        ValueError: one of them stands for no kind of file that is known here.
    """

    def __init__(self, ranges: str | Iterable[str]) -> None:
        texts = [ranges] if isinstance(ranges, str) else list(ranges)
        self.ranges: tuple[str, ...] = tuple(
            word.strip().lower() for text in texts for word in text.split(",") if word.strip()
        )
        self.types: dict[str, FileType] = {
            extension: kind for word in self.ranges for extension, kind in _named(word).items()
        }
        if not self.types:
            raise ValueError("an upload needs at least one type of file that it takes")

    def type_of(self, filename: str) -> tuple[str, FileType] | None:
        """The extension and the kind that a client's file name claims; None when it is none of these.

        Only what follows the last dot of the last part counts: `a.html.png` claims to be a PNG, `.png` is a
        name without an extension.
        """
        stem, dot, extension = re.split(r"[/\\]", filename)[-1].rpartition(".")
        extension = extension.lower()
        kind = self.types.get(extension) if dot and stem else None
        return None if kind is None else (extension, kind)

    def type_named(self, media_type: str) -> tuple[str, FileType] | None:
        """The usual extension and the kind of a media type, for a file that comes without a name."""
        for extension, kind in self.types.items():
            if kind.media_type == media_type:
                return extension, kind
        return None

    def __str__(self) -> str:
        return ", ".join(sorted(self.types))


def _named(word: str) -> dict[str, FileType]:
    """The kinds that one word of an allow-list stands for, by extension."""
    if word.startswith("."):
        found = {word[1:]: kind for kind in _TYPES if word[1:] in kind.extensions}
    elif word.endswith("/*"):
        found = {
            extension: kind
            for kind in _TYPES
            if kind.media_type.startswith(word[:-1]) and kind.media_type not in _XML_LIKE
            for extension in kind.extensions
        }
    else:
        found = {
            extension: kind for kind in _TYPES if kind.media_type == word for extension in kind.extensions
        }
    if not found:
        known = ", ".join(sorted(extension for kind in _TYPES for extension in kind.extensions))
        raise ValueError(f"`{word}` is no type of file; known by extension: {known}")
    return found


def sample_file(types: str | Iterable[str], size: int = 1000) -> tuple[str, bytes]:
    """A name and a content that uploads of these types take; for tests.

    Args:
        types: as `Uploads` takes them.
        size: of the content, in bytes.
    """
    allowed = AllowList(types)
    extension, kind = next(iter(allowed.types.items()))
    return f"sample.{extension}", kind.sample(size)


def _begins(head: bytes, signature: bytes) -> bool:
    return len(head) >= len(signature) and all(
        wanted in (_ANY, found) for wanted, found in zip(signature, head, strict=False)
    )


def _is_text(head: bytes) -> bool:
    if _NOT_IN_TEXT.search(head):
        return False
    try:
        head.decode()
    except UnicodeDecodeError as error:  # the last character may be cut off
        return len(head) >= HEAD and error.start >= len(head) - 3 and error.reason == "unexpected end of data"
    return True
