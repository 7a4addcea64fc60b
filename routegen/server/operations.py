"""Turns a handler into the FastAPI path operation that documents it and answers when all of FastAPI is needed."""

import re
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from fastapi import FastAPI, params
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import get_flat_params
from fastapi.routing import APIRoute, APIWebSocketRoute
from fastapi.security.base import SecurityBase
from starlette.requests import Request as StarletteRequest
from starlette.responses import Response

from routegen.options import options_of
from routegen.routes import Kind, Route
from routegen.server.answer import Sending
from routegen.server.request import Request
from routegen.server.schemas import INVALID_REQUEST, error_answer
from routegen.server.side_effects import has_side_effects, keep_side_effects
from routegen.server.signature import fit, without

Handler = Callable[..., Any]


class HandlerRoute(APIRoute):
    """FastAPI's route with routegen's request class, and with answers that are checked on their way out."""

    def get_route_handler(self) -> Callable[[StarletteRequest], Coroutine[Any, Any, Response]]:
        """FastAPI's documented hook for a request class of one's own."""
        answer = super().get_route_handler()
        typed_form = isinstance(self.body_field and self.body_field.field_info, params.Form)

        async def handle(request: StarletteRequest) -> Response:
            request.scope.update(route=self, endpoint=self.endpoint)
            own = Request(request.scope, request.receive)
            own.typed_form = typed_form
            return Sending(await answer(own))

        return handle


def build_operation(
    app: FastAPI, route: Route, method: str, handler: Handler, guards: Sequence[params.Depends]
) -> APIRoute:
    """The path operation of one method, with everything the application, the folders and the handler declare.

    Raises:
        Exception: FastAPI's own complaint about the signature.
    """
    endpoint = fit(handler, route)
    operation = _add(app, route, method, endpoint, guards)
    if has_side_effects(operation.dependant) and not (operation.is_sse_stream or operation.is_json_stream):
        operation = _add(app, route, method, keep_side_effects(endpoint, operation.dependant), guards)
    return operation


def build_documented_parent(app: FastAPI, route: Route, operation: APIRoute) -> APIRoute:
    """`/docs` for `/docs/[[...slug]]`: OpenAPI has no optional path parameter, so the path without it is listed too."""
    name = route.segments[-1].name
    parent = Route(route.id, route.file, route.segments[:-1], route.guards)
    (method,) = operation.methods or {"GET"}
    return _add(app, parent, method, without(operation.endpoint, name), operation.dependencies)


def build_websocket(
    app: FastAPI, route: Route, handler: Handler, guards: Sequence[params.Depends]
) -> APIWebSocketRoute:
    """The WebSocket route of a `WEBSOCKET` handler, guarded like the rest of its folder."""
    app.router.add_api_websocket_route(route.template, fit(handler, route), dependencies=list(guards))
    built = app.router.routes.pop()
    assert isinstance(built, APIWebSocketRoute)
    return built


def _add(
    app: FastAPI, route: Route, method: str, endpoint: Handler, guards: Sequence[params.Depends]
) -> APIRoute:
    """Let FastAPI build the route, so that its own defaults and merging of options hold, and take it out again: the
    tree does the matching."""
    options = dict(options_of(endpoint))
    options["dependencies"] = [*guards, *(options.get("dependencies") or [])]
    name = operation_name(route)
    options.setdefault("operation_id", f"{method.lower()}_{name}")
    options.setdefault("summary", f"{method.title()} {name.replace('_', ' ')}".strip())
    options.setdefault("tags", _tags(route))
    own_responses: dict[int | str, Any] = options.get("responses") or {}
    options["responses"] = {**_possible_errors(route, method), **own_responses}
    app.router.add_api_route(
        route.template,
        endpoint,
        methods=[method],
        route_class_override=HandlerRoute,
        name=f"{method} {route.id}",
        **options,
    )
    built = app.router.routes.pop()
    assert isinstance(built, APIRoute)
    if built.body_field or get_flat_params(built.dependant):
        built.responses.setdefault(422, INVALID_REQUEST)
    if _has_security_scheme(built.dependant):
        built.responses.setdefault(401, error_answer("Unauthorized"))
        built.responses.setdefault(403, error_answer("Forbidden"))
    return built


def _has_security_scheme(dependant: Dependant) -> bool:
    return any(
        isinstance(sub.call, SecurityBase) or _has_security_scheme(sub) for sub in dependant.dependencies
    )


def operation_name(route: Route) -> str:
    """The route id as a Python name: `/api/users/[id]` is `api_users_by_id`."""
    words = [f"{_WORD[s.kind]}{s.name}" for s in route.segments]
    return re.sub(r"\W", "_", "_".join(words)) or "root"


_WORD = {Kind.STATIC: "", Kind.DYNAMIC: "by_", Kind.CATCH_ALL: "all_", Kind.OPTIONAL_CATCH_ALL: "any_"}


def _tags(route: Route) -> list[str]:
    names = [s.name for s in route.segments if s.kind is Kind.STATIC and s.name != "api"]
    return names[:1]


def _possible_errors(route: Route, method: str) -> dict[int | str, dict[str, Any]]:
    errors: dict[int | str, dict[str, Any]] = {}
    if route.parameters:
        errors[400] = error_answer("Bad Request")
        errors[404] = error_answer("Not Found")
    if method in ("POST", "PUT", "PATCH"):
        errors[400] = error_answer("Bad Request")
        errors[413] = error_answer("Content Too Large")
    return errors
