"""Fits a handler's signature to what FastAPI can read: catch-alls as lists, answers that may be a Response."""

import functools
import inspect
import types
from collections.abc import Callable
from typing import Annotated, Any, Union, get_args, get_origin

from fastapi.dependencies.utils import get_typed_return_annotation, get_typed_signature
from pydantic import BeforeValidator, GetPydanticSchema
from starlette.responses import Response

from routegen.routes import Kind, Route, Segment

Handler = Callable[..., Any]


def fit(handler: Handler, route: Route) -> Handler:
    """The handler, or a copy of it with a signature that FastAPI understands.

    A parameter of a catch-all takes a list (of anything Pydantic knows; `list[str]` when not annotated) or a `str`
    (the segments joined by `/`). `Response` members leave the return annotation, which FastAPI would refuse in a union.
    """
    catch_alls = {s.name: s for s in route.parameters if s.is_catch_all}
    signature = get_typed_signature(handler)
    parameters = [
        parameter.replace(annotation=_catch_all(parameter, catch_alls[name]))
        if name in catch_alls
        else parameter
        for name, parameter in signature.parameters.items()
    ]
    declared: Any = get_typed_return_annotation(handler)
    returns = without_responses(declared)
    if returns is declared and not catch_alls.keys() & signature.parameters.keys():
        return handler
    return _with_signature(handler, inspect.Signature(parameters, return_annotation=returns))


def without(handler: Handler, name: str) -> Handler:
    """A copy of the handler whose signature lacks one parameter: the path `/docs` of `/docs/[[...slug]]`, documented."""
    signature = inspect.signature(handler)
    rest = [p for p in signature.parameters.values() if p.name != name]
    return _with_signature(handler, signature.replace(parameters=rest))


def without_responses(annotation: Any) -> Any:
    """A return annotation without the `Response` classes of a union; `Response` when nothing else is left."""
    if get_origin(annotation) not in (Union, types.UnionType):
        return annotation
    members: tuple[Any, ...] = get_args(annotation)
    rest: tuple[Any, ...] = tuple(m for m in members if not _is_response(m))
    if len(rest) == len(members):
        return annotation
    union: Any = Union
    return union[rest] if rest else Response


def _is_response(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Response)


def _catch_all(parameter: inspect.Parameter, segment: Segment) -> Any:
    """FastAPI refuses list path parameters, so it is shown `Any` while Pydantic is given the real type."""
    declared = parameter.annotation
    metadata: tuple[Any, ...] = ()
    if get_origin(declared) is Annotated:
        declared, *rest = get_args(declared)
        metadata = tuple(rest)
    if declared is inspect.Parameter.empty:
        declared = list[str]
    if declared is str:
        return Annotated[(str, BeforeValidator("/".join), *metadata)]
    if segment.kind is Kind.OPTIONAL_CATCH_ALL and declared == (list[str] | None):
        declared = list[str]
    schema = GetPydanticSchema(lambda _source, handler: handler.generate_schema(declared))
    return Annotated[(Any, schema, *metadata)]


def _with_signature(handler: Handler, signature: inspect.Signature) -> Handler:
    """A copy: the user's function may be bound under several names, or imported from elsewhere."""
    copy: Any
    if isinstance(handler, types.FunctionType):
        copy = types.FunctionType(
            handler.__code__, handler.__globals__, handler.__name__, handler.__defaults__, handler.__closure__
        )
        copy.__kwdefaults__ = handler.__kwdefaults__
        functools.update_wrapper(copy, handler)
        if hasattr(handler, "__wrapped__"):  # which tells FastAPI whether there is something to await
            copy.__wrapped__ = inspect.unwrap(handler)
        else:
            del copy.__wrapped__
    else:
        copy = functools.partial(handler)
        functools.update_wrapper(copy, handler)
    copy.__signature__ = signature
    return copy
