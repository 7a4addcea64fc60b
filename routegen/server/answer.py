"""Finishes a Response on its way out: refuses broken HTTP messages, keeps HEAD short and echoes alive."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from starlette.requests import ClientDisconnect
from starlette.responses import Response, StreamingResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from routegen.server.request import READING_KEY

_BODYLESS = frozenset({204, 205, 304})
_LOOKS = 20
_LOOK_PAUSE = 0.05  # seconds


class HeadAnswered(OSError):
    """Stops a stream whose HEAD has been answered; Starlette treats an OSError from `send` as a client that left."""


def check(response: Response) -> Response:
    """Refuse what would be a broken HTTP message, and take the type from an answer that has no content.

    Raises:
        ValueError: a status outside 200..599, or a body where RFC 9110 allows none.
    """
    if not 200 <= response.status_code <= 599:
        raise ValueError(
            f"a handler answered with status {response.status_code}; it must be between 200 and 599"
        )
    if response.status_code in _BODYLESS and getattr(response, "body", b""):
        raise ValueError(
            f"a handler answered {response.status_code} with a body; that status has none (RFC 9110)"
        )
    if response.status_code in (204, 205) and "content-type" in response.headers:
        del response.headers["content-type"]  # FastAPI's own 204 names JSON
    return response


async def send_response(response: Response, scope: Scope, receive: Receive, send: Send) -> None:
    """Send what a handler returned."""
    check(response)
    if isinstance(response, StreamingResponse):
        if scope["method"] == "HEAD":
            await close(response.body_iterator)
            response.body_iterator = _nothing()
        else:
            receive = _patient(scope, receive)
    await response(scope, receive, send)


class Sending(Response):
    """A handler's Response for FastAPI to send: it is finished as `send_response` does."""

    def __init__(self, response: Response) -> None:
        check(response)
        self.response = response

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send_response(self.response, scope, receive, send)


async def close(iterator: Any) -> None:
    """Close an async generator, so that its `finally` runs now and not at the next garbage collection."""
    aclose = getattr(iterator, "aclose", None)
    if aclose is not None:
        await aclose()


def head(app: ASGIApp) -> ASGIApp:
    """The HEAD of a GET: the same headers, no body, and a stream ends at its first chunk."""

    async def answer_head(scope: Scope, receive: Receive, send: Send) -> None:
        done = False

        async def send_head(message: Message) -> None:
            nonlocal done
            if message["type"] != "http.response.body":
                await send(message)
            elif not done:
                done = True
                await send({"type": "http.response.body", "body": b""})
            if done and message.get("more_body"):
                raise HeadAnswered

        try:
            await app(scope, receive, send_head)
        except (HeadAnswered, ClientDisconnect):
            if not done:
                raise

    return answer_head


def _patient(scope: Scope, receive: Receive) -> Receive:
    """A `receive` for Starlette's disconnect listener that leaves an unread request body to the handler.

    Answering with the request's own stream would hang otherwise: the listener eats the body it should echo.
    """
    if not _has_body(scope):
        return receive

    async def receive_after_body() -> Message:
        for _ in range(_LOOKS):  # the stream may call `request.stream()` a little after the answer has begun
            if READING_KEY in scope:
                await scope[READING_KEY].wait()
                break
            await asyncio.sleep(_LOOK_PAUSE)
        return await receive()

    return receive_after_body


def _has_body(scope: Scope) -> bool:
    for name, value in scope["headers"]:
        if name == b"transfer-encoding" or (name == b"content-length" and value != b"0"):
            return True
    return False


async def _nothing() -> AsyncIterator[bytes]:
    for chunk in ():
        yield chunk
