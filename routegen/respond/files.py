"""Turns a file below a root into an answer: ranges, conditions, a safe name, no script by accident."""

import os
import re
from collections.abc import Mapping
from mimetypes import guess_type
from pathlib import PurePath
from typing import Final

import anyio.to_thread
from fastapi import HTTPException
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import FileResponse, Response
from starlette.types import Message, Receive, Scope, Send

from routegen.respond.checks import check_headers
from routegen.respond.conditions import Validators, range_allowed, status_for
from routegen.respond.disposition import content_disposition
from routegen.respond.paths import find_file, stays_below
from routegen.respond.ranges import Unsatisfiable, wanted_ranges

_SHOWN: Final = re.compile(
    r"image/(?:png|jpeg|gif|webp|avif|bmp|x-icon|vnd\.microsoft\.icon)|(?:audio|video)/[a-z0-9.+-]+"
    r"|text/plain|application/(?:pdf|json)"
)
"""What a browser shows without running anything of it. HTML, SVG and XML run scripts in the site's name."""

_OF_THE_BODY: Final = frozenset(
    {b"content-type", b"content-length", b"content-disposition", b"content-encoding", b"accept-ranges"}
)
_OTHER: Final = "application/octet-stream"
_PACKED: Final = {"gzip": "application/gzip", "bzip2": "application/x-bzip2", "xz": "application/x-xz"}


def file(
    path: str | os.PathLike[str],
    *,
    root: str | os.PathLike[str],
    filename: str | None = None,
    download: bool | None = None,
    media_type: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> FileResponse:
    """Answer with a file below a folder. `path` may come from the request, it cannot leave `root`.

    Answers ranges (RFC 9110 14), 304 and 412 (13), HEAD, and 404 when there is no such file. The disk is
    read in a thread. A browser never guesses another type (`nosniff`).

    Args:
        path: relative to `root`; links are followed as long as they stay below it.
        root: the folder, absolute or relative to the working directory. Required on purpose.
        filename: the name to save it under, the file's own when None; any text is made safe.
        download: True lets the browser save the file, False lets it show it. None shows images, sound, films,
            text, PDF and JSON and saves the rest: HTML, SVG and XML from users would run in the site's name.
        media_type: guessed from the name when None.
        headers: sent along, e.g. `Cache-Control`.

    Raises:
        HTTPException: 404, at once for a path that leaves `root`, and while answering when there is no such
        file.
        ValueError: a header or media type that would break the message.
    """
    relative = os.fspath(path)
    if not stays_below(relative):
        raise _not_found()
    name = PurePath(relative).name if filename is None else filename
    kind = _media_type(name) if media_type is None else media_type
    inline = shown_inline(kind) if download is None else not download
    merged = MutableHeaders(check_headers({"Content-Type": kind}))
    merged["Content-Type"] = _with_charset(kind)
    merged["Content-Disposition"] = content_disposition("inline" if inline else "attachment", name)
    merged["X-Content-Type-Options"] = "nosniff"
    merged.update(check_headers(headers))
    return _FileAnswer(relative, root, merged)


def shown_inline(media_type: str) -> bool:
    """Whether a browser may show a file of this type from our origin: nothing of it can run."""
    return _SHOWN.fullmatch(media_type.partition(";")[0].strip().lower()) is not None


class _FileAnswer(FileResponse):
    """Starlette's file answer, asked only what it answers by the RFC.

    It answers 400 to ranges that are to be ignored, 416 when one of several does not fit, a range to HEAD,
    and knows no conditions; so conditions are decided here and `Range` reaches it in plain form or not at
    all.
    """

    def __init__(self, relative: str, root: str | os.PathLike[str], headers: Mapping[str, str]) -> None:
        super().__init__(relative, headers=headers)
        self.relative = relative
        self.root = root

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file.

        Raises:
            HTTPException: 404 when there is none, before anything is sent.
        """
        found = await anyio.to_thread.run_sync(find_file, self.root, self.relative)
        if found is None:
            raise _not_found()
        self.path, self.stat_result = found
        size = self.stat_result.st_size
        validators = Validators(self.stat_result)
        self.headers.setdefault("etag", validators.etag)
        self.set_stat_headers(self.stat_result)
        status, ranges = _decide(scope, validators, size)
        if status == 200:
            sender = send if ranges else _capped(send, size)
            await super().__call__(_with_ranges(scope, ranges), receive, sender)
        else:
            await self._without_file(status, size)(scope, receive, send)

    def _without_file(self, status: int, size: int) -> Response:
        """304, 412 and 416: the validators and the caller's headers, nothing about a body."""
        kept = [header for header in self.raw_headers if header[0] not in _OF_THE_BODY]
        answer = Response(None, status, background=self.background)
        answer.raw_headers += kept  # not through a dictionary, which loses the second of two cookies
        if status == 416:
            answer.headers["content-range"] = f"bytes */{size}"
        return answer


def _decide(scope: Scope, validators: Validators, size: int) -> tuple[int, list[tuple[int, int]]]:
    """The status and the ranges to send; no ranges for the whole file."""
    request = Headers(scope=scope)
    status = status_for(request, validators) if scope["method"] in {"GET", "HEAD"} else 200
    # Only GET knows ranges (RFC 9110 14.2).
    if status != 200 or scope["method"] != "GET" or not range_allowed(request.get("if-range"), validators):
        return status, []
    try:
        return 200, wanted_ranges(request.get("range", ""), size)
    except Unsatisfiable:
        return 416, []


def _with_ranges(scope: Scope, ranges: list[tuple[int, int]]) -> Scope:
    kept = [header for header in scope["headers"] if header[0] not in {b"range", b"if-range"}]
    if ranges:
        plain = ", ".join(f"{first}-{last}" for first, last in ranges)
        kept.append((b"range", f"bytes={plain}".encode()))
    return {**scope, "headers": kept}


def _capped(send: Send, size: int) -> Send:
    """A `send` for a whole file that stops at the length that was announced, while the file grows on."""
    left = size
    ended = False

    async def send_capped(message: Message) -> None:
        nonlocal left, ended
        if message["type"] == "http.response.body":
            if ended:
                return
            body = message["body"][:left]
            left -= len(body)
            ended = not left or not message["more_body"]
            message = {**message, "body": body, "more_body": not ended}
        await send(message)

    return send_capped


def _media_type(name: str) -> str:
    # Only the ending: `guess_type` reads a whole name as a URL, and `data:text/html,` as its type.
    kind, packed = guess_type(f"file{PurePath(name).suffix}")
    if packed is not None:
        return _PACKED.get(packed, _OTHER)
    return kind or _OTHER


def _with_charset(kind: str) -> str:
    text = kind.startswith("text/") and "charset=" not in kind.lower()
    return f"{kind}; charset=utf-8" if text else kind


def _not_found() -> HTTPException:
    return HTTPException(404, "File not found")
