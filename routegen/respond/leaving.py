"""Turns a `receive` into the moment the client leaves, without taking a body that somebody still reads."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any, Final

from starlette.requests import Request
from starlette.types import Receive, Scope

READING_KEY: Final = "routegen.reading"
"""Where the scope tells about the body: an `asyncio.Event`, set when it has been read, or True for read."""

_PATIENCE: Final = 1.0
"""Seconds a source has to begin with a body it means to read."""

_LOOK_EVERY: Final = 0.25
"""Seconds between two looks whether a body is being read."""


async def until_client_leaves(
    scope: Scope, receive: Receive, moving: asyncio.Event, *, spares_body: bool
) -> None:
    """Wait for `http.disconnect`.

    `receive` gives the parts of the body first, each once: whoever listens too early eats them (which is how
    Starlette's `StreamingResponse(request.stream())` hangs). So the body is left alone while it is being
    read.

    Args:
        scope: of the request; an event under `READING_KEY` says that the body is being read.
        receive: of the request.
        moving: set when the source has given its first chunk.
        spares_body: leave a body of which nothing is known alone for good; who reads it sees the client
            leave.
    """
    if READING_KEY not in scope and _has_body(scope):
        await _a_moment(moving)
        while spares_body and READING_KEY not in scope:  # noqa: ASYNC110 (a scope is no event)
            await asyncio.sleep(_LOOK_EVERY)
    reading = scope.get(READING_KEY)
    if isinstance(reading, asyncio.Event):
        await reading.wait()
    while (await receive())["type"] != "http.disconnect":
        pass


async def read_body(request: Request[Any]) -> AsyncGenerator[bytes]:
    """The body of a request chunk by chunk; while it lasts, nobody else listens to the connection."""
    finished = request.scope[READING_KEY] = asyncio.Event()
    try:
        async for chunk in request.stream():
            if chunk:
                yield chunk
    finally:
        finished.set()


def _has_body(scope: Scope) -> bool:
    """Whether the request says that it has a body (RFC 9112 6); over HTTP/2 it need not say so."""
    if scope["http_version"] not in {"1.0", "1.1"} and scope["method"] in {"POST", "PUT", "PATCH"}:
        return True
    headers = dict[bytes, bytes](scope["headers"])
    return b"transfer-encoding" in headers or headers.get(b"content-length", b"0") != b"0"


async def _a_moment(moving: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(_PATIENCE):
            await moving.wait()
    except TimeoutError:
        pass
