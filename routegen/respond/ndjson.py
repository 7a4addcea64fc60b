"""Turns items into an NDJSON answer: one line of JSON for each, as they come."""

from collections.abc import Mapping
from typing import Any, Final

from routegen.respond.answers import encode
from routegen.respond.checks import check_headers, check_status_with_body
from routegen.respond.sources import Source, check_source
from routegen.respond.streaming import StreamAnswer, StreamOptions, stream_headers


def _line(item: object) -> bytes:
    return encode(item) + b"\n"


_FAILED: Final = _line({"error": "The stream failed before its end"})
_STOPPED: Final = _line({"error": "The server is shutting down"})


class LineStream(StreamAnswer):
    """What `lines` answers; `@operation(response_class=respond.LineStream)` says so in the API's document."""

    media_type = "application/x-ndjson"


def lines(
    source: Source[Any],
    status_code: int = 200,
    *,
    media_type: str = LineStream.media_type,
    headers: Mapping[str, str] | None = None,
    send_timeout: float = 25.0,
    grace: float = 0.0,
) -> LineStream:
    """Answer with newline-delimited JSON, for clients that read line by line.

    When the source fails midway the status has long been sent, so the last line is `{"error": "…"}`; the
    error itself is logged and never sent. The source is closed, and its `finally` runs, as soon as the
    client leaves.

    Args:
        source: an iterable, best an async generator, of anything that becomes JSON; text becomes a JSON
        string.
        status_code: 200 to 599, but not 204, 205 or 304.
        media_type: no type is registered; `application/x-ndjson` is the one of the format's specification
            and the most widely read, `application/jsonl` is FastAPI's.
        headers: sent along; `Cache-Control` and `X-Accel-Buffering` may be replaced.
        send_timeout: seconds a client may take to accept one line before it is dropped.
        grace: seconds the stream may go on when the server stops; then an error line ends it.

    Raises:
        TypeError: `source` is no iterable.
        ValueError: a status, header or time that makes no sense.
    """
    check_source(source, "lines")
    check_headers({"Content-Type": media_type})
    options = StreamOptions(farewell=_STOPPED, trailer=_FAILED, grace=grace, send_timeout=send_timeout)
    return LineStream(
        source,
        _line,
        options,
        status_code=check_status_with_body(status_code),
        headers=stream_headers(headers),
        media_type=media_type,
    )
