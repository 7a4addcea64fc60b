"""Turns a stored object into an answer: ranges, conditions and a safe name, as `respond.file` does for the disk."""

import secrets
from collections.abc import AsyncIterator, Callable
from email.utils import format_datetime
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from routegen.respond.conditions import Validators, range_allowed, status_for
from routegen.respond.disposition import content_disposition
from routegen.respond.files import shown_inline
from routegen.respond.ranges import Unsatisfiable, wanted_ranges
from routegen.uploads.stored import StoredFile

Read = Callable[[int, int], AsyncIterator[bytes]]
"""Gives the bytes from a first one up to, not including, a last one."""
_OF_THE_BODY: Final = ("content-type", "content-disposition", "accept-ranges")


class DigestValidators(Validators):
    """The digest is the entity tag, always strong: other bytes have another one."""

    def __init__(self, file: StoredFile) -> None:
        self.strong: bool = True
        self.etag: str = f'"{file.sha256}"'
        self.modified: int = int(file.created_at.timestamp())
        self.last_modified: str = format_datetime(file.created_at, usegmt=True)


class ObjectAnswer(Response):
    """A file that is read piece by piece from somewhere else while it is sent."""

    def __init__(self, file: StoredFile, read: Read, *, download: bool | None) -> None:
        super().__init__(None, 200, media_type=file.media_type)
        self.file = file
        self.read = read
        self.validators: DigestValidators = DigestValidators(file)
        inline = shown_inline(file.media_type) if download is None else not download
        del self.headers["content-length"]
        self.headers["content-disposition"] = content_disposition(
            "inline" if inline else "attachment", file.filename
        )
        self.headers["x-content-type-options"] = "nosniff"
        self.headers["accept-ranges"] = "bytes"
        self.headers["etag"] = self.validators.etag
        self.headers["last-modified"] = self.validators.last_modified

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file, a part of it, or 304, 412 and 416 (RFC 9110 13, 14)."""
        status, ranges = self._decide(scope)
        headers = MutableHeaders(raw=list(self.raw_headers))
        if status not in (200, 206):
            for name in _OF_THE_BODY:
                del headers[name]
        if status == 416:
            headers["content-range"] = f"bytes */{self.file.size}"
        if status in (304, 412, 416):
            headers["content-length"] = "0"
        if status == 304:
            del headers["content-length"]
        pieces = self._pieces(ranges, headers) if status in (200, 206) else []
        await send({"type": "http.response.start", "status": status, "headers": headers.raw})
        if scope["method"] != "HEAD":
            for piece in pieces:
                if isinstance(piece, bytes):
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
                    continue
                async for chunk in self.read(*piece):
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _decide(self, scope: Scope) -> tuple[int, list[tuple[int, int]]]:
        request = Headers(scope=scope)
        status = status_for(request, self.validators)
        allowed = scope["method"] == "GET" and range_allowed(request.get("if-range"), self.validators)
        if status != 200 or not allowed:
            return status, []
        try:
            ranges = wanted_ranges(request.get("range", ""), self.file.size)
        except Unsatisfiable:
            return 416, []
        return (206 if ranges else 200), ranges

    def _pieces(
        self, ranges: list[tuple[int, int]], headers: MutableHeaders
    ) -> list[bytes | tuple[int, int]]:
        """What to send in order: literal bytes, and stretches of the file; the headers are completed."""
        size = self.file.size
        if len(ranges) < 2:
            start, end = (ranges[0][0], ranges[0][1] + 1) if ranges else (0, size)
            headers["content-length"] = str(end - start)
            if ranges:
                headers["content-range"] = f"bytes {start}-{end - 1}/{size}"
            return [(start, end)] if end > start else []
        boundary = secrets.token_hex(13)
        kind, headers["content-type"] = headers["content-type"], f"multipart/byteranges; boundary={boundary}"
        pieces: list[bytes | tuple[int, int]] = []
        for first, last in ranges:
            head = (
                f"--{boundary}\r\nContent-Type: {kind}\r\nContent-Range: bytes {first}-{last}/{size}\r\n\r\n"
            )
            pieces += [head.encode("latin-1"), (first, last + 1), b"\r\n"]
        pieces.append(f"--{boundary}--\r\n".encode())
        length = sum(len(piece) if isinstance(piece, bytes) else piece[1] - piece[0] for piece in pieces)
        headers["content-length"] = str(length)
        return pieces
