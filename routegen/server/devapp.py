"""The application as `routegen serve` runs it in dev: request log, error pages that heal themselves, a helpful 404."""

from collections.abc import Callable
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from routegen.server import envelope
from routegen.server.app import RouteApp
from routegen.server.dev.access import may_see_dev_pages
from routegen.server.dev.log import RequestLog
from routegen.server.dev.pages import RouteRow, error_page, facts_of, not_found_json, not_found_page
from routegen.server.dev.report import as_json, explain
from routegen.server.reload import Reloader
from routegen.server.reporter import Reporter

VERSION_PATH = "/__routegen/version"


class DevApp:
    """Wraps the project's ASGI application for a developer at this machine."""

    def __init__(
        self, asgi_app: ASGIApp, application: RouteApp, reloader: Reloader, reporter: Reporter
    ) -> None:
        self.application = application
        self.reloader = reloader
        self.reporter = reporter
        self.draining = False
        self._logged = RequestLog(asgi_app, reporter.request)
        _install(application)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == VERSION_PATH and may_see_dev_pages(scope):
            await JSONResponse({"version": self.reloader.version})(scope, receive, send)
            return
        started = False

        async def watched_send(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                if self.draining:
                    message = {**message, "headers": [*message.get("headers", []), (b"connection", b"close")]}
            await send(message)

        try:
            await self._logged(scope, receive, watched_send if scope["type"] == "http" else send)
        except Exception as error:
            if scope["type"] == "lifespan":
                raise
            self.reporter.failed(explain(error, self.application.project.root))
            if not started and scope["type"] == "http":
                raise


def _install(application: RouteApp) -> None:
    """Replace the envelope's answers by the dev ones; handlers of the user's own stay."""
    handlers: dict[Any, Callable[..., Any]] = application.exception_handlers
    if handlers.get(Exception) is envelope.answer_crash:
        handlers[Exception] = _answer_crash
    if handlers.get(HTTPException) is envelope.answer_http_error:
        handlers[HTTPException] = _answer_http_error


async def _answer_crash(request: Request, error: Exception) -> Response:
    """500 with the place in the user's code, for a person as a page and for a client as JSON."""
    if not may_see_dev_pages(request.scope):
        return await envelope.answer_crash(request, error)
    report = explain(error, request.app.project.root)
    if envelope.wants_html(request.headers.get("accept", "")):
        return HTMLResponse(error_page(report, facts_of(request.scope)), 500, {"Cache-Control": "no-store"})
    return JSONResponse(as_json(report), 500)


async def _answer_http_error(request: Request, error: Exception) -> Response:
    """The envelope; a path without a route also names the nearest ones."""
    assert isinstance(error, HTTPException)
    unknown = error.status_code == 404 and "endpoint" not in request.scope
    if not unknown or not may_see_dev_pages(request.scope):
        return await envelope.answer_http_error(request, error)
    rows = route_rows(request.app)
    if envelope.wants_html(request.headers.get("accept", "")):
        return HTMLResponse(not_found_page(request.url.path, rows), 404, {"Cache-Control": "no-store"})
    return JSONResponse(not_found_json(request.url.path, rows), 404)


def route_rows(application: RouteApp) -> list[RouteRow]:
    """Every route with its methods and its file, for people; methods are read from the syntax."""
    from routegen.handlers import read_methods

    root = application.project.root
    return [
        RouteRow(
            read_methods(entry.route.file), entry.route.id, entry.route.file.relative_to(root).as_posix()
        )
        for entry in application.table
    ]
