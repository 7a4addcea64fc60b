"""Reports each request that passes through an ASGI application when it ends."""

import itertools
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from routegen.server.dev.lines import LARGE, RequestLine, as_json_line, format_line
from routegen.server.dev.text import cut, visible

__all__ = ["RequestLine", "RequestLog", "UploadProgress", "as_json_line", "format_line", "shown_path"]

PROGRESS_INTERVAL = 0.1
OWN_PATHS = "/__routegen/"
"""What the dev pages themselves ask for, several times a second, is not logged."""

_STREAM_TYPES = (b"text/event-stream", b"application/x-ndjson")


@dataclass(frozen=True, slots=True)
class UploadProgress:
    """How far a body over 1 MiB has come. A chunked one has no `total`; `key` tells requests apart."""

    key: int
    method: str
    path: str
    received: int
    total: int | None


Emit = Callable[[RequestLine], None]
Progress = Callable[[UploadProgress], None]


class RequestLog:
    """ASGI middleware that reports every request when it ends; messages and exceptions pass untouched."""

    def __init__(self, app: ASGIApp, emit: Emit, progress: Progress | None = None) -> None:
        self.app = app
        self.emit = emit
        self.progress = progress
        self._keys = itertools.count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or scope["path"].startswith(OWN_PATHS):
            await self.app(scope, receive, send)
            return
        kind = _Exchange if scope["type"] == "http" else _Conversation
        exchange = kind(scope, receive, send, self, next(self._keys))
        try:
            await self.app(scope, exchange.receive, exchange.send)
        except BaseException as error:
            exchange.fail(error)
            raise
        finally:
            exchange.end()


class _Exchange:
    """One HTTP request on its way."""

    __slots__ = (
        *(
            "_began",
            "_content_length",
            "_ended",
            "_failed",
            "_gone",
            "_key",
            "_log",
            "_method",
            "_path",
            "_receive",
        ),
        *(
            "_reported",
            "_scope",
            "_send",
            "_started",
            "_streamed",
            "_total",
            "bytes_in",
            "bytes_out",
            "status",
        ),
    )

    def __init__(self, scope: Scope, receive: Receive, send: Send, log: RequestLog, key: int) -> None:
        self._scope, self._receive, self._send, self._log, self._key = scope, receive, send, log, key
        self._method = cut(visible(str(scope.get("method", "WS"))), 20)
        self._path = shown_path(scope)
        self._total: int | None = None
        self._content_length: int | None = None
        self._ended = self._failed = self._gone = self._streamed = False
        self._reported = 0.0
        self.status = 0
        self.bytes_in = self.bytes_out = 0
        self._started = time.time()
        self._began = time.perf_counter()

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self.bytes_in += len(message.get("body", b""))
            if self._log.progress is not None and not self._ended:
                self._report(self._log.progress)
        elif message["type"] == "http.disconnect":
            self._gone = True
        return message

    async def send(self, message: Message) -> None:
        kind = message["type"]
        if kind == "http.response.start":
            self._start(message)
        elif kind == "http.response.body":
            self.bytes_out += len(message.get("body", b""))
            self._streamed |= self._content_length is None and bool(message.get("more_body"))
        elif kind == "http.response.pathsend":
            self.bytes_out += self._content_length or 0
        await self._send(message)
        if kind == "http.response.pathsend" or (
            kind == "http.response.body" and not message.get("more_body")
        ):
            self._finish(aborted=self._gone)

    def fail(self, error: BaseException) -> None:
        """The application raised: the server answers 500 unless an answer had begun; or it was cancelled."""
        self._failed = isinstance(error, Exception)
        self._gone |= not self._failed

    def end(self) -> None:
        """The application returned. A complete answer was reported before its background tasks."""
        aborted = bool(self.status) or self._gone or not self._failed
        self.status = self.status or (499 if self._gone else 500)
        self._finish(aborted=aborted)

    def _start(self, message: Message) -> None:
        self.status = message["status"]
        for name, value in message.get("headers", ()):
            if name.lower() == b"content-length":
                self._content_length = _number(value)
            elif name.lower() == b"content-type":
                self._streamed = value.lower().startswith(_STREAM_TYPES)

    def _report(self, progress: Progress) -> None:
        if self._total is None:
            self._total = _length_of(self._scope.get("headers", ()))
        now = time.perf_counter()
        if max(self._total, self.bytes_in) > LARGE and now - self._reported >= PROGRESS_INTERVAL:
            self._reported = now
            with suppress(Exception):
                progress(
                    UploadProgress(self._key, self._method, self._path, self.bytes_in, self._total or None)
                )

    def _finish(self, *, aborted: bool) -> None:
        if not self._ended:
            self._ended = True
            self._emit(self.status, streamed=self._streamed, aborted=aborted)

    def _emit(self, status: int, *, streamed: bool, aborted: bool) -> None:
        duration = (time.perf_counter() - self._began) * 1000
        counted = (self.bytes_out, self.bytes_in)
        place = cut(visible(_place(self._scope)), 300)
        line = RequestLine(
            self._started, self._method, status, self._path, duration, *counted, place, streamed, aborted
        )
        with suppress(Exception):  # a log that cannot be written is no reason to fail a request
            self._log.emit(line)


class _Conversation(_Exchange):
    """One WebSocket: a line when it is accepted and one when it is closed."""

    __slots__ = ()

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "websocket.receive":
            self.bytes_in += _payload(message)
        elif message["type"] == "websocket.disconnect":
            self._close(message.get("code", 1005))
        return message

    async def send(self, message: Message) -> None:
        kind = message["type"]
        if kind == "websocket.send":
            self.bytes_out += _payload(message)
        await self._send(message)
        if kind == "websocket.accept":
            self.status = 101
            self._emit(101, streamed=False, aborted=False)
        elif kind == "websocket.close":
            self._close(message.get("code", 1000))
        elif kind == "websocket.http.response.start":
            self.status = message["status"]
        elif kind == "websocket.http.response.body" and not message.get("more_body"):
            self._finish(aborted=False)

    def end(self) -> None:
        """The application returned; the server closes what is still open."""
        if self._failed:
            self.status = 1011 if self.status == 101 else self.status or 500
            self._finish(aborted=True)
        else:
            self._close(1000)

    def _close(self, code: int) -> None:
        self._streamed = accepted = self.status == 101
        if not self._ended:
            self.status = code if accepted else self.status or 403
        self._finish(aborted=accepted and code == 1006)


def shown_path(scope: Scope) -> str:
    """The path as the client sent it, without its query, harmless in a terminal and cut at 200."""
    raw: bytes = scope.get("raw_path") or b""
    path = raw.partition(b"?")[0].decode("latin-1") if raw else str(scope.get("path", ""))
    return cut("".join(_ascii(char) if raw else char for char in visible(path[:1000])), 200)


def _ascii(char: str) -> str:
    return char if char < "\x7f" else f"\\x{ord(char):02x}"


def _place(scope: Scope) -> str:
    """`app/api/users/route.py:12`, as the dev server noted it, else the endpoint's own file."""
    if place := scope.get("routegen.place"):
        return str(place)
    endpoint = scope.get("endpoint")
    code = getattr(endpoint, "__code__", None)
    if code is not None:
        return f"{code.co_filename}:{code.co_firstlineno}"
    return str(getattr(getattr(endpoint, "route", None), "file", ""))


def _payload(message: Message) -> int:
    return len(message.get("bytes") or b"") or len((message.get("text") or "").encode("utf-8", "replace"))


def _length_of(headers: Iterable[tuple[bytes, bytes]]) -> int:
    return next((_number(value) or 0 for name, value in headers if name.lower() == b"content-length"), 0)


def _number(value: bytes) -> int | None:
    return int(value) if value.isdigit() and len(value) < 20 else None
