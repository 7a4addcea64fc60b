"""The application behind the tests in a browser: a form, a stream of events, and `/docs` with its scripts at hand."""

import os
from typing import Annotated

from fastapi import FastAPI, Header, Request, Response
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

from routegen import respond
from routegen.streams import Broadcast
from routegen.uploads import StoredFile, Uploads, open_storage

FILES = Uploads(lambda: open_storage(os.environ["UPLOADS"]))
CHANNEL = Broadcast(os.environ["CHANNEL"], os.environ["CHANNEL_URL"])
app = FastAPI(docs_url=None)
if os.environ.get("SWAGGER"):
    app.mount("/swagger", StaticFiles(directory=os.environ["SWAGGER"]))


@app.get("/", response_class=HTMLResponse)
async def form() -> str:
    return (
        '<form action="/files" method="post" enctype="multipart/form-data">'
        '<input type="file" name="file"><button>Send</button></form>'
    )


@app.post("/files", status_code=201, openapi_extra=FILES.form_schema())
async def post(request: Request) -> StoredFile:
    return await FILES.receive(request)


@app.get("/events")
async def events(last_event_id: Annotated[str | None, Header()] = None) -> Response:
    return respond.events(CHANNEL.subscribe(last_event_id))


@app.get("/docs", response_class=HTMLResponse)
async def docs() -> Response:
    return get_swagger_ui_html(
        openapi_url="/openapi.json",
        title="docs",
        swagger_js_url="/swagger/swagger-ui-bundle.js",
        swagger_css_url="/swagger/swagger-ui.css",
    )
