"""Facts about statuses: bodies where none can be, answers that are dropped, faults that are misjudged."""

import re
from collections.abc import Iterator

from routegen.handlers.answers import returned
from routegen.handlers.expression import Call, Constant, Expression, options_of
from routegen.handlers.failures import status_of
from routegen.handlers.flow import Step
from routegen.handlers.function import Effect, Statement
from routegen.handlers.handler import Handler, Site
from routegen.handlers.kinds import Kind
from routegen.handlers.scope import Scope

_EMPTY = (204, 205, 304)
_CLIENT = (
    (re.compile(r"\bnot found\b|no such|does(n't| not) exist", re.IGNORECASE), 404),
    (re.compile(r"unauthori[sz]ed|not authenticated|not logged in", re.IGNORECASE), 401),
    (re.compile(r"^(invalid|missing)\b|\bis required\b", re.IGNORECASE), 400),
)
_SETTINGS = re.compile(r"\bconfig|\benv|\bsecret|\bcredential|\bsetting|\bapi key", re.IGNORECASE)
"""What a server lacks is no fault of its clients."""
_RESPONSES = (Kind.RESPOND, Kind.ERROR, Kind.REDIRECT, Kind.HTML)


def bodies_with_204(handler: Handler) -> Iterator[tuple[Expression, int]]:
    """The bodies in answers that have none."""
    scope = handler.scope
    if scope is None:
        return
    given = handler.options.get("status_code")
    is_empty = (
        given is not None
        and status_of(Step(Call(given.span, given, (), {"status_code": given}), scope)) == 204
    )
    for statement, steps in returned(handler):
        for step in steps:
            status, call = status_of(step), step.expression
            if isinstance(call, Call) and status in _EMPTY and Kind.RESPOND in step.scope.kinds(call):
                body = call.argument(0, "content")
                if body is not None and not (isinstance(body, Constant) and body.value in (None, "", b"")):
                    yield call, status or 204
            elif is_empty and _is_value(call) and statement.value is not None:
                yield statement.value, 204


def _is_value(expression: Expression) -> bool:
    return type(expression).__name__ == "Collection" or (
        isinstance(expression, Constant) and expression.value is not None
    )


def better_status(text: str) -> int | None:
    """The status of a fault of the client, by the words that tell of it."""
    return next((code for pattern, code in _CLIENT if pattern.search(text)), None)


def _own(handler: Handler) -> Iterator[tuple[Statement, Scope]]:
    """The statements of a handler, and of the functions without a name in it."""
    for scope in handler.scopes:
        if scope is handler.scope or (scope.outer is not None and scope.outer is scope.caller):
            yield from ((statement, scope) for statement in scope.function.body.statements)


def dropped_answers(handler: Handler) -> Iterator[tuple[Expression, str]]:
    """The responses and errors that are made as a statement of their own."""
    for statement, scope in _own(handler):
        call = statement.value
        if statement.effect is not Effect.EVALUATE or not isinstance(call, Call):
            continue
        kinds = scope.kinds(call)
        if kinds.isdisjoint(_RESPONSES) or (
            call.receiver is not None and "templ" in handler.module.text(call.receiver)
        ):
            continue
        yield call, "raise" if (scope.dotted(call.function) or "").endswith("HTTPException") else "return"


def _said(site: Site) -> Expression | None:
    """The text of an error: the detail of an exception; in a script the body, or what it says in its object."""
    if site.scope.lang == "python":
        return site.call.argument(1, "detail")
    body = site.call.argument(0)
    given = options_of(body)
    return next((given[key] for key in ("error", "message", "detail") if key in given), body)


def misjudged(handler: Handler) -> Iterator[tuple[Expression, int, int]]:
    """The faults of the client that are answered as faults of the server: the call, its status, a better one."""
    for site in handler.calls(*_RESPONSES):
        status = status_of(Step(site.call, site.scope))
        text = _said(site)
        if (
            status is None
            or status < 500
            or not isinstance(text, Constant)
            or not isinstance(text.value, str)
        ):
            continue
        better = None if _SETTINGS.search(text.value) else better_status(text.value)
        if better is not None and site.scope is handler.scope:
            yield site.call, status, better
