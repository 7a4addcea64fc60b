"""Turns a source of chunks into an answer that ends whenever it should: source, client or server is done."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import anyio
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from routegen.respond.checks import check_headers, check_status_with_body
from routegen.respond.cutting import cut, cut_unless_read
from routegen.respond.leaving import until_client_leaves
from routegen.respond.sources import Source, check_source, close, iterate
from routegen.respond.stopping import until_shutdown

log = logging.getLogger("routegen")

_CLEANUP: Final = 10.0
"""Seconds a source has for its `finally` once it was told to end."""
_LAST_WORDS: Final = 1.0
"""Seconds a client has to take the farewell."""
_Task = asyncio.Task[None]


@dataclass(frozen=True, kw_only=True)
class StreamOptions:
    """How a stream behaves; times are in seconds."""

    ping: bytes = b""
    ping_every: float | None = None
    farewell: bytes | None = None
    """The last words when the server stops; without any the connection is cut, so that the client notices."""
    trailer: bytes | None = None
    """The last words when the source fails; without any the connection is cut and the error raised."""
    grace: float = 0.0
    send_timeout: float = 25.0

    def __post_init__(self) -> None:
        if self.ping_every is not None and self.ping_every <= 0:
            raise ValueError(f"ping={self.ping_every}: seconds above 0, or None for no heartbeat")
        if self.send_timeout <= 0 or self.grace < 0:
            raise ValueError("send_timeout is in seconds and above 0, grace 0 or more")


class StreamAnswer(StreamingResponse):
    """An answer that is sent while its source runs, and that ends after the `finally` of its source.

    The source runs in a task of its own that is cancelled once, so an `await` inside its `finally` works.
    """

    def __init__(
        self,
        source: Source[Any],
        encode: Callable[[Any], bytes],
        options: StreamOptions,
        *,
        status_code: int = 200,
        headers: Mapping[str, str],
        media_type: str,
    ) -> None:
        super().__init__(iterate(source), status_code, headers, media_type)
        self.encode = encode
        self.options = options

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the stream; a HEAD request gets the headers and the source never starts."""
        transfer = _Transfer(self, scope, receive, send)
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        if scope["method"] == "HEAD":
            await close(aiter(self.body_iterator))
            await transfer.write(b"", last=True)
        else:
            await transfer.run()
        if self.background is not None:
            await self.background()


class _ClientGone(Exception):
    """Nobody takes what is sent."""


class _Transfer:
    """One stream on its way to one client."""

    def __init__(self, answer: StreamAnswer, scope: Scope, receive: Receive, send: Send) -> None:
        self.answer = answer
        self.options = answer.options
        self.scope = scope
        self.receive = receive
        self.send = send
        self.lock = asyncio.Lock()
        self.ended = False
        self.unsent: Exception | None = None
        """What `send` raised: no failure of the source, and no trailer would get through."""
        self.written = time.monotonic()

    async def run(self) -> None:
        source: _Task = asyncio.create_task(self._pump(), name="routegen-stream")
        leaving = asyncio.create_task(self._until_client_leaves())
        stopping = asyncio.create_task(until_shutdown())
        watchers: list[_Task] = [leaving, stopping]
        if self.options.ping_every is not None:
            watchers.append(asyncio.create_task(self._beat(self.options.ping_every)))
        try:
            await asyncio.wait({source, *watchers}, return_when=asyncio.FIRST_COMPLETED)
            if stopping.done() and not leaving.done() and self.options.grace:
                await asyncio.wait(
                    {source, leaving}, timeout=self.options.grace, return_when=asyncio.FIRST_COMPLETED
                )
            await self._finish(source, watchers, stopping)
        finally:
            self.ended = True
            with anyio.CancelScope(shield=True):
                await _end([source, *watchers])

    async def _finish(self, source: _Task, watchers: list[_Task], stopping: _Task) -> None:
        """Say the last words that fit: none, the end, the trailer or the farewell."""
        try:
            if source.done():
                await self._finish_source(source)
                return
            ended = [watcher for watcher in watchers if watcher.done()]
            for watcher in ended:
                watcher.result()
            if ended == [stopping]:
                await self._say_farewell(source)
        except (_ClientGone, ClientDisconnect):
            pass

    async def _finish_source(self, source: _Task) -> None:
        try:
            source.result()
        except (_ClientGone, ClientDisconnect):
            raise
        except Exception as error:
            if self.options.trailer is None or error is self.unsent:
                raise
            log.exception("A stream failed: %r", self.scope["path"])
            await self.write(self.options.trailer)
        await self.write(b"", last=True)

    async def _say_farewell(self, source: _Task) -> None:
        source.cancel()
        if self.options.farewell is None:
            await self.write(b"", within=_LAST_WORDS)
            return
        await self.write(self.options.farewell, within=_LAST_WORDS)
        await self.write(b"", last=True, within=_LAST_WORDS)
        await cut_unless_read(self.scope, _LAST_WORDS)

    async def _pump(self) -> None:
        iterator = aiter(self.answer.body_iterator)
        try:
            async for item in iterator:
                await self.write(self.answer.encode(item))
                # A source that never waits would otherwise keep the loop from everybody else.
                await asyncio.sleep(0)
        finally:
            await close(iterator)

    async def _until_client_leaves(self) -> None:
        await asyncio.sleep(0)  # the source first: what it wants of the body's beginning is its own
        await until_client_leaves(self.scope, self.receive, self.answer.body_iterator)

    async def _beat(self, every: float) -> None:
        while True:
            quiet = time.monotonic() - self.written
            if quiet >= every:
                await self.write(self.options.ping)
            else:
                await asyncio.sleep(every - quiet)

    async def write(self, chunk: bytes, *, last: bool = False, within: float | None = None) -> None:
        """Send one chunk; the next one waits until it is taken, so nothing piles up for a slow client."""
        async with self.lock:
            if self.ended:
                raise _ClientGone
            self.ended = last
            try:
                async with asyncio.timeout(within or self.options.send_timeout):
                    await self.send({"type": "http.response.body", "body": chunk, "more_body": not last})
            except TimeoutError as error:  # the client has stopped reading
                cut(self.scope)
                raise _ClientGone from error
            except OSError as error:
                raise _ClientGone from error
            except Exception as error:
                self.unsent = error
                raise
            self.written = time.monotonic()


async def _end(tasks: list[_Task]) -> None:
    """Cancel the tasks once and wait for them; what goes wrong on the way out is logged, never raised."""
    # Once: a second cancellation would interrupt the `finally` that the first one started.
    told = [task for task in tasks if task.cancelling() or task.cancel()]
    done, stuck = await asyncio.wait(tasks, timeout=_CLEANUP)
    for task in stuck:
        log.warning("A stream did not end within %s seconds: %r", _CLEANUP, task)
    for task in done:
        error = None if task.cancelled() else task.exception()
        if error is not None and task in told and not isinstance(error, _ClientGone | ClientDisconnect):
            log.error("A stream failed while it was ended", exc_info=error)


def stream_headers(headers: Mapping[str, str] | None) -> MutableHeaders:
    """The headers that keep proxies from holding a stream back, and the caller's over them."""
    merged = MutableHeaders({"Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no"})
    merged.update(check_headers(headers))
    return merged


def stream(
    source: Source[bytes | str] | Request[Any],
    media_type: str = "application/octet-stream",
    status_code: int = 200,
    *,
    headers: Mapping[str, str] | None = None,
    send_timeout: float = 25.0,
    grace: float = 5.0,
) -> StreamingResponse:
    """Answer with bytes as they come, e.g. an export, another server's answer, or the request's own body.

    Unlike Starlette's `StreamingResponse` it leaves the body of a request that the source reads alone, so
    `respond.stream(request)`, `respond.stream(request.stream())` and a generator over the latter give it back.

    Args:
        source: an iterable of bytes or text (sent as UTF-8), or the request. A plain iterable is stepped in
            the thread pool. When the client leaves or the server stops, the source is closed and its
            `finally` runs.
        media_type: the content type.
        status_code: 200 to 599, but not 204, 205 or 304.
        headers: sent along.
        send_timeout: seconds a client may take to accept one chunk before it is dropped.
        grace: seconds the stream may go on when the server stops; then the connection is cut without the last
            chunk, so that the client knows it is not whole (RFC 9112 8).

    Raises:
        TypeError: `source` is no iterable.
        ValueError: a status, header or time that makes no sense.
    """
    options = StreamOptions(send_timeout=send_timeout, grace=grace)
    chunks = source.stream() if isinstance(source, Request) else source
    check_source(chunks, "stream")
    check_headers({"Content-Type": media_type})
    return StreamAnswer(
        chunks,
        _as_bytes,
        options,
        status_code=check_status_with_body(status_code),
        headers={"X-Accel-Buffering": "no", **check_headers(headers)},
        media_type=media_type,
    )


def _as_bytes(chunk: Any) -> bytes:
    if isinstance(chunk, str):
        return chunk.encode("utf-8", "replace")
    if not _is_bytes(chunk):
        raise TypeError(f"`respond.stream` sends bytes and text, not `{type(chunk).__name__}`")
    return bytes(chunk)


def _is_bytes(chunk: object) -> bool:
    return isinstance(chunk, bytes | bytearray | memoryview)
