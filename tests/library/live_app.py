"""The application behind `test_live.py` on a real server: plain FastAPI, every way a stream can stand still."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from fastapi import FastAPI, Request
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response

from routegen import respond

app = FastAPI()
wrapped = FastAPI()
started: list[str] = []
ended: list[str] = []
counts: dict[str, int] = {}

ANSWERS: dict[str, Callable[..., Response]] = {
    "events": respond.events,
    "lines": respond.lines,
    "stream": respond.stream,
}


async def source(pace: str, name: str) -> AsyncIterator[str]:
    started.append(name)
    try:
        if pace == "silent":
            await asyncio.sleep(60)
        for number in itertools.count():
            yield str(number)
            await asyncio.sleep(0.01 if pace == "progressing" else 60)
    finally:
        await asyncio.sleep(0.02)  # works only when the cancellation came once
        ended.append(name)


def plain_source(name: str) -> Iterator[str]:
    try:
        for number in itertools.count():
            yield str(number)
            time.sleep(0.02)
    finally:
        ended.append(name)


def answer(kind: str, pace: str, name: str) -> Response:
    return ANSWERS[kind](plain_source(name) if pace == "plain" else source(pace, name))


@app.api_route("/{kind}/{pace}/{name}", methods=["GET", "HEAD"])
async def endless(kind: str, pace: str, name: str) -> Response:
    return answer(kind, pace, name)


@wrapped.get("/{kind}/{pace}/{name}")
async def endless_behind_middleware(kind: str, pace: str, name: str) -> Response:
    return answer(kind, pace, name)


@app.post("/{kind}/{pace}/{name}")
async def endless_after_a_body(kind: str, pace: str, name: str, body: dict[str, Any]) -> Response:
    return answer(kind, pace, name)


@app.get("/ended")
async def get_ended() -> dict[str, Any]:
    return {"started": started, "ended": ended, "counts": counts}


@app.post("/echo")
async def echo(request: Request) -> Response:
    return respond.stream(request)


@app.post("/echo-stream")
async def echo_stream(request: Request) -> Response:
    return respond.stream(request.stream())


@app.post("/echo-upper")
async def echo_upper(request: Request) -> Response:
    async def upper() -> AsyncIterator[bytes]:
        await asyncio.sleep(0.05)
        async for chunk in request.stream():
            yield chunk.upper()

    return respond.stream(upper(), "text/plain")


@app.get("/slow/{name}")
async def slow(name: str) -> Response:
    async def big() -> AsyncIterator[bytes]:
        try:
            while True:
                counts[name] = counts.get(name, 0) + 1
                yield b"x" * 65536
        finally:
            ended.append(name)

    return respond.stream(big(), send_timeout=0.4)


@app.get("/ping")
async def ping() -> Response:
    return respond.events(source("stalled", "ping"), ping=0.05)


@app.get("/fails/{kind}")
async def fails(kind: str) -> Response:
    async def failing() -> AsyncIterator[str]:
        yield "one"
        raise RuntimeError("a secret")

    return ANSWERS[kind](failing())


@app.get("/finite")
async def finite() -> Response:
    async def slowly() -> AsyncIterator[str]:
        for number in range(8):
            yield str(number)
            await asyncio.sleep(0.1)

    return respond.stream(slowly())


@app.get("/cut")
async def cut() -> Response:
    return respond.stream(source("progressing", "cut"), grace=0.2)


async def pass_on(request: Request, call_next: RequestResponseEndpoint) -> Response:
    return await call_next(request)


wrapped.add_middleware(GZipMiddleware)
wrapped.add_middleware(BaseHTTPMiddleware, dispatch=pass_on)
app.mount("/wrapped", wrapped)
