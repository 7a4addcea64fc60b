"""Reads and writes the headers of tus 1.0: what a request asks for, and what an answer tells."""

import base64
import binascii
import hashlib
from email.utils import formatdate
from typing import Any, Final, NamedTuple

from fastapi import HTTPException
from starlette.requests import Request

VERSION: Final = "1.0.0"
EXTENSIONS: Final = "creation,creation-with-upload,expiration,checksum,termination"
PIECE: Final = "application/offset+octet-stream"
_ALGORITHMS: Final = ("sha1", "sha256", "sha512")
_DIGITS: Final = 18
_LONGEST: Final = 8 * 1024
HEADERS: Final = {"Tus-Resumable": VERSION, "Cache-Control": "no-store"}


class Checksum(NamedTuple):
    """What a piece must hash to."""

    algorithm: str
    digest: bytes

    def start(self) -> Any:
        """A hash to feed with the piece."""
        return hashlib.new(self.algorithm, usedforsecurity=False)


def abilities(max_bytes: int) -> dict[str, str]:
    """The headers that answer OPTIONS."""
    return {
        **HEADERS,
        "Tus-Version": VERSION,
        "Tus-Extension": EXTENSIONS,
        "Tus-Max-Size": str(max_bytes),
        "Tus-Checksum-Algorithm": ",".join(_ALGORITHMS),
    }


def refuse(status: int, message: str, **headers: str) -> HTTPException:
    """An error, with the headers that every answer has."""
    return HTTPException(status, message, headers={**HEADERS, **headers})


def check_version(request: Request) -> None:
    """Raises HTTPException (412) for another version of the protocol."""
    if request.headers.get("tus-resumable") != VERSION:
        raise refuse(412, f"`Tus-Resumable` has to be {VERSION}", **{"Tus-Version": VERSION})


def number(request: Request, header: str) -> int:
    """A header that is a number of bytes. Raises HTTPException (400) when it is none."""
    text = request.headers.get(header, "")
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
        raise refuse(400, f"`{header}` has to be a number of bytes")
    return int(text)


def is_piece(request: Request) -> bool:
    """Whether the body is a piece of an upload."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == PIECE


def metadata(request: Request) -> dict[str, str]:
    """`Upload-Metadata`: pairs of a key and a Base64 text. Raises HTTPException (400)."""
    header = request.headers.get("upload-metadata", "")
    found: dict[str, str] = {}
    try:
        if len(header) > _LONGEST:
            raise ValueError
        for pair in header.split(",") if header.strip() else ():
            name, _, value = pair.strip().partition(" ")
            found[name] = base64.b64decode(value.strip(), validate=True).decode()
    except (ValueError, binascii.Error):
        raise refuse(400, "`Upload-Metadata` is malformed") from None
    return found


def checksum(request: Request) -> Checksum | None:
    """`Upload-Checksum`; None without one. Raises HTTPException (400)."""
    header = request.headers.get("upload-checksum")
    if header is None:
        return None
    algorithm, _, text = header.strip().partition(" ")
    try:
        if algorithm not in _ALGORITHMS:
            raise ValueError
        return Checksum(algorithm, base64.b64decode(text.strip(), validate=True))
    except (ValueError, binascii.Error):
        raise refuse(
            400, f"`Upload-Checksum` is one of {', '.join(_ALGORITHMS)} and a digest in Base64"
        ) from None


def date(seconds: float) -> str:
    """A time as HTTP writes it."""
    return formatdate(seconds, usegmt=True)
