"""respond.lines and respond.stream: what is sent, what a failing source gives, and that every source is closed."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest
from fastapi import BackgroundTasks, FastAPI, Request
from starlette.responses import Response
from starlette.testclient import TestClient
from starlette.types import Message

from routegen import respond
from routegen.respond import stopping
from routegen.respond.leaving import reachable_request


def ask(answer: Callable[[], Response], method: str = "GET") -> Any:
    app = FastAPI()
    app.add_api_route("/", answer, methods=[method], response_model=None)
    return TestClient(app, raise_server_exceptions=False).request(method, "/")


async def played(answer: Response, receive: Callable[[], Awaitable[Message]] | None = None) -> list[Message]:
    """What an answer sends to a client that stays, or to one that does as `receive` says."""
    messages: list[Message] = []

    async def stays() -> Message:
        return await asyncio.Future()

    async def send(message: Message) -> None:
        messages.append(message)

    scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "http_version": "1.1"}
    await answer(scope, receive or stays, send)
    return messages


def test_lines_are_json_one_each() -> None:
    answer = ask(lambda: respond.lines([{"a": 1}, "é\n", None, [True]], 201, headers={"X-Id": "1"}))
    assert answer.status_code == 201
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert answer.headers["x-id"] == "1"
    assert answer.text == '{"a":1}\n"é\\n"\nnull\n[true]\n'
    assert (
        ask(lambda: respond.lines([], media_type="application/jsonl"))
        .headers["content-type"]
        .endswith("jsonl")
    )


def test_a_source_that_fails_ends_lines_with_an_error_and_the_log_has_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def source() -> Iterator[int]:
        yield 1
        raise RuntimeError("a secret")

    with caplog.at_level(logging.ERROR, "routegen"):
        answer = ask(lambda: respond.lines(source()))
    assert answer.text == '1\n{"error":"The stream failed before its end"}\n'
    assert "a secret" in caplog.text


def test_an_item_that_is_no_json_ends_lines_with_an_error(caplog: pytest.LogCaptureFixture) -> None:
    answer = ask(lambda: respond.lines([1, float("nan"), 2]))
    assert answer.text == '1\n{"error":"The stream failed before its end"}\n'


def test_stream_sends_bytes_and_text_as_they_are() -> None:
    answer = ask(lambda: respond.stream([b"a", "é", bytearray(b"c"), memoryview(b"d")], "text/plain", 203))
    assert (answer.status_code, answer.content) == (203, "aécd".encode())
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert respond.stream([]).headers["content-type"] == "application/octet-stream"


@pytest.mark.parametrize("path", ["/request", "/stream", "/read-before"])
@pytest.mark.parametrize("size", [0, 1, 300_000])
def test_the_body_of_the_request_comes_back(path: str, size: int) -> None:
    app = FastAPI()

    @app.post("/request")
    async def whole(request: Request) -> Any:
        return respond.stream(request)

    @app.post("/stream")
    async def generator(request: Request) -> Any:
        return respond.stream(request.stream())

    @app.post("/read-before")
    async def read_before(request: Request) -> Any:
        await request.body()
        return respond.stream(request)

    body = b"x" * size
    assert TestClient(app).post(path, content=body).content == body


def test_background_tasks_run_after_the_stream() -> None:
    order: list[str] = []

    async def source() -> AsyncIterator[str]:
        yield "x"
        order.append("stream")

    app = FastAPI()

    @app.get("/")
    async def GET(tasks: BackgroundTasks) -> Any:
        tasks.add_task(order.append, "task")
        return respond.lines(source())

    assert TestClient(app).get("/").text == '"x"\n'
    assert order == ["stream", "task"]


class Source:
    """An asynchronous iterator that is no generator, and has no end to run."""

    def __aiter__(self) -> "Source":
        return self

    async def __anext__(self) -> int:
        raise StopAsyncIteration


def test_any_iterable_is_a_source() -> None:
    assert ask(lambda: respond.lines(Source())).text == ""
    assert ask(lambda: respond.lines({3})).text == "3\n"
    assert ask(lambda: respond.lines(range(2))).text == "0\n1\n"
    assert ask(lambda: respond.lines((1, 2))).text == "1\n2\n"


@pytest.mark.parametrize("answer", [respond.events, respond.lines, respond.stream])
def test_a_head_request_never_starts_the_source(answer: Callable[..., Response]) -> None:
    started: list[int] = []

    async def source() -> AsyncIterator[str]:
        started.append(1)
        yield "x"

    got = ask(lambda: answer(source()), "HEAD")
    assert (got.status_code, got.content, started) == (200, b"", [])


def test_an_await_inside_finally_works_although_the_stream_is_cancelled() -> None:
    ended: list[str] = []

    async def source() -> AsyncIterator[str]:
        try:
            yield "a"
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.01)
            ended.append("awaited")

    async def leaves() -> Message:
        await asyncio.sleep(0.05)
        return {"type": "http.disconnect"}

    messages = asyncio.run(played(respond.events(source()), leaves))
    assert ended == ["awaited"]
    assert messages[-1]["more_body"]  # no end was sent to a client that had left


def test_a_source_that_refuses_to_end_cannot_go_on_sending(caplog: pytest.LogCaptureFixture) -> None:
    async def stubborn() -> AsyncIterator[str]:
        while True:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(0.01)
            yield "again"

    async def leaves() -> Message:
        await asyncio.sleep(0.05)
        return {"type": "http.disconnect"}

    asyncio.run(asyncio.wait_for(played(respond.lines(stubborn()), leaves), 2))


def test_a_failure_inside_finally_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def source() -> AsyncIterator[str]:
        try:
            await asyncio.sleep(60)
            yield "never"
        finally:
            raise RuntimeError("while closing")

    async def leaves() -> Message:
        await asyncio.sleep(0.02)
        return {"type": "http.disconnect"}

    asyncio.run(played(respond.lines(source()), leaves))
    assert "while closing" in caplog.text


class Holder:
    """An asynchronous iterator, as client libraries have them, that holds what it reads."""

    def __init__(self, held: object) -> None:
        self.held = held

    def __aiter__(self) -> "Holder":
        return self

    async def __anext__(self) -> bytes:
        raise StopAsyncIteration


def test_a_source_that_can_reach_the_request_is_told_from_one_that_cannot() -> None:
    request = Request({"type": "http", "method": "POST", "headers": []})

    async def over(chunks: Any) -> AsyncIterator[bytes]:
        async for chunk in chunks:
            yield chunk

    async def closing_over() -> AsyncIterator[bytes]:
        async for chunk in request.stream():
            yield chunk

    reaching = [request.stream(), over(request.stream()), over(over(request.stream())), closing_over()]
    for source in [*reaching, Holder(request), over(Holder(closing_over()))]:
        assert reachable_request(source) is request
    circle = Holder(None)
    circle.held = circle
    for source in [circle, over(Source()), over(over([])), iter([1]), Source()]:
        assert reachable_request(source) is None


def test_what_send_raises_is_no_failure_of_the_source(caplog: pytest.LogCaptureFixture) -> None:
    async def send(message: Message) -> None:
        if message["type"] == "http.response.body":
            raise LookupError("from the middleware")

    async def stays() -> Message:
        return await asyncio.Future()

    scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "http_version": "1.1"}
    with pytest.raises(LookupError):
        asyncio.run(respond.lines([1])(scope, stays, send))
    assert caplog.text == ""


def test_shutdown_ends_open_streams_and_those_to_come() -> None:
    async def endless() -> AsyncIterator[str]:
        while True:
            yield "x"
            await asyncio.sleep(0.01)

    async def both() -> tuple[bytes, bytes, bytes]:
        asyncio.get_running_loop().call_later(0.05, respond.shutdown)
        first = await played(respond.events(endless()))
        later = await played(respond.lines(endless()))
        quiet = await played(respond.events(endless(), farewell=None))
        return tuple(b"".join(m.get("body", b"") for m in messages) for messages in (first, later, quiet))  # type: ignore[return-value]

    try:
        first, later, quiet = asyncio.run(asyncio.wait_for(both(), 3))
    finally:
        stopping.reset()
    assert first.startswith(b"data: x\n\n")
    assert first.endswith(b"event: shutdown\ndata: The server is shutting down\n\n")
    assert later.endswith(b'{"error":"The server is shutting down"}\n')
    assert b"shutdown" not in quiet


def test_a_server_that_cancels_the_answer_ends_the_source() -> None:
    ended: list[str] = []

    async def source() -> AsyncIterator[str]:
        try:
            yield "x"
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0)
            ended.append("x")

    async def cancelled() -> None:
        task = asyncio.create_task(played(respond.events(source())))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())
    assert ended == ["x"]
