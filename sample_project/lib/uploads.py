"""Uploaded files: kept outside the code, under names of our own, whole or not at all.

What the client calls its file is never a path here: it decides the extension, if that is an allowed
one, and nothing else.
"""

import os
from pathlib import Path
from typing import Annotated, BinaryIO
from uuid import uuid4

import fastapi

UPLOADS = Path(__file__).resolve().parent.parent / "data" / "uploads"
EXTENSIONS = frozenset({"csv", "gif", "jpeg", "jpg", "json", "pdf", "png", "txt", "webp", "zip"})
MAX_BYTES = 10 * 1024 * 1024  # of one file
MAX_BODY = MAX_BYTES + 64 * 1024  # of a request: the file and the form around it
_CHUNK = 64 * 1024

StoredName = Annotated[str, fastapi.Path(pattern=r"^[0-9a-f]{32}\.[a-z0-9]{1,8}$")]


class TooLargeError(Exception):
    """The file has more than `MAX_BYTES`."""


def extension_of(filename: str | None) -> str | None:
    """The extension of a client's file name, if it is an allowed one."""
    extension = (filename or "").rpartition(".")[2].lower()
    return extension if extension in EXTENSIONS else None


def save(source: BinaryIO, extension: str, folder: Path) -> Path:
    """Copy `source` into a new file in `folder`; nothing is left of it when that fails.

    Raises:
        TooLargeError: `source` has more than `MAX_BYTES`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stored = folder / f"{uuid4().hex}.{extension}"
    unfinished = stored.with_suffix(".part")
    try:
        with unfinished.open("xb") as target:
            _copy(source, target)
        return unfinished.rename(stored)
    finally:
        unfinished.unlink(missing_ok=True)


def _copy(source: BinaryIO, target: BinaryIO) -> None:
    size = 0
    while chunk := source.read(_CHUNK):
        size += len(chunk)
        if size > MAX_BYTES:
            raise TooLargeError
        target.write(chunk)
    target.flush()
    os.fsync(target.fileno())
