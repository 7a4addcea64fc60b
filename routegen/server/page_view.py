"""Turns a page, what its `load` gives and a form that came back into HTML."""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from fastapi.dependencies.utils import get_typed_signature
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from routegen.errors import ProjectError
from routegen.pages.forms import BoundAction, FormOpener, Submitted, field_of, script_tag
from routegen.pages.templates import Templates
from routegen.routes import Page
from routegen.server.with_request import with_request

SUBMITTED_KEY: Final = "routegen.submitted"
"""Where the scope carries the form that came back to this page."""

FRAGMENT_KEY: Final = "routegen.fragment"
"""Where the scope names the part of the page that is asked for; empty for the page without its layouts."""

RESERVED: Final = frozenset({"request", "form", "field", "state", "children", "forms_script"})
"""Names that templates have already."""


@dataclass(frozen=True, slots=True)
class PageView:
    """One page in service."""

    page: Page
    templates: Templates
    actions: Mapping[str, BoundAction]

    def check(self) -> None:
        """Compile the page and its layouts. Raises ProjectError."""
        for file in self.page.templates:
            self.templates.check(file)

    def endpoint(self, load: Callable[..., Any] | None) -> Callable[..., Awaitable[Response]]:
        """The function that FastAPI gets: `load`'s parameters, and the request."""

        async def page(request: Request, values: dict[str, Any]) -> Response:
            data: Any = await _call(load, values) if load is not None else None
            if isinstance(data, Response):
                return data
            return HTMLResponse(self.render(request, self._checked(data)), self._status(request))

        wanted = get_typed_signature(load).parameters.values() if load is not None else ()
        return with_request(wanted, page)

    def render(self, request: Request, data: Mapping[str, Any]) -> str:
        """The page as HTML, or the fragment of it that the scope asks for."""
        submitted: Submitted | None = request.scope.get(SUBMITTED_KEY)
        form = FormOpener(submitted, split_query(request.scope["query_string"])[1])
        values: dict[str, Any] = {
            **self.actions,
            "request": request,
            "form": form,
            "field": field_of(form),
            "state": submitted.state if submitted is not None else "",
            "forms_script": lambda: script_tag(request.scope.get("root_path", "")),
            **data,
        }
        fragment: str | None = request.scope.get(FRAGMENT_KEY)
        layouts = self.page.layouts if fragment is None else ()
        return self.templates.render(self.page.file, layouts, values, block=fragment)

    def _status(self, request: Request) -> int:
        submitted: Submitted | None = request.scope.get(SUBMITTED_KEY)
        return submitted.status if submitted is not None else 200

    def _checked(self, data: Any) -> Mapping[str, Any]:
        if data is None:
            return {}
        if not isinstance(data, Mapping):
            raise TypeError(f"`load` in `{self.page.loader}` returned `{type(data).__name__}`, not a dict")
        names = cast("Mapping[str, Any]", data)
        if taken := sorted(RESERVED & names.keys()):
            raise TypeError(
                f"`load` in `{self.page.loader}` returned `{taken[0]}`, which every page has already"
            )
        return names


def split_query(query: bytes) -> tuple[str | None, str]:
    """The action that a query names (`/subscribe`), if it names one, and the rest of the query.

    Some clients add a `=`, or escape the slash. Two actions are none: nobody knows which was meant.
    """
    named: list[str] = []
    rest: list[str] = []
    for part in query.decode("latin-1").split("&"):
        name = part.removesuffix("=")
        if name.startswith(("/", "%2F", "%2f")):
            named.append(name.removeprefix("/").removeprefix("%2F").removeprefix("%2f"))
        elif part:
            rest.append(part)
    return (None if not named else named[0] if len(named) == 1 else "&".join(named)), "&".join(rest)


def loader_of(module: Any, page: Page) -> Callable[..., Any]:
    """The `load` of a `page.py`. Raises ProjectError: there is none."""
    load = getattr(module, "load", None)
    if not callable(load):
        raise ProjectError(
            f"`{page.loader}` has no function `load`",
            hint="write `async def load() -> dict[str, object]: ...`",
        )
    return load


async def _call(load: Callable[..., Any], values: dict[str, Any]) -> Any:
    if inspect.iscoroutinefunction(inspect.unwrap(load)):
        return await load(**values)
    return await run_in_threadpool(load, **values)
