"""Gives a function of the user to FastAPI together with the request, of which FastAPI fills one parameter only."""

import inspect
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from routegen.actions.shape import alternatives

_REQUEST: Final = "routegen_request"

Answer = Callable[[Request, dict[str, Any]], Awaitable[Response]]
"""Gets the request, and the values of the user's parameters, those that take the request included."""


def with_request(
    parameters: Iterable[inspect.Parameter], answer: Answer
) -> Callable[..., Awaitable[Response]]:
    """The function that FastAPI gets: its signature has the parameters, and the request once."""
    listed = list(parameters)
    own = {parameter.name for parameter in listed if _is_request(parameter)}

    async def endpoint(**values: Any) -> Response:
        request: Request = values.pop(_REQUEST)
        return await answer(request, {**values, **dict.fromkeys(own, request)})

    signature = [
        *(p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in listed if p.name not in own),
        inspect.Parameter(_REQUEST, inspect.Parameter.KEYWORD_ONLY, annotation=Request),
    ]
    endpoint.__signature__ = inspect.Signature(signature, return_annotation=Response)  # pyright: ignore[reportFunctionMemberAccess]
    return endpoint


def _is_request(parameter: inspect.Parameter) -> bool:
    kinds = list(alternatives(parameter.annotation))
    return len(kinds) == 1 and isinstance(kinds[0], type) and issubclass(kinds[0], HTTPConnection)
