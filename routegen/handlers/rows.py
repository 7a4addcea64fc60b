"""Facts about rows that may not be there."""

import re
from collections.abc import Iterator

from routegen.handlers.expression import Attribute, Call, Compare, Expression, Name
from routegen.handlers.failures import body_of
from routegen.handlers.flow import Step, origins
from routegen.handlers.function import Effect
from routegen.handlers.handler import Handler
from routegen.handlers.kinds import Kind, vocabulary

_MAY_BE_NONE = re.compile(r"None|Optional|Any\b")


def unchecked_rows(handler: Handler) -> Iterator[tuple[Expression, Step]]:
    """The answers of a GET that are a row, or None, and that nothing tests."""
    if (
        handler.method != "GET"
        or not any(s.is_parameter for s in handler.segments or ())
        or handler.scope is None
    ):
        return
    function = handler.function
    result = handler.options.get("response_model") or (function.result if function else None)
    if result is not None and _MAY_BE_NONE.search(handler.module.text(result)):
        return
    for statement in handler.returns:
        value = statement.value
        if value is not None and handler.module.lang != "python":
            value = body_of(Step(value, handler.scope)) or value
        if value is None or (isinstance(value, Name) and _is_tested(value.name, handler)):
            continue
        for step in origins(value, handler.scope):
            is_row = isinstance(step.expression, Call) and _finds_one(step)
            if is_row and step.scope is handler.scope:
                yield value, step
                return


def _finds_one(step: Step) -> bool:
    call = step.expression
    if not isinstance(call, Call):
        return False
    by_name = vocabulary().methods.get((step.scope.lang, call.name), frozenset[Kind]())
    return Kind.FIND_ONE in step.scope.kinds(call) or (
        step.scope.lang != "python" and Kind.FIND_ONE in by_name
    )


def _answers(call: Call, handler: Handler) -> bool:
    """Whether a call only makes the answer: `NextResponse.json(row)`."""
    return handler.scope is not None and Kind.RESPOND in handler.scope.kinds(call)


def _is_tested(name: str, handler: Handler) -> bool:
    """Whether a test, or an attribute before (which fails on None), looks at the row."""
    for statement in handler.own_statements:
        for part in statement.parts:
            if isinstance(part, Name) and part.name == name and statement.effect is Effect.TEST:
                return True
            if isinstance(part, (Compare, Attribute)) and any(
                isinstance(child, Name) and child.name == name for child in part.children()
            ):
                return True
            if isinstance(part, Call) and any(isinstance(a, Name) and a.name == name for a in part.arguments):
                return handler.module.lang == "python" or not _answers(part, handler)
    return False
