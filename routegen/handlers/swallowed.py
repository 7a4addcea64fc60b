"""Facts about errors that are raised for the client and caught on their way."""

import re
from collections.abc import Iterator

from routegen.handlers.expression import Call, Expression, Name
from routegen.handlers.failures import is_generic, status_of
from routegen.handlers.flow import Step
from routegen.handlers.function import Block, BlockKind, Effect, Statement
from routegen.handlers.handler import Handler
from routegen.handlers.scope import Scope

_OWN = {
    "fastapi.HTTPException",
    *(f"next/navigation.{name}" for name in ("redirect", "permanentRedirect", "notFound")),
    *(f"next/navigation.{name}" for name in ("forbidden", "unauthorized")),
}
_RETHROWS = re.compile(r"isRedirectError|unstable_rethrow|NEXT_REDIRECT|isHTTPAccessFallbackError|digest")


def swallowed_errors(handler: Handler) -> Iterator[tuple[Statement, Block, str]]:
    """Each `raise HTTPException` that the `except` of its own `try` catches, with what is answered instead."""
    scope = handler.scope
    for statement in handler.own_statements if scope else ():
        if statement.effect is not Effect.RAISE or not isinstance(statement.value, Call) or scope is None:
            continue
        if scope.dotted(statement.value.function) not in _OWN or _is_returned_to(statement, scope):
            continue
        block = _catcher(statement, scope)
        if block is None or (answer := _answer(block, handler, scope)) is None:
            continue
        if str(status_of(Step(statement.value, scope))) != answer:
            yield statement, block, answer


def _catcher(statement: Statement, scope: Scope) -> Block | None:
    """The EXCEPT that catches a statement's HTTPException, when it is one that catches anything."""
    tried = statement.block.inside(BlockKind.TRY)
    for block in tried.handlers if tried is not None else ():
        if is_generic(block, scope):
            return block
        if any(
            (scope.dotted(kind) or "?").rpartition(".")[2] in ("HTTPException", "?") for kind in block.caught
        ):
            return None
    return None


def _answer(block: Block, handler: Handler, scope: Scope) -> str | None:
    """What an EXCEPT answers; None when it raises again, or looks at what it caught."""
    text = handler.module.text(block.span)
    if scope.lang != "python":
        return None if _RETHROWS.search(text) or _throws_again(block, handler) else "as if it had failed"
    if "HTTPException)" in text or "status_code" in text.replace("status_code=", "") or "getattr" in text:
        return None
    found: str | None = None
    for statement in handler.own_statements:
        if block not in statement.block.around or statement.effect not in (Effect.RAISE, Effect.RETURN):
            continue
        if statement.effect is Effect.RAISE and statement.value is None:
            return None
        if statement.effect is Effect.RAISE and not isinstance(statement.value, Call):
            return None
        if statement.effect is Effect.RETURN and _hands_on(statement.value, block, scope):
            return None
        status = status_of(Step(statement.value, scope)) if statement.value is not None else None
        if status == -1:
            return None
        found = str(status or (500 if statement.effect is Effect.RAISE else 200))
    return found


def _throws_again(block: Block, handler: Handler) -> bool:
    """Whether a `catch` throws what it caught."""
    return any(
        statement.effect is Effect.RAISE
        and isinstance(statement.value, Name)
        and statement.value.name in block.names
        for statement in handler.own_statements
        if block in statement.block.around
    )


def _is_returned_to(statement: Statement, scope: Scope) -> bool:
    """Whether it stands in a `catch` or a `finally` already, which catches nothing."""
    return scope.lang != "python" and statement.block.inside(BlockKind.EXCEPT, BlockKind.FINALLY) is not None


def _hands_on(value: Expression | None, block: Block, scope: Scope) -> bool:
    """Whether the exception goes to a function that may answer with its status."""
    if not isinstance(value, Call) or scope.kinds(value):
        return False
    return any(isinstance(part, Name) and part.name in block.names for part in value.walk())
