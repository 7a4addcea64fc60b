"""Turns events into a `text/event-stream` answer, by the rules of the WHATWG HTML standard, 9.2."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from routegen.respond.answers import encode
from routegen.respond.sources import Source, check_source
from routegen.respond.streaming import StreamAnswer, StreamOptions, stream_headers

_LINE_ENDS: Final = re.compile(r"\r\n|\r|\n")  # no others: U+2028 is ordinary text here
_NOT_IN_A_FIELD: Final = re.compile(r"[\r\n\0]")


@dataclass(frozen=True)
class Event:
    """One server-sent event.

    Args:
        data: text is sent as it is, every line of it; anything else as JSON; None sends no data, and an event
            without data is not dispatched. Line ends become LF, the wire knows no others.
        event: the type to listen for; "message" when None.
        id: what the browser sends back as `Last-Event-ID` when it connects again; "" forgets the last one.
        retry: milliseconds until the browser connects again.
        comment: text that no client sees.

    Raises:
        ValueError: CR, LF or NUL in `event` or `id` (a NUL would make the browser ignore the id), or a
            `retry` that is no whole number of milliseconds.
    """

    data: Any = None
    event: str | None = None
    id: str | None = None
    retry: int | None = None
    comment: str | None = None

    def __post_init__(self) -> None:
        for name, value in (("event", self.event), ("id", self.id)):
            if value is not None and _NOT_IN_A_FIELD.search(value):
                raise ValueError(f"CR, LF or NUL in the {name} of an event: {value!r}")
        if self.retry is not None and (type(self.retry) is not int or self.retry < 0):
            raise ValueError(f"the retry of an event is in milliseconds, 0 or more: {self.retry!r}")

    def encode(self) -> bytes:
        """The event on the wire: UTF-8, lines ended by LF (every parser knows it), a blank line last."""
        lines = [f": {line}" for line in _lines(self.comment)]
        if self.event is not None:
            lines.append(f"event: {self.event}")
        if self.id is not None:
            lines.append(f"id: {self.id}")
        if self.retry is not None:
            lines.append(f"retry: {self.retry}")
        lines += [f"data: {line}" for line in _lines(_text(self.data))]
        return "\n".join([*lines, "", ""]).encode("utf-8", "replace")


FAREWELL: Final = Event("The server is shutting down", event="shutdown")
"""What `events` says last when the server stops: an event of a type that `onmessage` never sees."""

_PING: Final = b": ping\n\n"


class EventStream(StreamAnswer):
    """What `events` answers; `@operation(response_class=respond.EventStream)` says so in the API's document."""

    media_type = "text/event-stream"


def events(
    source: Source[Any],
    *,
    ping: float | None = 15.0,
    farewell: Event | None = FAREWELL,
    headers: Mapping[str, str] | None = None,
    send_timeout: float = 25.0,
) -> EventStream:
    """Answer with server-sent events, for the browser's `EventSource`.

    The source is closed, and its `finally` runs, as soon as the client leaves, the server stops or the
    client takes nothing for `send_timeout` seconds; an `await` in that `finally` works. When the source
    fails, the connection is cut and the error logged; the browser connects again. To make it stop doing so,
    answer `respond.no_content()`.

    Args:
        source: an iterable, best an async generator, of text, `Event`, or anything that becomes JSON.
        ping: seconds of silence after which a comment keeps proxies from closing the connection; None for
        never.
        farewell: the last event when the server stops; None to end without a word.
        headers: sent along; `Cache-Control` and `X-Accel-Buffering` may be replaced.
        send_timeout: seconds a client may take to accept one event before it is dropped.

    Raises:
        TypeError: `source` is no iterable.
        ValueError: a header or time that makes no sense.
    """
    check_source(source, "events")
    last = b"" if farewell is None else farewell.encode()
    options = StreamOptions(ping=_PING, ping_every=ping, farewell=last, send_timeout=send_timeout)
    return EventStream(
        source,
        _encode,
        options,
        status_code=200,
        headers=stream_headers(headers),
        media_type=EventStream.media_type,
    )


def _encode(item: object) -> bytes:
    return item.encode() if isinstance(item, Event) else Event(_said(item)).encode()


def _said(item: object) -> object:
    if isinstance(item, bytes | bytearray | memoryview):
        raise TypeError("an event is text: decode the bytes")
    return "null" if item is None else item


def _text(data: Any) -> str | None:
    return data if data is None or isinstance(data, str) else encode(data).decode()


def _lines(text: str | None) -> list[str]:
    return [] if text is None else _LINE_ENDS.split(text)
