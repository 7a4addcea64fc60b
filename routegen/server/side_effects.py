"""Keeps what a handler did beside its answer: cookies on an injected `Response`, and background tasks."""

import functools
import inspect
from collections.abc import Callable
from typing import Any

from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import get_typed_return_annotation, get_typed_signature
from starlette.background import BackgroundTasks
from starlette.requests import HTTPConnection
from starlette.responses import Response

Handler = Callable[..., Any]

BACKGROUND_KEY = "routegen.background"
"""Where the scope holds the tasks of a handler that raised; they run once the error is answered."""


def has_side_effects(dependant: Dependant) -> bool:
    """Whether the handler or one of its dependencies takes a `Response` or `BackgroundTasks`."""
    own = dependant.response_param_name or dependant.background_tasks_param_name
    return bool(own) or any(has_side_effects(sub) for sub in dependant.dependencies)


def keep_side_effects(handler: Handler, dependant: Dependant) -> Handler:
    """Wrap a handler so that its side effects survive its answer; FastAPI drops them in two cases.

    Cookies set on the injected `Response` go along with a `Response` that is returned, whose own cookie of the same
    name wins. Tasks run after an answered error too, as Next.js's `after()` does.
    """
    response = dependant.response_param_name or "routegen_response"
    tasks = dependant.background_tasks_param_name or "routegen_background"
    connection = dependant.http_connection_param_name or dependant.request_param_name or "routegen_connection"
    signature, added = _with_parameters(
        handler, {response: Response, tasks: BackgroundTasks, connection: HTTPConnection}
    )

    def own(values: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in values.items() if name not in added}

    def failed(values: dict[str, Any]) -> None:
        values[connection].scope[BACKGROUND_KEY] = values[tasks]

    def finish(result: Any, values: dict[str, Any]) -> Any:
        if isinstance(result, Response):
            _merge_cookies(values[response], result)
            _merge_tasks(values[tasks], result)
        return result

    async def call_async(**values: Any) -> Any:
        try:
            result = handler(**own(values))
            return finish(await result if inspect.isawaitable(result) else result, values)
        except Exception:
            failed(values)
            raise

    def call_sync(**values: Any) -> Any:
        try:
            return finish(handler(**own(values)), values)
        except Exception:
            failed(values)
            raise

    wrapper: Any = call_async if _is_async(handler) else call_sync
    functools.update_wrapper(wrapper, handler)
    del wrapper.__wrapped__
    wrapper.__signature__ = signature
    return wrapper


def _is_async(handler: Handler) -> bool:
    """Whether calling the handler gives something to await: a function, an object's `__call__`, or a decorated one."""
    layers = (handler, getattr(handler, "__call__", None), inspect.unwrap(handler))  # noqa: B004
    return any(inspect.iscoroutinefunction(layer) for layer in layers)


def _with_parameters(handler: Handler, wanted: dict[str, Any]) -> tuple[inspect.Signature, frozenset[str]]:
    """The handler's signature with these parameters too, and the names that were added."""
    signature = get_typed_signature(handler)
    added = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation)
        for name, annotation in wanted.items()
        if name not in signature.parameters
    ]
    declared: Any = get_typed_return_annotation(handler)
    returns = inspect.Signature.empty if declared is None else declared
    parameters = [*signature.parameters.values(), *added]
    return inspect.Signature(parameters, return_annotation=returns), frozenset(p.name for p in added)


def _merge_cookies(injected: Response, returned: Response) -> None:
    taken = {_cookie_name(value) for name, value in returned.raw_headers if name == b"set-cookie"}
    for name, value in injected.raw_headers:
        if name == b"set-cookie" and _cookie_name(value) not in taken:
            returned.raw_headers.append((name, value))


def _merge_tasks(injected: BackgroundTasks, returned: Response) -> None:
    if returned.background is not None and injected.tasks:
        injected.add_task(returned.background)
        returned.background = injected


def _cookie_name(set_cookie: bytes) -> bytes:
    return set_cookie.partition(b"=")[0].strip()
