"""One route in service: its module, loaded on first use, and the endpoint of each method."""

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fastapi import params
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from routegen.errors import ProjectError
from routegen.routes import HANDLER_NAMES, METHODS, Kind, Route
from routegen.server.answer import head
from routegen.server.direct import compile_direct
from routegen.server.limits import SCOPE_KEY, check_content_length
from routegen.server.operations import build_documented_parent, build_operation, build_websocket

if TYPE_CHECKING:
    from routegen.server.app import RouteApp


class RouteError(Exception):
    """A route that cannot be served; the cause says why. It answers 500, and only it."""

    def __init__(self, route: Route, message: str, hint: str) -> None:
        super().__init__(message)
        self.route = route
        self.message = message
        self.hint = hint


class RouteEntry:
    """A route, its endpoints by method and what OpenAPI shows of it.

    `direct` holds the endpoints that can answer without the application's middleware stack, `full` all of them.
    """

    __slots__ = (
        "allow",
        "direct",
        "error",
        "full",
        "limits",
        "lines",
        "loaded",
        "operations",
        "route",
        "websocket",
    )

    def __init__(self, route: Route) -> None:
        self.route = route
        self.loaded = False
        self.error: RouteError | None = None
        self.direct: dict[str, ASGIApp] = {}
        self.full: dict[str, ASGIApp] = {}
        self.limits: dict[str, int] = {}
        self.lines: dict[str, int] = {}
        self.operations: list[APIRoute] = []
        self.websocket: ASGIApp | None = None
        self.allow = ""

    def load(self, app: "RouteApp") -> None:
        """Run the module and compile its handlers, once. A failure is kept in `error`."""
        if self.loaded:
            return
        self.loaded = True
        try:
            self._load(app)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a SystemExit at import is the route's fault too
            self._fail(error)
        methods = set(self.full)
        self.allow = ", ".join(sorted(methods | {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set())))

    def become(self, other: "RouteEntry") -> None:
        """Take over everything of another entry at once: the tree points here, so its code is in service now."""
        for name in (slot for kind in type(self).__mro__ for slot in getattr(kind, "__slots__", ())):
            setattr(self, name, getattr(other, name))

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request that matched this route.

        Raises:
            RouteError: the route is broken.
            HTTPException: 405 with a complete `Allow`, 413, 426 for a WebSocket route.
        """
        if self.error is not None:
            raise RouteError(self.error.route, self.error.message, self.error.hint) from self.error.__cause__
        method = scope["method"]
        endpoint = self.full.get(method)
        if endpoint is None:
            await self._answer_implied(method)(scope, receive, send)
            return
        if limit := self.limits.get(method):
            if SCOPE_KEY in scope:
                scope[SCOPE_KEY].limit = limit
            if method not in ("GET", "HEAD"):
                check_content_length(scope, limit)
        await endpoint(scope, receive, send)

    def _answer_implied(self, method: str) -> ASGIApp:
        if method == "OPTIONS":
            return Response(status_code=204, headers={"Allow": self.allow})
        if not self.full and self.websocket is not None:
            raise HTTPException(426, "This route speaks WebSocket", headers={"Upgrade": "websocket"})
        raise HTTPException(405, headers={"Allow": self.allow})

    def _load(self, app: "RouteApp") -> None:
        if problem := self.route.problem:
            raise ProjectError(problem.message, hint=problem.hint)
        guards = [guard for file in self.route.guards for guard in app.guards_of(file)]
        module = app.loader.load(self.route.file)
        handlers = {name: getattr(module, name) for name in HANDLER_NAMES if hasattr(module, name)}
        for name, handler in handlers.items():
            if not callable(handler):
                raise ProjectError(
                    f"`{name}` in `{self.route.file}` is no function but `{type(handler).__name__}`",
                    hint=f"make it a function: `async def {name}(): ...`",
                )
        self.lines = {name: _line(handler) for name, handler in handlers.items()}
        for method in METHODS:
            if method in handlers:
                self._add(app, method, handlers[method], guards)
        if "WEBSOCKET" in handlers:
            self.websocket = build_websocket(app, self.route, handlers["WEBSOCKET"], guards).app
        if "GET" in self.full and "HEAD" not in self.full:
            self._imply_head()
        if app.around_webhook is not None and getattr(module, "EXPOSE", None) == "webhook":
            for table in (self.direct, self.full):
                if "POST" in table:
                    table["POST"] = app.around_webhook(self.route, table["POST"])

    def _add(
        self, app: "RouteApp", method: str, handler: Callable[..., Any], guards: list[params.Depends]
    ) -> None:
        operation = build_operation(app, self.route, method, handler, guards)
        limit = operation.max_body_size
        self.limits[method] = limit = app.body_limit if limit is None else limit
        self.full[method] = operation.app
        self.operations.append(operation)
        if self.route.segments and self.route.segments[-1].kind is Kind.OPTIONAL_CATCH_ALL:
            self.operations.append(build_documented_parent(app, self.route, operation))
        if direct := compile_direct(
            operation, router=app.router, body_limit=limit, fallback=app.answer_through_fastapi
        ):
            self.direct[method] = direct
            self.full[method] = either(direct, operation.app)

    def _imply_head(self) -> None:
        """HEAD comes from GET and from nothing else, as in Next.js."""
        for table in (self.direct, self.full):
            if "GET" in table:
                table["HEAD"] = head(table["GET"])
        self.limits["HEAD"] = self.limits["GET"]

    def _fail(self, error: BaseException) -> None:
        self.full.clear()
        self.direct.clear()
        self.operations.clear()
        self.websocket = None
        message = getattr(error, "message", None) or f"{type(error).__name__}: {error}"
        hint = getattr(error, "hint", None) or f"mend `{self.route.file}`"
        self.error = RouteError(self.route, message, hint)
        self.error.__cause__ = error


def _line(handler: Callable[..., Any]) -> int:
    code = getattr(inspect.unwrap(handler), "__code__", None)
    return code.co_firstlineno if code is not None else 1


FULL_KEY = "routegen.full"
"""Set in the scope when the direct endpoint handed the request over to FastAPI."""


def either(direct: ASGIApp, full: ASGIApp) -> ASGIApp:
    """The direct endpoint inside the middleware stack, where its fallback is FastAPI's endpoint itself."""

    async def endpoint(scope: Scope, receive: Receive, send: Send) -> None:
        await (full if scope.get(FULL_KEY) else direct)(scope, receive, send)

    return endpoint
