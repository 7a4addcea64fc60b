"""Turns what a language model says into the AI SDK's UI message stream (protocol v1), which `useChat` reads."""

import uuid
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from routegen.respond.answers import encode
from routegen.respond.sources import Source, check_source, close, iterate
from routegen.respond.sse import EventStream
from routegen.respond.streaming import StreamOptions, stream_headers

_PROTOCOL: Final = {"x-vercel-ai-ui-message-stream": "v1"}
_PING: Final = b": ping\n\n"
_DONE: Final = b"data: [DONE]\n\n"


@dataclass(frozen=True, slots=True)
class Reasoning:
    """Some more of what the model thinks, shown apart from what it says."""

    text: str


Said = str | Reasoning | Mapping[str, Any]
"""Some more text, some more reasoning, or another part of the protocol as it is: a tool call, a source, data."""


def ai(
    source: Source[Said],
    *,
    message_id: str | None = None,
    headers: Mapping[str, str] | None = None,
    ping: float | None = 15.0,
    send_timeout: float = 25.0,
) -> EventStream:
    """Answer a chat with one message of the assistant, as it comes.

    The message is begun and ended here, and so are its blocks of text and reasoning. When the source fails, the front
    end gets an `error` part with a sentence that tells nothing; the error itself is logged. When the server stops, it
    gets `abort`. The source is closed, and its `finally` runs, as soon as the client leaves: nobody pays for tokens
    that nobody reads.

    Args:
        source: an iterable, best an async generator, of text, `Reasoning`, or parts such as
            `{"type": "data-weather", "data": {...}}` and `{"type": "source-url", "sourceId": "1", "url": "…"}`.
        message_id: of the message; a new one when None.
        headers: sent along.
        ping: seconds of silence after which a comment keeps proxies from closing the connection; None for never.
        send_timeout: seconds a client may take to accept one part before it is dropped.

    Raises:
        TypeError: `source` is no iterable.
        ValueError: a header or time that makes no sense.
    """
    check_source(source, "ai")
    options = StreamOptions(
        ping=_PING,
        ping_every=ping,
        farewell=_part({"type": "abort", "reason": "The server is shutting down"}) + _DONE,
        trailer=_part({"type": "error", "errorText": "The answer failed before its end"}) + _DONE,
        send_timeout=send_timeout,
    )
    return EventStream(
        _parts(source, message_id or f"msg_{uuid.uuid4().hex}"),
        bytes,
        options,
        status_code=200,
        headers={**stream_headers(headers), **_PROTOCOL},
        media_type=EventStream.media_type,
    )


async def _parts(source: Source[Said], message_id: str) -> AsyncGenerator[bytes]:
    yield _part({"type": "start", "messageId": message_id}) + _part({"type": "start-step"})
    block = _Block()
    iterator = iterate(source)
    try:
        async for said in iterator:
            yield block.say(said)
    finally:
        await close(iterator)
    yield block.end() + _part({"type": "finish-step"}) + _part({"type": "finish"}) + _DONE


class _Block:
    """The block of text or reasoning that is open; there is one at a time."""

    def __init__(self) -> None:
        self._kind = ""
        self._number = 0

    def say(self, said: Said) -> bytes:
        """The parts that one thing said becomes."""
        if isinstance(said, Mapping):
            return self.end() + _part(said)
        kind, text = ("reasoning", said.text) if isinstance(said, Reasoning) else ("text", said)
        opening = b""
        if kind != self._kind:
            opening = self.end()
            self._number += 1
            self._kind = kind
            opening += self._edge("start")
        return opening + _part({"type": f"{kind}-delta", "id": str(self._number), "delta": text})

    def end(self) -> bytes:
        """Close the block that is open."""
        closing = self._edge("end") if self._kind else b""
        self._kind = ""
        return closing

    def _edge(self, edge: str) -> bytes:
        return _part({"type": f"{self._kind}-{edge}", "id": str(self._number)})


def _part(part: Mapping[str, Any]) -> bytes:
    # JSON has no raw line ends, so one `data:` line holds it; lone surrogates are escaped by `encode`
    return b"data: " + encode(dict(part)) + b"\n\n"
