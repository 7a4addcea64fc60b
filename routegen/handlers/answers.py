"""Facts about what a handler answers with: a redirect, a page, an error, data."""

from enum import Enum, auto

from routegen.handlers.expression import Call, Constant, Expression
from routegen.handlers.facts import Evidence
from routegen.handlers.flow import Step, origins
from routegen.handlers.function import Effect, Statement
from routegen.handlers.handler import Handler
from routegen.handlers.kinds import Kind, vocabulary
from routegen.handlers.once import once
from routegen.handlers.scope import Scope


class Answer(Enum):
    """What kind of answer a value is."""

    REDIRECT = auto()
    HTML = auto()
    ERROR = auto()
    DATA = auto()
    UNKNOWN = auto()


@once
def returned(handler: Handler) -> list[tuple[Statement, list[Step]]]:
    """Each answer that the handler itself returns, with what makes its value, behind names, choices and helpers."""
    scope = handler.scope
    if scope is None:
        return []
    return [(s, origins(s.value, scope)) for s in handler.returns if s.value is not None]


def answers(handler: Handler) -> list[tuple[Answer, Evidence]]:
    """Every answer of a handler: what it returns, and what it raises to answer with."""
    found: list[tuple[Answer, Evidence]] = []
    scope = handler.scope
    if scope is None:
        return found
    for statement in scope.function.body.statements:
        if statement.effect is Effect.RETURN:
            value = statement.value
            steps = [Step(Constant(statement.span, None), scope)] if value is None else origins(value, scope)
            found += [(answer_of(step), _evidence(step, handler)) for step in steps]
    for statement, inner in handler.statements:
        if statement.effect is Effect.RAISE and statement.value is not None:
            step = Step(statement.value, inner)
            found.append((_raised(step), _evidence(step, handler)))
    return found


def answer_of(step: Step) -> Answer:
    """What kind of answer a returned value is."""
    kinds = _kinds(step.expression, step.scope)
    if (status := _status(step)) is not None and status >= 400:
        return Answer.ERROR
    for kind, answer in (
        (Kind.REDIRECT, Answer.REDIRECT),
        (Kind.HTML, Answer.HTML),
        (Kind.ERROR, Answer.ERROR),
        (Kind.RESPOND, Answer.DATA),
    ):
        if kind in kinds:
            return answer
    return Answer.UNKNOWN if isinstance(step.expression, Call) else Answer.DATA


def _raised(step: Step) -> Answer:
    return Answer.REDIRECT if Kind.REDIRECT in _kinds(step.expression, step.scope) else Answer.ERROR


def _kinds(expression: Expression, scope: Scope) -> frozenset[Kind]:
    return scope.kinds(expression) | vocabulary().kinds_of(scope.type_of(expression))


def _status(step: Step) -> int | None:
    """The status written in a response, when it is."""
    call = step.expression
    if not isinstance(call, Call):
        return None
    name = step.scope.dotted(call.function)
    at = vocabulary().roles.get(name or "", {}).get("status")
    value = call.argument(*at) if at else call.keywords.get("status_code", call.keywords.get("status"))
    if isinstance(value, Constant) and isinstance(value.value, int):
        return value.value
    return None


def _evidence(step: Step, handler: Handler) -> Evidence:
    return Evidence(f"answers with `{handler.text(step.expression)}`", step.expression.span)
