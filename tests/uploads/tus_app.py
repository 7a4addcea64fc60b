"""The application behind the tests of resumable uploads: any file, into the folder that UPLOADS names."""

import os

from fastapi import FastAPI, Request, Response

from routegen.uploads import Resumable, Uploads, open_storage

URL = os.environ.get("UPLOADS", "file:///nowhere")
FILES = Uploads(lambda: open_storage(URL), "things", max_bytes=1 << 30, types=".bin, .txt")
RESUMABLE = Resumable(FILES, os.environ.get("SPOOL", "/nowhere"), expires=600)
app = FastAPI()


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
