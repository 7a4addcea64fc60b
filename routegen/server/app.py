"""Turns a project's folder tree into a FastAPI application."""

import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

from dotenv import load_dotenv
from fastapi import FastAPI, params
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from routegen.errors import ProjectError
from routegen.project import Project, find_project
from routegen.routes import Route, scan
from routegen.server import envelope
from routegen.server.direct import STARTED_KEY
from routegen.server.effects import effects
from routegen.server.entry import FULL_KEY, RouteEntry
from routegen.server.forms_script import script_route
from routegen.server.guards import load_guard
from routegen.server.limits import DEFAULT_BODY_LIMIT, BodyLimitMiddleware
from routegen.server.loader import Loader
from routegen.server.schemas import add_components
from routegen.server.side_effects import BACKGROUND_KEY
from routegen.server.table import BadPath, RawPath, Table, location

UNKNOWN_KEY = "routegen.unknown"
"""Where the scope carries the path that the tree does not know."""

ERROR_KEY = "routegen.error"
"""Where the scope carries what a direct endpoint raised into the middleware stack, which knows how to answer it."""


def create_app(project: Project | Path | str | None = None, **fastapi_options: Any) -> FastAPI:
    """The project's folder tree as a FastAPI application, for production.

    Every route is loaded at start-up; one that cannot be served stops it. `.env` of the project is read into the
    environment (variables that are set stay), and the project's folder joins `sys.path`.

    Args:
        project: the project or a path in it; by default the folder of the file that calls, which is `main.py`.
        fastapi_options: passed to `FastAPI(...)`. `max_body_size` is in bytes and 1 MiB unless given.

    Raises:
        ProjectError: there is no project.
    """
    if not isinstance(project, Project):
        caller = sys._getframe(1).f_globals.get("__file__")  # pyright: ignore[reportPrivateUsage]
        project = find_project(Path(project or caller or "."))
    root = str(project.root)
    if root not in sys.path:
        sys.path.insert(0, root)
    load_dotenv(project.root / ".env")
    app = RouteApp(project, **fastapi_options)
    created_apps.append(app)
    return app


class RouteApp(FastAPI):
    """A FastAPI application whose routes come from a folder tree; all of FastAPI works beside it.

    Routes of the tree are asked first, except that what main.py registers under a fixed first segment (`/docs`) wins
    over a dynamic route of the tree.
    """

    def __init__(self, project: Project, *, max_body_size: int | None = None, **options: Any) -> None:
        options.setdefault("title", project.name)
        super().__init__(**options)
        self.project = project
        self.body_limit = DEFAULT_BODY_LIMIT if max_body_size is None else max_body_size
        self.dev = False
        self.before_request: Callable[[Scope], None] | None = None
        self.around_webhook: Callable[[Route, ASGIApp], ASGIApp] | None = None
        self.loader = Loader(project.app_dir)
        self._table: Table | None = None
        self._guards: dict[Path, tuple[params.Depends, ...]] = {}
        self._short: bool | None = None
        self._has_open_routes: bool | None = None
        self._fixed: tuple[int, frozenset[str]] = (-1, frozenset())
        self.router.routes.insert(0, TreeRoute(self))
        self.router.routes.insert(1, script_route())
        self.router.lifespan_context = _starting_first(self, self.router.lifespan_context)
        envelope.install(self)

    @property
    def table(self) -> Table:
        """The tree in service; the first use scans it and, outside dev, loads all of it."""
        return self._table or self.start()

    def start(self) -> Table:
        """Scan the tree. Outside dev every route is loaded now.

        Raises:
            ProjectError: outside dev, naming every route that cannot be served.
        """
        if self._table is None:
            table = Table(scan(self.project.app_dir))
            if not self.dev:
                for entry in table:
                    entry.load(self)
                _refuse_broken(table)
            self._table = table
        return self._table

    def guards_of(self, file: Path) -> tuple[params.Depends, ...]:
        """The guards of one `dependencies.py`, loaded once.

        Raises:
            Exception: the file is broken; nothing is remembered, and every route below it fails.
        """
        if file not in self._guards:
            self._guards[file] = load_guard(self.loader, file)
        return self._guards[file]

    def forget_guards(self, files: Iterable[Path]) -> None:
        """Load these `dependencies.py` and `actions.py` files anew when they are asked for next."""
        for file in files:
            self._guards.pop(file, None)
            self.loader.forget(file)

    def replace_table(self, table: Table) -> None:
        """Put another tree in service; requests that run keep theirs."""
        self._table = table

    @property
    def routes(self) -> list[BaseRoute]:
        """All routes, those of the tree included, as OpenAPI and tools that list routes want them."""
        operations: list[APIRoute] = []
        for entry in self.table:
            entry.load(self)
            operations += entry.operations
        _make_unique(operations)
        return [*self.router.routes[1:], *operations]

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document; every handler of the tree is in it."""
        return add_components(super().openapi())

    def build_middleware_stack(self) -> ASGIApp:
        """FastAPI's stack, with the body limit outside the application's own middleware."""
        own = self.user_middleware
        self.user_middleware = [Middleware(BodyLimitMiddleware, limit=self.body_limit), *own]
        try:
            return super().build_middleware_stack()
        finally:
            self.user_middleware = own

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.before_request is not None and scope["type"] != "lifespan":
            self.before_request(scope)
        try:
            if scope["type"] != "http" or (answering := self._answer_directly(scope, receive, send)) is None:
                await self._answer_through_stack(scope, receive, send)
                return
            try:
                await answering
            except Exception as error:
                if STARTED_KEY in scope or isinstance(error, ClientDisconnect):
                    raise
                scope[ERROR_KEY] = error
                await self._answer_through_stack(scope, receive, send)
        except ClientDisconnect:
            pass  # nobody is there to answer, and nothing has gone wrong

    def _answer_directly(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None] | None:
        """The answer of a direct endpoint, where nothing stands between the server and the handler."""
        table = self._table or self.start()
        if not (self._is_short() if self._short is None else self._short) or scope.get("root_path"):
            return None
        raw = scope.get("raw_path")
        if raw is None or b"%" in raw:
            return None
        path = scope["path"]
        entry = table.static.get(path)
        if entry is None:
            if (
                b"/." in raw or b"\0" in raw
            ):  # a dot segment, perhaps: the tree's way with the raw path decides
                return None
            found = table.tree.match(path)
            if found is None:
                return self._answer_unknown(path, scope, receive, send)
            if path.split("/", 2)[1] in self._fixed_segments():
                return None
            entry, scope["path_params"] = found
        else:
            scope["path_params"] = {}
        if not entry.loaded:
            entry.load(self)
        endpoint = entry.direct.get(scope["method"])
        if endpoint is None:
            return None
        scope["app"] = self
        return endpoint(scope, receive, send)

    def _answer_unknown(
        self, path: str, scope: Scope, receive: Receive, send: Send
    ) -> Awaitable[None] | None:
        """404 at once, where neither main.py nor another spelling of the path can have an answer."""
        if not path.startswith("/") or "//" in path or path.endswith("/") or not self._knows_all_paths():
            return None
        if path.split("/", 2)[1] in self._fixed_segments():
            return None
        return envelope.answer(Request(scope), 404, "Not Found")(scope, receive, send)

    def _knows_all_paths(self) -> bool:
        """Whether main.py adds no route whose first segment is open, and no answer to 404 of its own."""
        self._fixed_segments()
        own = self.exception_handlers.get(404), self.exception_handlers.get(HTTPException)
        # `app.frontend(...)` keeps its routes apart, and takes any path
        last_resorts: Any = getattr(self.router, "_low_priority_routes", True)
        return not (self._has_open_routes or last_resorts) and own == (None, envelope.answer_http_error)

    def _is_short(self) -> bool:
        """Whether requests may skip the middleware stack: there is none of the user's, and no telemetry to feed."""
        if self.middleware_stack is None:  # as at any first request: what main.py adds from now on is refused
            self.middleware_stack = self.build_middleware_stack()
        self._short = not (self.user_middleware or self.root_path or self._native_telemetry.enabled())
        return self._short

    async def _answer_through_stack(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            if tasks := scope.get(BACKGROUND_KEY):
                await tasks()

    async def answer_through_fastapi(self, scope: Scope, receive: Receive, send: Send) -> None:
        """What a direct endpoint does with a request that is none of its business."""
        scope[FULL_KEY] = True
        if "routegen.entry" in scope:  # inside the stack already
            await scope["routegen.entry"].handle(scope, receive, send)
        else:
            await self._answer_through_stack(scope, receive, send)

    def _fixed_segments(self) -> frozenset[str]:
        """The first segments that routes of main.py (and `/docs`) begin with; counted anew when routes were added."""
        routes = self.router.routes
        if self._fixed[0] != len(routes):
            names = {_first_segment(route) for route in iter_route_contexts(routes[1:])}
            self._has_open_routes = None in names
            self._fixed = (len(routes), frozenset(name for name in names if name is not None))
        return self._fixed[1]

    def find(self, scope: Scope) -> tuple["RouteEntry | ASGIApp", dict[str, Any]] | None:
        """What the tree has for a request: an entry with its parameters, or an answer to the spelling of the path."""
        path = RawPath(scope)
        if path.raw == b"*" and scope.get("method") == "OPTIONS":
            return Response(status_code=204), {}
        try:
            found = self.table.match(path)
            canonical = path.canonical() if found is None else None
            if canonical is not None:
                return self._redirect(path, canonical, scope)
        except BadPath as error:
            return _raising(HTTPException(400, str(error))), {}
        if found is not None and found[1] and self._belongs_to_main(scope):
            return None
        return found

    def _redirect(
        self, path: RawPath, canonical: bytes, scope: Scope
    ) -> tuple[ASGIApp, dict[str, Any]] | None:
        """308 to the canonical path when that is a route of the tree; mounts keep their slashes."""
        moved = RawPath({"path": canonical.decode("latin-1"), "raw_path": canonical})
        moved.raw = canonical
        if scope["type"] != "http" or self.table.match(moved) is None:
            return None
        return Response(status_code=308, headers={"Location": location(path, canonical, scope)}), {}

    def _belongs_to_main(self, scope: Scope) -> bool:
        first = (RawPath(scope).segments or [""])[0]
        if first not in self._fixed_segments():
            return False
        return any(route.matches(dict(scope))[0] is Match.FULL for route in self.router.routes[1:])


class TreeRoute(BaseRoute):
    """The folder tree as one route of Starlette's router; a path it knows never falls through to another route."""

    def __init__(self, app: RouteApp) -> None:
        self.app = app

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """FULL for every path of the tree, whatever the method: the path is chosen first, then the method."""
        if ERROR_KEY in scope:
            return Match.FULL, {}
        if _is_slash_probe(scope):
            return Match.NONE, {}
        found = self.app.find(scope)
        if found is None:
            scope[UNKNOWN_KEY] = scope["path"]
            return Match.NONE, {}
        target, parameters = found
        if isinstance(target, RouteEntry):
            target.load(self.app)
        return Match.FULL, {"routegen.entry": target, "endpoint": target, "path_params": parameters}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request that `matches` took."""
        if ERROR_KEY in scope:
            raise scope[ERROR_KEY]
        target = scope["routegen.entry"]
        if not isinstance(target, RouteEntry):
            await target(scope, receive, send)
        elif scope["type"] == "http":
            await target.handle(scope, receive, send)
        elif target.websocket is not None and target.error is None:
            await target.websocket(scope, receive, send)
        else:
            await WebSocketClose()(scope, receive, send)

    def url_path_for(self, name: str, /, **path_params: Any) -> Any:
        """Not supported: a URL of the tree is its folder path."""
        from starlette.routing import NoMatchFound

        raise NoMatchFound(name, path_params)


created_apps: list[RouteApp] = []
"""Every application made by `create_app` in this process, for `routegen serve`, which switches dev on."""


def _first_segment(route: RouteContext) -> str | None:
    """What the paths of a route of main.py begin with, if that is fixed: `docs`, or nothing for `/` itself."""
    path = route.path
    if path is None or not path.startswith("/"):
        return None
    first = path.split("/", 2)[1]
    return None if "{" in first else first


def _make_unique(operations: Sequence[APIRoute]) -> None:
    """Number the operation ids that two routes share (`/a-b` and `/a_b`); the order of the tree decides who keeps it."""
    taken: set[str] = set()
    for operation in operations:
        own = operation.operation_id or operation.unique_id
        name = own
        for number in count(2):
            if name not in taken:
                break
            name = f"{own}_{number}"
        taken.add(name)
        operation.operation_id = name


def _is_slash_probe(scope: Scope) -> bool:
    """Whether Starlette asks for a path that the tree does not know once more, with a slash more or less. The tree
    redirects by itself; main.py's routes and mounts keep Starlette's redirects."""
    unknown = scope.get(UNKNOWN_KEY)
    return (
        unknown is not None and unknown != scope["path"] and unknown.rstrip("/") == scope["path"].rstrip("/")
    )


def _raising(error: Exception) -> ASGIApp:
    async def raise_error(scope: Scope, receive: Receive, send: Send) -> None:
        raise error

    return raise_error


def _starting_first(app: RouteApp, lifespan: Any) -> Any:
    @asynccontextmanager
    async def start_then_live(asgi_app: Any) -> AsyncGenerator[Any]:
        app.start()
        async with effects(app.project.root, dev=app.dev), lifespan(asgi_app) as state:
            yield state

    return start_then_live


def _refuse_broken(table: Table) -> None:
    problems = [f"{problem.message} ({problem.hint})" for problem in table.manifest.problems]
    problems += [
        f"{entry.error.message}: `{entry.route.file}` ({entry.error.hint})"
        for entry in table
        if entry.error is not None and entry.route.problem is None
    ]
    if problems:
        raise ProjectError(
            f"{len(problems)} problems in the route tree:\n"
            + "\n".join(f"  - {problem}" for problem in problems),
            hint="`routegen check` lists them with their places",
        )


__all__: Sequence[str] = ["RouteApp", "create_app"]
