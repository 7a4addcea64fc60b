"""The application behind the tests of resumable uploads: any file, into the folder that UPLOADS names."""

import asyncio
import os

from fastapi import FastAPI, Request, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from routegen.uploads import Resumable, Uploads, open_storage

URL = os.environ.get("UPLOADS", "file:///nowhere")
FILES = Uploads(lambda: open_storage(URL), "things", max_bytes=1 << 30, types=".bin, .txt")
RESUMABLE = Resumable(FILES, os.environ.get("SPOOL", "/nowhere"), expires=600)
app = FastAPI()


class Paced:
    """Waits before each piece of a body, so that an upload takes long enough to be interrupted on a fast machine."""

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self.app = app
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def paced() -> Message:
            await asyncio.sleep(self.seconds)
            return await receive()

        await self.app(scope, paced, send)


if pace := os.environ.get("PACE"):
    app.add_middleware(Paced, seconds=float(pace))


@app.options("/resumable")
async def options() -> Response:
    return RESUMABLE.options()


@app.post("/resumable")
async def post(request: Request) -> Response:
    return await RESUMABLE.create(request, owner=request.headers.get("x-user"))


@app.head("/resumable/{id}")
async def head(id: str, request: Request) -> Response:
    return await RESUMABLE.offset(id, owner=request.headers.get("x-user"))


@app.patch("/resumable/{id}")
async def patch(id: str, request: Request) -> Response:
    return await RESUMABLE.append(id, request, owner=request.headers.get("x-user"))


@app.delete("/resumable/{id}")
async def delete(id: str, request: Request) -> Response:
    return await RESUMABLE.end(id, owner=request.headers.get("x-user"))


@app.get("/{name}")
async def get(name: str) -> Response:
    return await FILES.answer(name)
