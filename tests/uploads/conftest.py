"""A small application that takes uploads into a temporary folder, on plain FastAPI."""

from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi import FastAPI, Request, Response

from routegen.uploads import StoredFile, Uploads, open_storage

MAX_BYTES = 300_000
Kept = Callable[[], list[Path]]


def application(url: str, **limits: int | None) -> FastAPI:
    """Routes over one `Uploads`; the owner is who the header `X-User` says."""
    files = Uploads(lambda: open_storage(url), "things", **{"max_bytes": MAX_BYTES, **limits})
    app = FastAPI()

    @app.post("/files", status_code=201, openapi_extra=files.form_schema())
    async def post(request: Request) -> StoredFile:
        return await files.receive(request, owner=request.headers.get("x-user"))

    @app.post("/forms", status_code=201)
    async def post_form(request: Request) -> dict[str, object]:
        form = await files.receive_form(request)
        return {"files": [file.name for file in form.files], "fields": form.fields}

    @app.put("/files", status_code=201, openapi_extra=files.raw_schema())
    async def put(request: Request, filename: str = "") -> StoredFile:
        return await files.receive_raw(request, filename)

    @app.get("/files")
    async def listed(request: Request, limit: int = 100, before: str | None = None) -> list[StoredFile]:
        return await files.files(owner=request.headers.get("x-user"), limit=limit, before=before)

    @app.head("/files/{name}", include_in_schema=False)
    @app.get("/files/{name}")
    async def get(name: str, presign: int | None = None) -> Response:
        return await files.answer(name, presign=presign)

    @app.delete("/files/{name}", status_code=204)
    async def delete(request: Request, name: str) -> None:
        await files.delete(name, owner=request.headers.get("x-user"))

    return app


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    return application((tmp_path / "kept").as_uri())


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    """The files on the disk: all of them, also records and unfinished ones."""

    def found() -> list[Path]:
        return sorted(path for path in tmp_path.rglob("*") if path.is_file())

    return found
