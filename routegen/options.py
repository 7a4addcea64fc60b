"""`@operation(...)` turns FastAPI's path operation options into a note on the handler that the loader reads.

A handler in `route.py` is a plain function; the folder decides its path and its name the method. What else
FastAPI's `@app.get(...)` takes is written with `@operation(status_code=201, tags=["users"])`.
"""

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any, Final, TypedDict, TypeVar, Unpack, cast

from fastapi.params import Depends
from fastapi.routing import APIRoute
from fastapi.types import IncEx
from starlette.responses import Response
from starlette.routing import BaseRoute

_ATTRIBUTE: Final = "__routegen_operation__"
_Handler = TypeVar("_Handler", bound=Callable[..., Any])


class FormLimits(TypedDict, total=False):
    """Limits of FastAPI's automatic form parsing: two counts, and bytes for one text field."""

    max_fields: int
    max_files: int
    max_part_size: int


class OperationOptions(TypedDict, total=False):
    """What `@operation` takes: the options of FastAPI's `APIRouter.add_api_route`, names and meaning alike.

    `path`, `methods`, `name` and `route_class_override` are missing on purpose: the file decides them.
    `max_body_size` is in bytes; it raises (or lowers) routegen's own limit for this handler.
    """

    response_model: Any
    status_code: int | None
    tags: list[str | Enum] | None
    dependencies: Sequence[Depends] | None
    summary: str | None
    description: str | None
    response_description: str
    responses: dict[int | str, dict[str, Any]] | None
    deprecated: bool | None
    operation_id: str | None
    response_model_include: IncEx | None
    response_model_exclude: IncEx | None
    response_model_by_alias: bool
    response_model_exclude_unset: bool
    response_model_exclude_defaults: bool
    response_model_exclude_none: bool
    include_in_schema: bool
    response_class: type[Response]
    callbacks: list[BaseRoute] | None
    openapi_extra: dict[str, Any] | None
    generate_unique_id_function: Callable[[APIRoute], str]
    strict_content_type: bool
    max_body_size: int | None
    form_limits: FormLimits | None


def operation(**options: Unpack[OperationOptions]) -> Callable[[_Handler], _Handler]:
    """Note FastAPI's path operation options on a handler; the handler itself stays the same object.

    Works on sync and async functions and beside other decorators, above or below. Written twice, the options
    add up and the outer one wins. The same function under several method names shares its options.

    Raises:
        TypeError: an option that does not exist, at import.
        ValueError: a `status_code` outside 200..599 or a negative `max_body_size`, at import.
    """
    _check(dict(options))

    def note(handler: _Handler) -> _Handler:
        # A new mapping, never an update: functools.wraps copies the reference into every wrapper.
        merged = {**_noted(handler), **options}
        try:
            setattr(handler, _ATTRIBUTE, merged)
        except AttributeError:
            raise TypeError(f"`@operation` goes on a function, not on `{type(handler).__name__}`") from None
        return handler

    return note


def options_of(function: Callable[..., Any]) -> dict[str, Any]:
    """The options noted on a handler, also when other decorators (`functools.wraps`, `partial`) lie over it.

    Returns a new dictionary with only what was written; an outer decorator's option wins over an inner one's.
    """
    chain: list[object] = []
    layer: object = function
    while layer is not None and not any(layer is seen for seen in chain):
        chain.append(layer)
        layer = getattr(layer, "__wrapped__", None) or getattr(layer, "func", None)
    options: dict[str, Any] = {}
    for layer in reversed(chain):
        options.update(_noted(layer))
    return options


def _noted(handler: object) -> dict[str, Any]:
    noted = getattr(handler, _ATTRIBUTE, None)
    return cast("dict[str, Any]", noted) if isinstance(noted, dict) else {}


def _check(options: dict[str, Any]) -> None:
    for name in options:
        if name in {"path", "methods", "name"}:
            raise TypeError(
                f"`@operation` has no option `{name}`: the file and the function's name decide it"
            )
        if name not in OperationOptions.__annotations__:
            raise TypeError(f"`@operation` has no option `{name}`")
    status = options.get("status_code")
    if status is not None and not 200 <= status <= 599:
        raise ValueError(f"`@operation(status_code={status})`: a status is a number from 200 to 599")
    limit = options.get("max_body_size")
    if limit is not None and limit < 0:
        raise ValueError(f"`@operation(max_body_size={limit})`: a size is in bytes, 0 or more")
