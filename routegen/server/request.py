"""The request that handlers get: Starlette's, with bodies that fail as the client's mistake and never as a crash."""

import asyncio
import json
from collections.abc import AsyncGenerator
from email.message import Message
from typing import Any
from urllib.parse import unquote

from starlette.datastructures import URL, FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request as StarletteRequest
from starlette.types import Receive

from routegen.server.limits import only_too_large

MULTIPART = "multipart/form-data"
URLENCODED = "application/x-www-form-urlencoded"
READING_KEY = "routegen.reading"
"""Where the scope tells that somebody reads the body: an event that is set when it has been read."""

FORM_TYPES = frozenset({MULTIPART, URLENCODED})


class MalformedJSON(HTTPException, ValueError):
    """The body is no JSON: 400 when nobody catches it, a ValueError for a handler that does."""

    def __init__(self) -> None:
        super().__init__(400, "The body is not valid JSON")


def parse_json(body: bytes) -> Any:
    """Read JSON as RFC 8259 defines it. Python's reader also takes `NaN`, `Infinity` and lone surrogates, which no
    answer could hold: a handler that gives them back would crash.

    Raises:
        ValueError: it is none.
        RecursionError: it is nested too deeply.
    """
    text = body.decode(json.detect_encoding(body))
    value = _decode(text)
    if "\\u" in text:
        json.dumps(value, ensure_ascii=False).encode()
    return value


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


_decode = json.JSONDecoder(parse_constant=_refuse_constant).decode


def media_type(content_type: str | None) -> str:
    """The media type of a Content-Type header in lower case, without its parameters (RFC 9110, 8.3.1)."""
    return (content_type or "").partition(";")[0].strip().lower()


class Request(StarletteRequest):
    """A Starlette request whose `json()` and `form()` answer 400 and 415 by themselves.

    Next.js answers 500 to malformed JSON, to a form of another type and to a cut multipart body; Starlette accepts
    cut ones in silence. `typed_form` is set for handlers with `Form()` parameters: there FastAPI's 422 stands.
    """

    typed_form = False
    _closing_boundary: bytes | None = None
    _tail = b""

    @property
    def url(self) -> URL:
        """The URL as it was requested: what is percent-encoded in its path stays so."""
        if not hasattr(self, "_url"):
            raw: bytes = self.scope.get("raw_path") or b""
            if b"%" in raw and unquote(path := raw.decode("latin-1")) == self.scope["path"]:
                self._url = URL(scope={**self.scope, "path": path})
            else:
                self._url = super().url
        return self._url

    async def json(self) -> Any:
        """The body as JSON, whatever its content type.

        Raises:
            MalformedJSON: an HTTPException (400) that is a ValueError too.
        """
        if not hasattr(self, "_json"):
            try:
                self._json = parse_json(await self.body())
            except (ValueError, RecursionError):
                raise MalformedJSON from None
        return self._json

    async def _get_form(
        self,
        *,
        max_files: int | float = 1000,
        max_fields: int | float = 1000,
        max_part_size: int = 1024 * 1024,
    ) -> FormData:
        if self._form is not None:
            return self._form
        kind = media_type(self.headers.get("content-type"))
        if kind not in FORM_TYPES and not self.typed_form:
            raise HTTPException(
                415, "The body is no form: send `multipart/form-data` or `application/x-www-form-urlencoded`"
            )
        if kind == MULTIPART:
            self._closing_boundary = _closing_boundary(self.headers["content-type"])
        try:
            form = await super()._get_form(
                max_files=max_files, max_fields=max_fields, max_part_size=max_part_size
            )
        except UnicodeDecodeError:
            raise HTTPException(400, "The form is not UTF-8") from None
        if self._closing_boundary is not None:
            await form.close()
            self._form = None
            raise HTTPException(400, "The multipart body ends before its closing boundary")
        return form

    def stream(self) -> AsyncGenerator[bytes, None]:
        """The body, chunk by chunk."""
        finished = self.scope[READING_KEY] = asyncio.Event()
        return self._stream(finished)

    async def _stream(self, finished: asyncio.Event) -> AsyncGenerator[bytes, None]:
        try:
            async for chunk in super().stream():
                if self._closing_boundary is not None:
                    self._look_for_boundary(chunk)
                yield chunk
        except BaseExceptionGroup as group:  # pyright: ignore[reportUnknownVariableType]
            raise only_too_large(group) or group from None
        finally:
            finished.set()

    def _look_for_boundary(self, chunk: bytes) -> None:
        assert self._closing_boundary is not None
        wanted = self._closing_boundary
        across = len(wanted) - 1
        if wanted in chunk or wanted in self._tail + chunk[:across]:
            self._closing_boundary = None
        else:
            self._tail = (self._tail + chunk[-across:])[-across:]


def _closing_boundary(content_type: str) -> bytes | None:
    """What must end a multipart body (RFC 2046, 5.1.1); None without a boundary, which the parser refuses itself."""
    message = Message()
    message["content-type"] = content_type
    boundary = message.get_param("boundary")
    return b"--" + boundary.encode("latin-1", "replace") + b"--" if isinstance(boundary, str) else None


def replay(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives an already read body once more, then goes on with the connection."""
    pending = True

    async def receive_again() -> Any:
        nonlocal pending
        if pending:
            pending = False
            return {"type": "http.request", "body": body, "more_body": False}
        return await receive()

    return receive_again
