"""The application as `routegen serve` runs it in dev: request log, error pages that heal themselves, a helpful 404."""

import secrets
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from routegen.errors import RoutegenError
from routegen.routes import Page, Route
from routegen.server import envelope
from routegen.server.app import RouteApp
from routegen.server.dev.access import may_see_dev_pages
from routegen.server.dev.log import RequestLog
from routegen.server.reload import Reloader
from routegen.server.reporter import Reporter

if TYPE_CHECKING:
    from routegen.server.dev.deliveries import Recorder
    from routegen.server.dev.nearest import KnownRoute

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
        self._logged = RequestLog(asgi_app, reporter.request, reporter.progress)
        application.around_webhook = lambda route, endpoint: self._recorder.around(route, endpoint)
        _DevAnswers(application, reloader).install()

    @cached_property
    def _recorder(self) -> "Recorder":
        from routegen.server.dev.deliveries import Recorder  # a project without webhooks needs none

        return Recorder(self.application.project.root, self.reporter.tell)

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
            from routegen.server.dev.report import explain  # pages load when the first one is needed

            self.reporter.failed(explain(error, self.application.project.root))
            if not started and scope["type"] == "http":
                raise


class _DevAnswers:
    """What the envelope answers, with more in it for the developer at this machine."""

    def __init__(self, application: RouteApp, reloader: Reloader) -> None:
        self._application = application
        self._reloader = reloader

    def install(self) -> None:
        """Replace the envelope's own answers; handlers that main.py added stay."""
        handlers: dict[Any, Callable[..., Any]] = self._application.exception_handlers
        if handlers.get(Exception) is envelope.answer_crash:
            handlers[Exception] = self.answer_crash
        if handlers.get(HTTPException) is envelope.answer_http_error:
            handlers[HTTPException] = self.answer_http_error

    async def answer_crash(self, request: Request, error: Exception) -> Response:
        """500 with the place in the user's code, for a person as a page and for a client as JSON."""
        if not may_see_dev_pages(request.scope):
            return await envelope.answer_crash(request, error)
        from routegen.server.dev.facts import RequestFacts
        from routegen.server.dev.pages import error_json, error_page, page_headers
        from routegen.server.dev.report import explain

        report = explain(error, self._application.project.root)
        facts = RequestFacts.of(request.scope)
        if envelope.wants_html(request.headers.get("accept", "")):
            nonce = secrets.token_urlsafe(16)
            page = error_page(report, facts, version=self._reloader.version, nonce=nonce)
            return HTMLResponse(page, 500, page_headers(nonce))
        return JSONResponse(error_json(report, facts), 500)

    async def answer_http_error(self, request: Request, error: Exception) -> Response:
        """The envelope; a path without a route also names the nearest ones."""
        assert isinstance(error, HTTPException)
        unknown = error.status_code == 404 and error.detail == "Not Found" and "endpoint" not in request.scope
        if not unknown or not may_see_dev_pages(request.scope):
            return await envelope.answer_http_error(request, error)
        from routegen.server.dev.pages import not_found_json, not_found_page, page_headers

        rows = route_rows(self._application)
        path = request.url.path
        if envelope.wants_html(request.headers.get("accept", "")):
            nonce = secrets.token_urlsafe(16)
            version = self._reloader.version
            page = not_found_page(path, rows, method=request.method, version=version, nonce=nonce)
            return HTMLResponse(page, 404, page_headers(nonce))
        return JSONResponse(not_found_json(path, rows), 404)


def route_rows(application: RouteApp) -> "list[KnownRoute]":
    """Every route with its methods and its file, for people; methods are read from the syntax, where it can be read."""
    from routegen.server.dev.nearest import KnownRoute

    root = application.project.root
    return [
        KnownRoute(_methods(entry.route), entry.route.id, entry.route.file.relative_to(root).as_posix())
        for entry in application.table
    ]


def _methods(route: Route) -> tuple[str, ...]:
    from routegen.handlers.methods import read_methods

    if isinstance(route, Page):
        return ("GET",) if route.actions is None else ("GET", "POST")
    try:
        return read_methods(route.file)
    except (RoutegenError, OSError):  # a broken file answers 500 with its error; it must not hide the others
        return ()
