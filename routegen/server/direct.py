"""Compiles the shortest endpoint that keeps FastAPI's semantics: what a handler does not use costs nothing.

A handler qualifies when nothing but its own parameters has to be worked out: no dependency of application, folder or
handler, no injected `Response` or `BackgroundTasks`, no form, no stream made by FastAPI. Whatever is unusual about a
request (a value that does not validate, a body of another content type) is handed to FastAPI before the handler has
been called, so that the two ways cannot differ in how they refuse.
"""

import inspect
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from fastapi import params
from fastapi.datastructures import DefaultPlaceholder
from fastapi.dependencies.utils import get_validation_alias, request_params_to_args
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute, serialize_response
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from routegen.server.answer import send_response
from routegen.server.limits import BodyLimit, check_content_length, limited
from routegen.server.request import Request, parse_json, replay

STARTED_KEY = "routegen.started"
"""Set in the scope once a returned Response began to send: from then on an error can only cut the connection."""

Bind = Callable[[Scope, Request | None, dict[str, Any]], bool]
_JSON_TYPES = frozenset({b"application/json", b"application/json; charset=utf-8"})


@dataclass(frozen=True, slots=True)
class Direct:
    """What the compiled endpoint needs to know of its operation."""

    operation: APIRoute
    call: Callable[..., Awaitable[Any]]
    body_limit: int
    fallback: ASGIApp
    facts: dict[str, Any]


def compile_direct(operation: APIRoute, *, router: Any, body_limit: int, fallback: ASGIApp) -> ASGIApp | None:
    """The short endpoint of an operation, or None when it needs all of FastAPI.

    `fallback` answers a request through FastAPI instead.
    """
    if not _qualifies(operation):
        return None
    function = operation.endpoint
    call = function if inspect.iscoroutinefunction(function) else _in_threads(function)
    facts = {"router": router, "route": operation, "endpoint": function}
    direct = Direct(operation, call, body_limit, fallback, facts)
    binds = _binds(operation)
    encode = _encoder(operation)
    if operation.body_field is not None:
        return _with_json_body(direct, binds, encode)
    if _request_name(operation) or _lazy_parameters(operation):
        return _with_request(direct, binds, encode)
    if binds:
        return _with_path(direct, binds, encode)
    return _bare(direct, encode)


def _qualifies(operation: APIRoute) -> bool:
    dependant = operation.dependant
    function = operation.endpoint
    body = operation.body_field
    return not (
        dependant.dependencies
        or dependant.response_param_name
        or dependant.background_tasks_param_name
        or dependant.security_scopes_param_name
        or dependant.websocket_param_name
        or (dependant.request_param_name and dependant.http_connection_param_name)
        or not inspect.isfunction(function)
        or hasattr(function, "__wrapped__")
        or inspect.isgeneratorfunction(function)
        or inspect.isasyncgenfunction(function)
        or not isinstance(operation.response_class, DefaultPlaceholder)
        or operation.response_class.value is not JSONResponse
        or (operation.status_code or 200) in (204, 205, 304)
        or (operation.status_code or 200) < 200
        or (body is not None and (operation._embed_body_fields or type(body.field_info) is not params.Body))  # pyright: ignore[reportPrivateUsage]
    )


def _in_threads(function: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
    async def call(**values: Any) -> Any:
        return await run_in_threadpool(function, **values)

    return call


def _request_name(operation: APIRoute) -> str | None:
    dependant = operation.dependant
    return dependant.request_param_name or dependant.http_connection_param_name


def _lazy_parameters(operation: APIRoute) -> bool:
    dependant = operation.dependant
    return bool(dependant.query_params or dependant.header_params or dependant.cookie_params)


def _binds(operation: APIRoute) -> list[Bind]:
    """One function a group of parameters: it puts the values where the call takes them, or says that they are faulty."""
    dependant = operation.dependant
    binds: list[Bind] = [_bind_path(field) for field in dependant.path_params]
    sources: list[tuple[list[Any], Callable[[Request], Any]]] = [
        (dependant.query_params, lambda request: request.query_params),
        (dependant.header_params, lambda request: request.headers),
        (dependant.cookie_params, lambda request: request.cookies),
    ]
    return binds + [_bind_group(fields, read) for fields, read in sources if fields]


def _bind_path(field: Any) -> Bind:
    name, alias, validate = field.name, get_validation_alias(field), field.validate
    place = ("path", alias)
    if field.field_info.annotation is str and not field.field_info.metadata:

        def bind_text(scope: Scope, request: Request | None, values: dict[str, Any]) -> bool:
            value = values[name] = scope["path_params"].get(alias)
            return type(value) is str

        return bind_text

    def bind(scope: Scope, request: Request | None, values: dict[str, Any]) -> bool:
        given = scope["path_params"].get(alias)
        if given is None:
            return False
        values[name], errors = validate(given, {}, loc=place)
        return not errors

    return bind


def _bind_group(fields: list[Any], read: Callable[[Request], Any]) -> Bind:
    def bind(scope: Scope, request: Request | None, values: dict[str, Any]) -> bool:
        assert request is not None
        found, errors = request_params_to_args(fields, read(request))
        values.update(found)
        return not errors

    return bind


def _encoder(operation: APIRoute) -> Callable[[Any], bytes | None]:
    """Turns a result into JSON the way FastAPI does; None asks for FastAPI's own slower way."""
    field = operation.response_field
    if field is None:
        return encode_plain
    options: dict[str, Any] = {
        "include": operation.response_model_include,
        "exclude": operation.response_model_exclude,
        "by_alias": operation.response_model_by_alias,
        "exclude_unset": operation.response_model_exclude_unset,
        "exclude_defaults": operation.response_model_exclude_defaults,
        "exclude_none": operation.response_model_exclude_none,
    }
    validate, serialize = field.validate, field.serialize_json

    def encode_declared(result: Any) -> bytes | None:
        value, errors = validate(result, {}, loc=("response",))
        return None if errors else serialize(value, **options)

    return encode_declared


_dumps = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def encode_plain(result: Any) -> bytes | None:
    """A result without a declared type as JSON.

    FastAPI first turns it into plain data and then into JSON. Where the JSON encoder takes it as it is, the first
    step changes nothing, with one exception: it drops keys that begin with `_sa` (SQLAlchemy's state).
    """
    try:
        text = _dumps(result)
    except (TypeError, ValueError, RecursionError):
        return None
    return None if '"_sa' in text else text.encode()


async def _encode_slowly(operation: APIRoute, result: Any) -> bytes:
    """FastAPI's own serialisation, with its own errors."""
    if operation.response_field is None:
        return JSONResponse(jsonable_encoder(result)).body  # pyright: ignore[reportReturnType]
    return await serialize_response(field=operation.response_field, response_content=result, dump_json=True)


async def _answer(
    direct: Direct, encode: Any, result: Any, scope: Scope, receive: Receive, send: Send
) -> None:
    """Send what the handler returned: a Response as it is, anything else as JSON."""
    if isinstance(result, Response):
        await _send_response(result, scope, receive, send)
        return
    body = encode(result)
    if body is None:
        body = await _encode_slowly(direct.operation, result)
    headers = [(b"content-length", b"%d" % len(body)), (b"content-type", b"application/json")]
    await send(
        {"type": "http.response.start", "status": direct.operation.status_code or 200, "headers": headers}
    )
    await send({"type": "http.response.body", "body": body})


async def _send_response(response: Response, scope: Scope, receive: Receive, send: Send) -> None:
    async def noting_send(message: Any) -> None:
        scope[STARTED_KEY] = True
        await send(message)

    await send_response(response, scope, receive, noting_send)


def _bare(direct: Direct, encode: Any) -> ASGIApp:
    """A handler without parameters."""
    call = direct.call
    checks_body, limit = "GET" not in (direct.operation.methods or ()), direct.body_limit

    async def endpoint(scope: Scope, receive: Receive, send: Send) -> None:
        if checks_body:
            check_content_length(scope, limit)
        await _answer(direct, encode, await call(), scope, receive, send)

    return endpoint


def _with_path(direct: Direct, binds: list[Bind], encode: Any) -> ASGIApp:
    """A handler that takes path parameters only."""
    call = direct.call
    checks_body, limit = "GET" not in (direct.operation.methods or ()), direct.body_limit

    async def endpoint(scope: Scope, receive: Receive, send: Send) -> None:
        if checks_body:
            check_content_length(scope, limit)
        values: dict[str, Any] = {}
        for bind in binds:
            if not bind(scope, None, values):
                await direct.fallback(scope, receive, send)
                return
        await _answer(direct, encode, await call(**values), scope, receive, send)

    return endpoint


def _with_request(direct: Direct, binds: list[Bind], encode: Any) -> ASGIApp:
    """A handler that takes the request itself, or parameters read from its query, headers or cookies."""
    call, limit, facts = direct.call, direct.body_limit, direct.facts
    checks_body = "GET" not in (direct.operation.methods or ())
    request_name = _request_name(direct.operation)

    async def endpoint(scope: Scope, receive: Receive, send: Send) -> None:
        if checks_body:
            check_content_length(scope, limit)
        receive = limited(receive, BodyLimit(limit), scope)
        scope.update(facts)
        request = Request(scope, receive, send)
        values: dict[str, Any] = {} if request_name is None else {request_name: request}
        for bind in binds:
            if not bind(scope, request, values):
                await direct.fallback(scope, receive, send)
                return
        await _answer(direct, encode, await call(**values), scope, receive, send)

    return endpoint


def _with_json_body(direct: Direct, binds: list[Bind], encode: Any) -> ASGIApp:
    """A handler that takes one JSON body, with or without other parameters."""
    call, limit = direct.call, direct.body_limit
    field = direct.operation.body_field
    assert field is not None
    body_name = direct.operation.dependant.body_params[0].name
    validate = field.validate
    request_name = _request_name(direct.operation)
    needs_request = request_name is not None or _lazy_parameters(direct.operation)

    async def endpoint(scope: Scope, receive: Receive, send: Send) -> None:
        check_content_length(scope, limit)
        body = await _read(scope, receive, limit)
        scope.update(direct.facts)
        request = Request(scope, replay(body, receive), send) if needs_request else None
        values: dict[str, Any] = {} if request_name is None else {request_name: request}
        usual = _is_json(scope)
        if usual:
            try:
                values[body_name], errors = validate(parse_json(body), {}, loc=("body",))
                usual = not errors and (not binds or all(bind(scope, request, values) for bind in binds))
            except (ValueError, RecursionError):
                usual = False
        if not usual:
            await direct.fallback(scope, replay(body, receive), send)
            return
        await _answer(direct, encode, await call(**values), scope, receive, send)

    return endpoint


def _is_json(scope: Scope) -> bool:
    for name, value in scope["headers"]:
        if name == b"content-type":
            return value in _JSON_TYPES
    return False


async def _read(scope: Scope, receive: Receive, limit: int) -> bytes:
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        body = message.get("body", b"")
        if len(body) <= limit:
            return body

    async def first_again() -> Any:
        nonlocal message
        given, message = message, None  # pyright: ignore[reportAssignmentType]
        return given if given is not None else await receive()

    return await Request(scope, limited(first_again, BodyLimit(limit), scope)).body()
