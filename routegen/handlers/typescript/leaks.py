"""Facts about what a script tells of the exception it caught: `error.message`, `String(error)`, `${error}`.

`JSON.stringify(error)` is `{}`: an exception that is answered as it is tells nothing.
"""

from routegen.handlers.expression import (
    Attribute,
    Binary,
    Call,
    Choice,
    Collection,
    Expression,
    Name,
    Template,
    Unpacked,
)
from routegen.handlers.flow import Step, feeds
from routegen.handlers.function import Effect, Statement
from routegen.handlers.kinds import Kind
from routegen.handlers.narrowing import shown
from routegen.handlers.scope import Scope

_TOLD = frozenset({"message", "stack", "toString", "detail", "sqlMessage", "reason"})
_TEXTS = frozenset({"String", "toString", "concat", "encodeURIComponent", "inspect"})
_SHOWN = frozenset({Kind.RESPOND, Kind.REDIRECT, Kind.HTML})
_MAX_STEPS = 200


def told(expression: Expression, name: str, scope: Scope) -> Expression | None:
    """The part of an answer that holds the text of the exception `name`."""
    todo: list[tuple[Step, bool]] = [(Step(expression, scope), False)]
    seen: set[tuple[int, bool]] = set()
    while todo and len(seen) < _MAX_STEPS:
        (part, where), is_text = todo.pop()
        if (id(part), is_text) in seen:
            continue
        seen.add((id(part), is_text))
        if isinstance(part, Attribute) and part.name in _TOLD and _is_caught(part.object, name):
            return part
        if is_text and _is_caught(part, name):
            return part
        todo += _parts(Step(part, where), is_text, name)
    return None


def _is_caught(part: Expression, name: str) -> bool:
    return isinstance(part, Name) and part.name == name


def _parts(step: Step, is_text: bool, name: str) -> list[tuple[Step, bool]]:
    """What of a value is shown, and whether it has become a text by then."""
    part, where = step
    if isinstance(part, Call):
        kinds = where.kinds(part)
        if part.name in _TEXTS:
            inner = [*part.arguments, *([part.receiver] if part.receiver is not None else [])]
            return [(Step(e, where), True) for e in inner]
        if not kinds.isdisjoint(_SHOWN) or Kind.KEEP in kinds or part.name in ("json", "send"):
            return [(Step(e, where), is_text) for e in part.arguments[:1]]
        return []
    if isinstance(part, (Template, Binary)):
        return [(Step(e, where), True) for e in part.children()]
    if isinstance(part, Collection):
        return [(Step(e, where), is_text) for e in part.items]  # keys are shown as values are
    if isinstance(part, Unpacked):
        return [(Step(part.value, where), is_text)]
    if isinstance(part, Choice):
        return [(Step(e, where), is_text) for e in shown(part, name, where)]
    if isinstance(part, Name):
        return [(before, is_text) for before in feeds(step)]
    return []


def is_answer(statement: Statement, scope: Scope) -> bool:
    """Whether a statement answers: an exception that is thrown is a 500 without its text."""
    if statement.effect is Effect.RAISE:
        return statement.value is not None and Kind.REDIRECT in scope.kinds(statement.value)
    return statement.effect is Effect.RETURN
