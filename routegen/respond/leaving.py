"""Turns a `receive` into the moment the client leaves, without taking a body that somebody still reads."""

import asyncio
from collections.abc import AsyncIterable, Mapping
from typing import Any, Final, cast

from starlette.requests import Request
from starlette.types import Receive, Scope

_LOOK_EVERY: Final = 0.1
"""Seconds between two looks whether a body has been read."""
_FAR_ENOUGH: Final = 50
"""How many generators may lie one inside the other."""


async def until_client_leaves(scope: Scope, receive: Receive, source: object) -> None:
    """Wait for `http.disconnect`.

    `receive` gives the parts of the body first, each once: whoever listens too early eats them (which is how
    Starlette's `StreamingResponse(request.stream())` hangs). So nobody listens while a request that the source
    can reach has an unread body; the source sees the client leave by itself then (`ClientDisconnect`).

    Args:
        scope: of the request.
        receive: of the request.
        source: the iterator that is being sent.
    """
    request = reachable_request(source) if _has_body(scope) else None
    while request is not None and not _has_been_read(request):  # noqa: ASYNC110 (it tells nobody)
        await asyncio.sleep(_LOOK_EVERY)
    while (await receive())["type"] != "http.disconnect":
        pass


def reachable_request(source: object) -> Request[Any] | None:
    """The request that a source may read: one it holds in a variable, an attribute or an inner generator."""
    found = [source]
    for item in found:  # grows while it is walked
        if isinstance(item, Request):
            return cast("Request[Any]", item)
        for held in _held_by(item):
            if _may_lead_to_one(held) and not any(held is known for known in found):
                found.append(held)
        if len(found) > _FAR_ENOUGH:
            break
    return None


def _may_lead_to_one(held: object) -> bool:
    return isinstance(held, Request | AsyncIterable)


def _held_by(source: object) -> list[object]:
    frame = getattr(source, "ag_frame", None)
    held: object = getattr(source, "__dict__", None) if frame is None else frame.f_locals
    return list(cast("Mapping[str, object]", held).values()) if isinstance(held, Mapping) else []


def _has_been_read(request: Request[Any]) -> bool:
    # Starlette tells it nowhere else. Should the name go, a body counts as unread: nothing is eaten.
    return getattr(request, "_stream_consumed", False) is True


def _has_body(scope: Scope) -> bool:
    """Whether the request says that it has a body (RFC 9112 6); over HTTP/2 it need not say so."""
    if scope["http_version"] not in {"1.0", "1.1"} and scope["method"] in {"POST", "PUT", "PATCH"}:
        return True
    headers = dict[bytes, bytes](scope["headers"])
    return b"transfer-encoding" in headers or headers.get(b"content-length", b"0") != b"0"
