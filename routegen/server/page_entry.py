"""One page in service: its template, its `load` and the actions that its forms post to."""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast
from weakref import WeakKeyDictionary

from fastapi import params
from fastapi.encoders import jsonable_encoder
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from routegen.actions import Invalid, actions_of, options_of
from routegen.actions.once import issue
from routegen.actions.shape import takes_files
from routegen.actions.signing import sign
from routegen.csrf import allowed_origins, require_own_page
from routegen.errors import ProjectError
from routegen.pages import script
from routegen.pages.forms import BoundAction
from routegen.pages.templates import Templates
from routegen.routes import Page
from routegen.server.action_endpoint import FILES_KEY, OUTCOME_KEY, ActionEndpoint, Outcome
from routegen.server.action_parameters import sort_parameters
from routegen.server.answer import send_response
from routegen.server.cookies import with_cookies
from routegen.server.direct import STARTED_KEY, compile_direct
from routegen.server.entry import RouteEntry, either
from routegen.server.envelope import wants_html
from routegen.server.limits import SCOPE_KEY, BodyLimit, check_content_length, limited
from routegen.server.operations import build_operation
from routegen.server.page_view import FRAGMENT_KEY, SUBMITTED_KEY, PageView, loader_of, split_query
from routegen.server.raw_path import RawPath, location
from routegen.server.request import FORM_TYPES, Request, media_type

if TYPE_CHECKING:
    from routegen.server.app import RouteApp

_PAGE_METHODS: Final = "GET, HEAD, OPTIONS"

DIRECT_KEY: Final = "routegen.direct"
"""Set in the scope of a form that is answered outside the middleware stack."""


class PageEntry(RouteEntry):
    """A page and its actions by name, each with the ASGI application that runs it."""

    __slots__ = ("actions", "origins", "render")

    def __init__(self, route: Page) -> None:
        super().__init__(route)
        self.actions: dict[str, _Action] = {}
        self.origins: tuple[str, ...] = ()
        self.render: ASGIApp = never

    @property
    def page(self) -> Page:
        """The route, which is a page."""
        assert isinstance(self.route, Page)
        return self.route

    def _load(self, app: "RouteApp") -> None:
        if problem := self.route.problem:
            raise ProjectError(problem.message, hint=problem.hint)
        guards = [guard for file in self.route.guards for guard in app.guards_of(file)]
        self.origins = _origins(app)
        self._load_actions(app, guards)
        view = PageView(
            self.page,
            _templates(app),
            {name: _bound(action.endpoint) for name, action in self.actions.items()},
        )
        if not app.dev:  # in dev a broken template is told by the request that wants it, and by nothing else
            view.check()
        load = (
            loader_of(app.loader.load(self.page.loader), self.page) if self.page.loader is not None else None
        )
        operation = build_operation(app, self.route, "GET", view.endpoint(load), guards)
        self.render = self.full["GET"] = operation.app
        self.limits["GET"] = app.body_limit
        if direct := compile_direct(
            operation, router=app.router, body_limit=app.body_limit, fallback=app.answer_through_fastapi
        ):
            self.direct["GET"] = direct
            self.full["GET"] = either(direct, operation.app)
        self._imply_head()
        if self.actions:
            self.full["POST"] = self._post
            self.direct["POST"] = self._post_directly

    def _load_actions(self, app: "RouteApp", guards: list[params.Depends]) -> None:
        file = self.page.actions
        for name, function in actions_of(app.loader.share(file)).items() if file is not None else ():
            options = options_of(function)
            assert options is not None
            limit = app.body_limit if options.max_body_size is None else options.max_body_size
            parameters = sort_parameters(function, self.page, file)
            purpose = f"{name} {self.route.id}"
            endpoint = ActionEndpoint(name, function, options, parameters, app.project.root, purpose, limit)
            operation = build_operation(app, self.route, "POST", endpoint.endpoint(), guards)
            self.actions[name] = _Action(endpoint, operation.app, _bare(operation) or operation.app)

    async def _post(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the action that the query names. Everything that can refuse it does so before the body is read.

        Raises:
            HTTPException: 405 when no action is named, 404 an unknown one, 403 another site sent it, 413, 415.
        """
        name, rest = split_query(scope["query_string"])
        if name is None:
            raise HTTPException(405, headers={"Allow": _PAGE_METHODS})
        if name not in self.actions:
            raise HTTPException(404, "This page has no such action")
        action = self.actions[name]
        endpoint = action.endpoint
        headers = {key: value.decode("latin-1") for key, value in scope["headers"]}
        require_own_page(scope, self.origins, strict=b"cookie" in headers)
        if SCOPE_KEY in scope:
            scope[SCOPE_KEY].limit = endpoint.limit
        check_content_length(scope, endpoint.limit)
        if media_type(headers.get(b"content-type")) not in FORM_TYPES:
            raise HTTPException(415, "An action takes a form: urlencoded or multipart")
        try:
            await (action.direct if DIRECT_KEY in scope else action.full)(scope, receive, send)
        except Invalid as invalid:  # raised by a dependency of the action
            scope[OUTCOME_KEY] = Outcome("response", value=_refusal(invalid.errors))
        outcome: Outcome | None = scope.pop(OUTCOME_KEY, None)
        if outcome is not None:  # else a guard has answered already
            await self._answer(outcome, _Caller(scope, headers, rest), receive, send)

    async def _post_directly(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The same without the middleware stack, which does for FastAPI what is done here."""
        allowed = scope[SCOPE_KEY] = BodyLimit(0)  # raised to the action's own, once it is known
        scope[DIRECT_KEY] = True
        async with AsyncExitStack() as stack:
            scope[FILES_KEY] = stack
            await self._post(scope, limited(receive, allowed, scope), send)

    async def _answer(self, outcome: Outcome, caller: "_Caller", receive: Receive, send: Send) -> None:
        own = _own_location(caller.scope, caller.rest)
        response, scope = self._response(outcome, caller, own)
        _settle(outcome, own)
        cookies = [pair for pair in outcome.raw_headers if pair[0] == b"set-cookie"]

        async def send_with_cookies(message: Message) -> None:
            if message["type"] == "http.response.start":
                caller.scope[STARTED_KEY] = True
                headers = list(message.get("headers", []))
                if all(name.lower() != b"cache-control" for name, _ in headers):
                    headers.append((b"cache-control", b"no-store"))
                message["headers"] = [*headers, *cookies]
            await send(message)

        if response is not None:
            await send_response(response, scope, receive, send_with_cookies)
        else:
            render = self.direct.get("GET") if DIRECT_KEY in scope else None
            await (render or self.render)(with_cookies(scope, cookies), receive, send_with_cookies)
        if outcome.background is not None:
            await outcome.background()

    def _response(self, outcome: Outcome, caller: "_Caller", own: str) -> tuple[Response | None, Scope]:
        """The answer in the form that the caller wants; none when the page is to be rendered, in this scope."""
        if outcome.kind == "response":
            return outcome.value, caller.scope
        if outcome.kind == "again":
            again = JSONResponse({"error": "This form was sent already"}, 409)
            return (again if caller.wants_json else caller.redirect(outcome.location or own)), caller.scope
        if outcome.kind == "moved":
            return caller.redirect(outcome.location), caller.scope
        if caller.wants_json:
            return _as_json(outcome), caller.scope
        if outcome.kind == "done" and not caller.is_htmx:
            return caller.redirect(own), caller.scope
        scope = {**caller.scope, "method": "GET", "query_string": caller.rest.encode("latin-1")}
        scope[SUBMITTED_KEY] = outcome.submitted
        if caller.is_htmx:
            scope[FRAGMENT_KEY] = caller.headers.get(b"hx-target", "")
        return None, scope


async def never(scope: Scope, receive: Receive, send: Send) -> None:
    """What renders a page that is not loaded."""
    raise AssertionError("the page is not loaded")


@dataclass(frozen=True, slots=True)
class _Action:
    """An action and what runs it: with all of FastAPI, and by the shortest way when nothing stands around it."""

    endpoint: ActionEndpoint
    full: ASGIApp
    direct: ASGIApp


def _bare(operation: APIRoute) -> ASGIApp | None:
    """The short way of an action for which FastAPI has nothing to solve."""
    dependant = operation.dependant
    params = [dependant.path_params, dependant.query_params, dependant.header_params, dependant.cookie_params]
    injected = dependant.response_param_name or dependant.background_tasks_param_name
    if dependant.dependencies or any(params) or operation.body_field or injected:
        return None

    async def run(scope: Scope, receive: Receive, send: Send) -> None:
        outcome = await operation.endpoint(**{str(dependant.request_param_name): Request(scope, receive)})
        await outcome(scope, receive, send)

    return run


class _Caller:
    """Who posts a form: a browser, our script, htmx, or a program that wants JSON."""

    def __init__(self, scope: Scope, headers: dict[bytes, str], rest: str) -> None:
        self.scope = scope
        self.headers = headers
        self.rest = rest
        accept = headers.get(b"accept", "")
        self.is_htmx = headers.get(b"hx-request") == "true" and headers.get(b"hx-boosted") != "true"
        self.wants_json = "application/json" in accept and not wants_html(accept)

    def redirect(self, url: str) -> Response:
        """How this caller is sent elsewhere: a fetch would follow a 303 by itself and never learn where to."""
        if self.wants_json:
            return JSONResponse({"redirect": url})
        if self.is_htmx:
            return Response(headers={"HX-Redirect": url})
        if script.HEADER.encode() in self.headers:
            return Response(status_code=204, headers={"X-Location": url})
        return Response(status_code=303, headers={"Location": url})


def _as_json(outcome: Outcome) -> Response:
    if outcome.kind == "invalid":
        return _refusal(outcome.errors)
    if outcome.kind == "done":
        return Response(status_code=204)
    return JSONResponse(jsonable_encoder(outcome.value))


def _refusal(errors: dict[str, str]) -> Response:
    """422 in the envelope: the first fault as a sentence, and all of them by field."""
    name, text = next(iter(errors.items()), ("", "The form is invalid"))
    return JSONResponse({"error": f"{name}: {text}" if name else text, "errors": errors}, 422)


def _settle(outcome: Outcome, own: str) -> None:
    """Tell a one-time token what became of it: used up for good, or free again."""
    if outcome.submission is not None:
        if outcome.kind == "invalid":
            outcome.submission.give_back()
        elif outcome.kind != "again":
            outcome.submission.finish(outcome.location or own)


def _own_location(scope: Scope, rest: str) -> str:
    path = RawPath(scope)
    return location(path, path.raw, {**scope, "query_string": rest.encode("latin-1")})


def _bound(action: ActionEndpoint) -> BoundAction:
    wanted = action.parameters
    multipart = wanted.model is not None and takes_files(wanted.model)
    return BoundAction(
        action.name,
        multipart,
        action.options.once,
        lambda _name, text: sign(action.root, action.purpose, text),
        lambda _name: issue(action.root, action.purpose),
        wanted.encode,
    )


def _origins(app: "RouteApp") -> tuple[str, ...]:
    """`allowed_origins` of `[tool.routegen]`, and of the environment."""
    listed: Any = app.project.settings.get("allowed_origins", [])
    if not isinstance(listed, list) or not all(isinstance(entry, str) for entry in cast("list[Any]", listed)):
        raise ProjectError(
            "`allowed_origins` in `[tool.routegen]` is no list of hosts", hint='write `["example.com"]`'
        )
    try:
        return (*allowed_origins(",".join(cast("list[str]", listed))), *allowed_origins())
    except ValueError as error:
        raise ProjectError(str(error), hint="write `host`, `host:port`, `*.host` or `**.host`") from error


def _templates(app: "RouteApp") -> Templates:
    if app not in _shared:
        _shared[app] = Templates(app.project.app_dir, reload=app.dev)
    return _shared[app]


_shared: "WeakKeyDictionary[RouteApp, Templates]" = WeakKeyDictionary()
