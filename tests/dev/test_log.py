"""One line a request, whatever the application does and however it ends; nothing passes changed."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routegen.server.dev.log import (
    RequestLine,
    RequestLog,
    UploadProgress,
    as_json_line,
    format_line,
    shown_path,
)

App = Callable[..., Awaitable[None]]
MIB = 1024 * 1024
BODY = {"type": "http.response.body"}
NOON = time.mktime((2025, 3, 4, 12, 1, 2, 0, 0, -1))


class Client:
    """Runs one request through the log and keeps what came out."""

    def __init__(self, app: App, messages: Iterable[dict[str, Any]] = (), **scope: Any) -> None:
        self.lines: list[RequestLine] = []
        self.progress: list[UploadProgress] = []
        self.sent: list[dict[str, Any]] = []
        self.scope = {"type": "http", "method": "GET", "path": "/x", "headers": [], **scope}
        self._messages = iter(messages)
        self._log = RequestLog(app, self.lines.append, self.progress.append)

    def run(self) -> "Client":
        asyncio.run(self._log(self.scope, self._receive, self._send))
        return self

    @property
    def line(self) -> RequestLine:
        (line,) = self.lines
        return line

    async def _receive(self) -> dict[str, Any]:
        return next(self._messages, {"type": f"{self.scope['type']}.disconnect"})

    async def _send(self, message: Any) -> None:
        self.sent.append(message)


def start(status: int = 200, **headers: str) -> dict[str, Any]:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http.response.start", "status": status, "headers": raw}


def sending(*messages: dict[str, Any]) -> App:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        for message in messages:
            await send(message)

    return app


async def read_all(receive: Any) -> None:
    while (await receive()).get("more_body"):
        pass


def test_a_plain_answer() -> None:
    messages = (start(201, content_length="5"), {**BODY, "body": b"hello"})
    client = Client(sending(*messages), method="POST", **{"routegen.place": "app/[id]/route.py:12"}).run()
    line = client.line
    assert client.sent == list(messages)
    assert (line.method, line.status, line.path, line.place) == ("POST", 201, "/x", "app/[id]/route.py:12")
    assert (line.bytes_out, line.bytes_in, line.streamed, line.aborted) == (5, 0, False, False)
    assert 0 <= line.duration < 1000 and abs(line.time - time.time()) < 5


def test_the_place_is_the_endpoint_when_nothing_is_noted() -> None:
    app = sending(start(), BODY)
    assert (
        Client(app, endpoint=read_all)
        .run()
        .line.place.endswith(f"test_log.py:{read_all.__code__.co_firstlineno}")
    )
    assert Client(app, endpoint=object()).run().line.place == ""
    assert Client(app).run().line.place == ""


def test_a_place_that_is_noted_while_answering() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        scope["routegen.place"] = "late.py:1"
        await sending(start(), BODY)(scope, receive, send)

    assert Client(app).run().line.place == "late.py:1"


def test_a_stream_is_logged_when_it_ends() -> None:
    client: Client

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(start(content_type="text/event-stream; charset=utf-8"))
        for _ in range(3):
            await send({**BODY, "body": b"data: 1\n\n", "more_body": True})
            await asyncio.sleep(0.01)
            assert client.lines == []
        await send(BODY)

    client = Client(app)
    client.run()
    assert (client.line.bytes_out, client.line.streamed, client.line.aborted) == (27, True, False)
    assert client.line.duration >= 30


def test_a_file_is_no_stream() -> None:
    chunk = {**BODY, "body": b"ab", "more_body": True}
    assert not Client(sending(start(content_length="4"), chunk, chunk, BODY)).run().line.streamed
    assert Client(sending(start(), chunk, chunk, BODY)).run().line.streamed
    sent = Client(sending(start(content_length="7"), {"type": "http.response.pathsend", "path": "/f"})).run()
    assert (sent.line.bytes_out, sent.line.aborted, len(sent.lines)) == (7, False, 1)


def test_background_work_does_not_count() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await sending(start(), BODY)(scope, receive, send)
        await asyncio.sleep(0.05)
        raise ValueError("in the background")

    client = Client(app)
    with pytest.raises(ValueError, match="background"):
        client.run()
    assert client.line.duration < 50 and client.line.status == 200 and not client.line.aborted


def test_exceptions_pass() -> None:
    async def early(scope: Any, receive: Any, send: Any) -> None:
        raise LookupError("early")

    async def late(scope: Any, receive: Any, send: Any) -> None:
        await send(start(200))
        await send({**BODY, "body": b"x", "more_body": True})
        raise LookupError("late")

    for app, expected in ((early, (500, False)), (late, (200, True))):
        client = Client(app)
        with pytest.raises(LookupError):
            client.run()
        assert (client.line.status, client.line.aborted) == expected
    silent = Client(sending()).run()
    assert (silent.line.status, silent.line.aborted) == (500, True)


def test_a_client_that_leaves() -> None:
    async def listening(scope: Any, receive: Any, send: Any) -> None:
        await send(start(content_type="text/event-stream"))
        await send({**BODY, "body": b"x", "more_body": True})
        await receive()

    async def reading(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        raise RuntimeError("client disconnected")

    line = Client(listening).run().line
    assert (line.status, line.aborted, line.streamed, line.bytes_out) == (200, True, True, 1)
    client = Client(reading)
    with pytest.raises(RuntimeError):
        client.run()
    assert (client.line.status, client.line.aborted) == (499, True)


def test_cancellation_passes() -> None:
    lines: list[RequestLine] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.sleep(10)

    async def main() -> None:
        task = asyncio.ensure_future(RequestLog(app, lines.append)({"type": "http", "path": "/"}, None, None))  # type: ignore[arg-type]
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert [(line.status, line.aborted) for line in lines] == [(499, True)]


def test_a_log_that_fails_costs_no_request() -> None:
    def broken(_: Any) -> None:
        raise BrokenPipeError

    client = Client(sending(start(), BODY))
    client._log.emit = broken  # pyright: ignore[reportPrivateUsage]
    assert len(client.run().sent) == 2


def test_lifespan_passes() -> None:
    assert Client(sending({"type": "lifespan.startup.complete"}), type="lifespan").run().lines == []


def test_what_the_pages_ask_for_is_not_logged() -> None:
    client = Client(sending(start(), BODY), path="/__routegen/version").run()
    assert client.lines == [] and len(client.sent) == 2


def uploading(chunks: int, size: int) -> list[dict[str, Any]]:
    return [{"type": "http.request", "body": b"x" * size, "more_body": n < chunks - 1} for n in range(chunks)]


async def upload(scope: Any, receive: Any, send: Any) -> None:
    await read_all(receive)
    await sending(start(201), BODY)(scope, receive, send)


def test_an_upload_counts_and_tells_how_far_it_is() -> None:
    headers = [(b"content-length", str(3 * MIB).encode())]
    client = Client(upload, uploading(3000, 1024), method="PUT", headers=headers).run()
    assert client.line.bytes_in == 3000 * 1024
    first = client.progress[0]
    assert (first.method, first.path, first.received, first.total) == ("PUT", "/x", 1024, 3 * MIB)
    assert len(client.progress) <= 1 + client.line.duration / 100


def test_progress_comes_at_most_ten_times_a_second() -> None:
    async def slow(scope: Any, receive: Any, send: Any) -> None:
        async def receive_slowly() -> Any:
            await asyncio.sleep(0.01)
            return await receive()

        await read_all(receive_slowly)
        await sending(start(), BODY)(scope, receive, send)

    client = Client(slow, uploading(30, 100_000)).run()
    assert 1 <= len(client.progress) <= 1 + client.line.duration / 100
    assert all(p.received > MIB and p.total is None for p in client.progress)
    assert len({p.key for p in client.progress}) == 1


def test_a_small_upload_has_no_progress() -> None:
    assert Client(upload, uploading(3, 1000)).run().progress == []


def conversation(*steps: Any) -> App:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        for step in steps:
            if step == "receive":
                await receive()
            elif isinstance(step, Exception):
                raise step
            else:
                await send({"type": f"websocket.{step[0]}", **step[1]})

    return app


ACCEPT, CLOSE = ("accept", {}), ("close", {"code": 1001})
TEXT, BYTES = ("send", {"text": "é"}), ("send", {"bytes": b"abc", "text": None})
HEARD = {"type": "websocket.receive", "text": "hello"}


@pytest.mark.parametrize(
    ("steps", "messages", "lines"),
    [
        ((ACCEPT, TEXT, BYTES, CLOSE), [], [(101, 0, 0, False), (1001, 5, 0, False)]),
        ((ACCEPT, "receive", "receive"), [HEARD], [(101, 0, 0, False), (1005, 0, 5, False)]),
        (
            (ACCEPT, "receive"),
            [{"type": "websocket.disconnect", "code": 1006}],
            [(101, 0, 0, False), (1006, 0, 0, True)],
        ),
        ((ACCEPT,), [], [(101, 0, 0, False), (1000, 0, 0, False)]),
        ((CLOSE,), [], [(403, 0, 0, False)]),
        ((), [], [(403, 0, 0, False)]),
        (
            (("http.response.start", {"status": 426, "headers": []}), ("http.response.body", {})),
            [],
            [(426, 0, 0, False)],
        ),
        ((ACCEPT, CLOSE, "receive"), [], [(101, 0, 0, False), (1001, 0, 0, False)]),
    ],
)
def test_websockets(steps: Any, messages: Any, lines: Any) -> None:
    client = Client(conversation(*steps), messages, type="websocket").run()
    assert [(item.status, item.bytes_out, item.bytes_in, item.aborted) for item in client.lines] == lines
    assert {item.method for item in client.lines} == {"WS"} or client.scope["method"] == "GET"


@pytest.mark.parametrize(
    ("steps", "statuses"), [((ACCEPT, OSError("x")), [101, 1011]), ((OSError("x"),), [500])]
)
def test_a_websocket_that_fails(steps: Any, statuses: list[int]) -> None:
    client = Client(conversation(*steps), type="websocket")
    with pytest.raises(OSError, match="x"):
        client.run()
    assert [line.status for line in client.lines] == statuses


LINE = RequestLine(NOON, "POST", 201, "/api/users", 8.4, place="app/api/users/route.py:12")


def test_the_line() -> None:
    assert format_line(LINE, False) == "12:01:02 POST 201 /api/users 8.4 ms  app/api/users/route.py:12"
    assert format_line(replace(LINE, place=""), False) == "12:01:02 POST 201 /api/users 8.4 ms"


@pytest.mark.parametrize(
    ("change", "end"),
    [
        ({"duration": 0.04}, "0.0 ms  p:1"),
        ({"duration": 999.97}, "1.00 s  p:1"),
        ({"duration": 12_345.0}, "12.35 s  p:1"),
        ({"duration": 59_999.0}, "1 m 0 s  p:1"),
        ({"duration": 3_725_000.0}, "1 h 2 m  p:1"),
        ({"streamed": True, "bytes_out": 45_123}, "8.4 ms  p:1  (streamed 45.1 kB)"),
        ({"bytes_in": 3 * MIB, "aborted": True}, "8.4 ms  p:1  (received 3.1 MB, aborted)"),
        ({"method": "WS", "status": 1000, "streamed": True}, "8.4 ms  p:1  (streamed 0 B, received 0 B)"),
    ],
)
def test_what_ends_the_line(change: dict[str, Any], end: str) -> None:
    assert format_line(replace(LINE, place="p:1", **change), False).endswith(f" {end}")


def test_columns() -> None:
    lines = [
        LINE,
        replace(LINE, method="OPTIONS", path="/" + "x" * 300, duration=60_000.0),
        replace(
            LINE,
            method="GET",
            path="/",
            status=1000,
            place="app/" + "deep/" * 30 + "route.py:1",
            aborted=True,
        ),
    ]
    for width in (60, 80, 120, 200):
        shown = [format_line(line, False, width) for line in lines]
        assert all(len(text) <= width for text in shown), (width, shown)
        assert len({text.index(" ms" if " ms" in text else " s") for text in shown if "8.4" in text}) == 1
    assert format_line(lines[2], False, 120).endswith("route.py:1  (aborted)")


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (101, 35),
        (200, 32),
        (204, 32),
        (304, 36),
        (404, 33),
        (499, 33),
        (500, 31),
        (599, 31),
        (1000, 35),
        (1011, 33),
        (0, 31),
    ],
)
def test_a_colour_a_class(status: int, code: int) -> None:
    text = format_line(replace(LINE, status=status), True)
    assert f"\x1b[{code}m{status}\x1b[0m" in text
    assert "\x1b" not in format_line(replace(LINE, status=status), False)


def test_json_lines() -> None:
    line = as_json_line(replace(LINE, path="/caf\u00e9\u2028[id]"))
    assert line.isascii() and "\n" not in line
    values = json.loads(line)
    assert (
        values["path"] == "/caf\u00e9\u2028[id]" and values["duration_ms"] == 8.4 and values["status"] == 201
    )
    assert values["time"].endswith("Z") and "duration" not in values
    assert set(values) == {
        *(
            "time",
            "method",
            "status",
            "path",
            "duration_ms",
            "bytes_in",
            "bytes_out",
            "place",
            "streamed",
            "aborted",
        )
    }


@pytest.mark.parametrize(
    ("scope", "shown"),
    [
        ({"raw_path": b"/a%1b[31mb%0d%0aX", "path": "/a\x1b[31mb\r\nX"}, "/a%1b[31mb%0d%0aX"),
        ({"raw_path": b"/a\x1b[31m\r\n\x9b\xe9", "path": "/"}, "/a\\x1b[31m\\x0d\\x0a\\x9b\\xe9"),
        ({"path": "/a\x1b[31mb\r\n2025 GET 200"}, "/a\\x1b[31mb\\x0d\\x0a2025 GET 200"),
        ({"path": "/\u202eresu\ud800"}, "/\\u202eresu\\ud800"),
        ({"raw_path": b"/x?token=1", "path": "/x"}, "/x"),
        ({"raw_path": None, "path": "/users/[id]"}, "/users/[id]"),
        ({"path": "/" + "x" * 5000}, "/" + "x" * 198 + "…"),
        ({}, ""),
    ],
)
def test_paths_are_harmless(scope: dict[str, Any], shown: str) -> None:
    assert shown_path(scope) == shown


@given(st.binary(max_size=300), st.text(max_size=30), st.text(max_size=30))
def test_one_request_is_one_line(raw: bytes, method: str, place: str) -> None:
    scope = {"raw_path": raw, "path": raw.decode("latin-1"), "method": method, "routegen.place": place}
    line = Client(sending(start(), BODY), **scope).run().line
    for text in (format_line(line, False), format_line(line, False, 100), as_json_line(line)):
        assert len(text.splitlines()) <= 1 and not any(
            ord(char) < 32 or 0x7F <= ord(char) < 0xA0 for char in text
        )


def test_it_costs_little() -> None:
    app = sending(start(), BODY)
    log = RequestLog(app, lambda _: None)

    async def many(target: App) -> float:
        async def send(message: Any) -> None: ...

        began = time.perf_counter()
        for _ in range(2000):
            await target(
                {"type": "http", "method": "GET", "path": "/x", "raw_path": b"/x", "headers": []}, send, send
            )
        return (time.perf_counter() - began) / 2000

    assert asyncio.run(many(log)) < 0.0005, asyncio.run(many(log))
