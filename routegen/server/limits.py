"""The body limit that holds on every route: counted while the body streams in, answered with 413."""

from dataclasses import dataclass
from typing import Any, cast

from starlette.exceptions import HTTPException
from starlette.middleware.body_limit import MAX_BODY_SIZE_SCOPE_KEY
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from routegen.server.envelope import answer_http_error

DEFAULT_BODY_LIMIT = 1024 * 1024
"""Bytes. Next.js has no limit for handlers and cuts bodies at 10 MB behind a proxy file; actions have 1 MiB."""

_DIGITS = 18
"""No body has a length of more digits; Python refuses to read thousands of them."""

SCOPE_KEY = "routegen.body_limit"


class BodyTooLarge(HTTPException):
    """The body is longer than the route allows."""

    def __init__(self, limit: int) -> None:
        super().__init__(413, f"The body is larger than {limit} bytes")


@dataclass(slots=True)
class BodyLimit:
    """How many bytes this request may send; a handler with its own limit sets it before the body is read."""

    limit: int


def check_content_length(scope: Scope, limit: int) -> None:
    """Refuse a body that announces itself as too long, before a byte of it is read.

    Raises:
        BodyTooLarge: `Content-Length` is above `limit`.
    """
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit() and (len(value) > _DIGITS or int(value) > limit):
            raise BodyTooLarge(limit)


def limited(receive: Receive, allowed: BodyLimit, scope: Scope) -> Receive:
    """A `receive` that raises BodyTooLarge as soon as more than `allowed.limit` bytes came in."""
    received = 0

    async def receive_limited() -> Message:
        nonlocal received
        message = await receive()
        if message["type"] == "http.request":
            received += len(message.get("body", b""))
            # FastAPI's own `max_body_size` of a route in main.py raises the limit as well
            limit = max(allowed.limit, scope.get(MAX_BODY_SIZE_SCOPE_KEY) or 0)
            if received > limit:
                raise BodyTooLarge(limit)
        return message

    return receive_limited


class BodyLimitMiddleware:
    """The limit for whatever runs inside the application's middleware, the middleware itself included."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        allowed = scope[SCOPE_KEY] = BodyLimit(self.limit)
        started = False

        async def watched_send(message: Any) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, limited(receive, allowed, scope), watched_send)
        except (BodyTooLarge, BaseExceptionGroup) as error:
            too_large = only_too_large(error)
            if too_large is None or started:
                raise
            response = await answer_http_error(Request(scope), too_large)
            await response(scope, receive, send)


def only_too_large(error: BaseException) -> BodyTooLarge | None:
    """The error itself, or the one inside the exception groups that task groups of middleware wrap around it."""
    while isinstance(error, BaseExceptionGroup):
        inner = cast("tuple[BaseException, ...]", error.exceptions)  # pyright: ignore[reportUnknownMemberType]
        if len(inner) != 1:
            return None
        error = inner[0]
    return error if isinstance(error, BodyTooLarge) else None
