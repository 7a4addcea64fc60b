"""uvicorn's HTTP protocol with a deadline for silent and dripping clients, and with bounded request heads.

uvicorn waits for the rest of a request for ever and takes heads of any size. Both are looked at from outside here: a
timer for each connection looks at its state a few times within the deadline, so that a request pays for nothing.
"""

import asyncio
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD_BYTES = 64 * 1024
MAX_HEADERS = 256
_LOOKS = 4
"""How often a connection is looked at within the deadline; it is closed at the next look after it."""


class HeadTooLarge(Exception):
    """The head of the request is refused; the parser stops here."""


class DeadlineProtocol(HttpToolsProtocol):
    """Closes connections on which the client neither completes its request nor gives up: 408, and 431 for a head
    above `max_head_bytes` or `max_headers`.

    A connection is closed when `seconds` have passed, and at most a quarter more, since it was opened or a head began
    to arrive without that head being complete, or without one byte of a body that is still due. The time between two
    requests is uvicorn's `timeout_keep_alive`.
    """

    seconds = 10.0
    max_head_bytes = MAX_HEAD_BYTES
    max_headers = MAX_HEADERS

    _refused: HTTPStatus | None = None
    _pending = 0
    """Bytes of a head that is not complete yet."""
    _is_large = False
    _waiting_for: tuple[Any, Any, int] | None = None
    _looks = 0
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._timer = self.loop.call_later(self.seconds / _LOOKS, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if len(data) + self._pending > self.max_head_bytes:
            self._is_large = True
        super().data_received(data)
        if self._is_head_open():
            self._pending += len(data)
            if self._pending > self.max_head_bytes and self._is_open():
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        elif self._pending:
            self._pending = 0

    def on_headers_complete(self) -> None:
        if len(self.headers) > self.max_headers or (
            self._is_large and self._head_bytes() > self.max_head_bytes
        ):
            self._refused = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
            raise HeadTooLarge
        self._is_large = False
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """uvicorn's answer to what its parser refuses, an exception of `on_headers_complete` included."""
        if self._refused is None:
            super().send_400_response(msg)
        else:
            self._refuse(self._refused)

    def _head_bytes(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def _refuse(self, status: HTTPStatus) -> None:
        body = b'{"error":"%s"}' % status.phrase.encode()
        head = b"HTTP/1.1 %d %s\r\ncontent-type: application/json\r\ncontent-length: %d\r\nconnection: close\r\n\r\n"
        self.transport.write(head % (status, status.phrase.encode(), len(body)) + body)
        self.transport.close()

    def _look(self) -> None:
        if not self._is_open():
            return
        self._timer = self.loop.call_later(self.seconds / _LOOKS, self._look)
        waiting_for = self._due()
        if waiting_for is None or self._waiting_for is None or not _same(waiting_for, self._waiting_for):
            self._looks = 0
        self._waiting_for = waiting_for
        self._looks += waiting_for is not None
        if self._looks > _LOOKS:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)

    def _due(self) -> tuple[Any, Any, int] | None:
        """What the client owes: a head, or bytes of a body; the same again when nothing has come of it."""
        cycle: Any = self.cycle
        if cycle is None or cycle.response_complete:
            return (cycle, None, 0) if self.timeout_keep_alive_task is None else None
        if (
            not cycle.more_body
            or cycle.response_started
            or cycle.waiting_for_100_continue
            or self.flow.read_paused
        ):
            return None
        return cycle, cycle.body, len(cycle.body)

    def _is_open(self) -> bool:
        """False for a connection that is closed, or that is a WebSocket by now."""
        return self in self.connections and not self.transport.is_closing()

    def _is_head_open(self) -> bool:
        """Whether a head has begun (or nothing has come yet): uvicorn makes its scope then, and its cycle at the end."""
        cycle: Any = self.cycle
        return cycle is None or self.scope is not cycle.scope


def _same(one: tuple[Any, Any, int], other: tuple[Any, Any, int]) -> bool:
    return one[0] is other[0] and one[1] is other[1] and one[2] == other[2]
