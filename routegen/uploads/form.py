"""Reads a multipart form while it arrives, part by part, never whole: RFC 7578, and no more lenient than it."""

from collections.abc import AsyncIterator, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import multipart as _multipart  # pyright: ignore[reportMissingTypeStubs]
from fastapi import HTTPException
from starlette.requests import Request

from routegen.uploads.refusals import malformed, too_much

_MAX_HEADER: Final = 4096
"""Bytes of one header of a part: a name of 255 characters, percent-encoded, fits four times."""
_MAX_HEADERS: Final = 8
"""RFC 7578 knows three."""
_MAX_BOUNDARY: Final = 70
"""RFC 2046 5.1.1."""

multipart: Any = _multipart


@dataclass(frozen=True, slots=True)
class Part:
    """The head of a part: the field it is for, and the file name if it is a file."""

    name: str
    filename: str | None


Step = Part | bytes | None
"""The beginning of a part, some bytes of it, its end."""


async def steps(request: Request, *, max_parts: int) -> AsyncIterator[Step]:
    """What a form is made of, in order.

    Args:
        request: its body must not have been read.
        max_parts: how many parts are taken.

    Raises:
        HTTPException: 415 for another content type; 400 for a body that is malformed, ends before its closing boundary
            or is shorter than its `Content-Length`; 413 for too many parts or headers.
        ClientDisconnect: the client leaves.
    """
    declared = declared_length(request)
    parser = _parser(request.headers.get("content-type", ""), declared, max_parts)
    received = 0
    with _refusing():
        async for chunk in request.stream():
            if chunk:
                received += len(chunk)
                for step in parser.parse(chunk):
                    yield Part(step.name or "", step.filename) if hasattr(step, "headerlist") else step
        parser.close()
    if declared is not None and received < declared:
        raise malformed("it is shorter than its Content-Length")


def declared_length(request: Request) -> int | None:
    """The `Content-Length` of a request; None when it has none, as with chunked bodies."""
    text = request.headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _parser(content_type: str, declared: int | None, max_parts: int) -> Any:
    kind, options = multipart.parse_options_header(content_type)
    if kind != "multipart/form-data":
        raise HTTPException(415, "The body is no `multipart/form-data`")
    boundary = options.get("boundary", "")
    if not 0 < len(boundary) <= _MAX_BOUNDARY or not boundary.isascii():
        raise malformed("it has no boundary")
    with _refusing():
        return multipart.PushMultipartParser(
            boundary,
            content_length=-1 if declared is None else declared,
            max_header_size=_MAX_HEADER,
            max_header_count=_MAX_HEADERS,
            max_segment_count=max_parts,
        )


@contextmanager
def _refusing() -> Generator[None]:
    try:
        yield
    except multipart.ParserLimitReached as error:
        raise too_much(f"too many or too large parts or headers: {error}") from None
    except multipart.MultipartError as error:
        raise malformed(str(error)) from None
