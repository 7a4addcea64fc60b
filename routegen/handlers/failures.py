"""Facts about what happens when something fails: which exceptions are caught, and what is answered then."""

import re

from routegen.handlers.action_functions import ErrorAnswer
from routegen.handlers.expression import (
    Attribute,
    Call,
    Choice,
    Collection,
    Constant,
    Expression,
    Name,
    Subscript,
    Template,
    Unpacked,
    options_of,
)
from routegen.handlers.flow import Step, trace
from routegen.handlers.function import Block, BlockKind, Effect, Statement
from routegen.handlers.handler import Handler
from routegen.handlers.kinds import Kind, vocabulary
from routegen.handlers.narrowing import may_show, shown
from routegen.handlers.scope import Scope
from routegen.handlers.typescript.leaks import is_answer, told

_GENERIC = {"builtins.Exception", "builtins.BaseException"}
_TRACES = {"traceback.format_exc", "traceback.format_exception", "traceback.print_exc", "sys.exc_info"}
_ANSWERS = frozenset({Kind.RESPOND, Kind.HTML})
ERROR_KEYS = {"error", "errors", "err", "exception"}
_TEXT_KEYS = {"message", "msg", "detail", "details", "status", "result", "response", "info"}
_SAYS_ERROR = re.compile(
    r"\b(error|failed|failure|fail|exception|not found|does ?n[o']t exist|no such|went wrong|unable to|could not"
    r"|invalid|unauthori[sz]ed|forbidden|not allowed|missing)\b",
    re.IGNORECASE,
)
_VALIDATES = re.compile(r"_?(validate|assert|check|ensure)", re.IGNORECASE)
_IS_CODE = re.compile(r"\s*(console\.|//|/\*|\(function|\(\(\) =>)")
"""How the text of a script begins, which is run and not read."""


def is_generic(block: Block, scope: Scope) -> bool:
    """Whether an EXCEPT catches anything."""
    return not block.caught or any(scope.dotted(kind) in _GENERIC for kind in block.caught)


def caught_in(statement: Statement, handler: Handler) -> Block | None:
    """The EXCEPT that a statement runs in; all of what a client of actions answers when one raises is one."""
    around = handler.caught if isinstance(handler, ErrorAnswer) else None
    return statement.block.inside(BlockKind.EXCEPT) or around


def only_validates(block: Block, scope: Scope) -> bool:
    """`try { validatePick(id) } catch`: what a validator of the project says is meant for whoever calls."""
    tried = [s for s in scope.function.body.statements if _tried(s, block)]
    call = tried[0].value if len(tried) == 1 else None
    if not isinstance(call, Call) or not _VALIDATES.match(call.name):
        return False
    found = scope.local_function(call)
    return found is not None and not found.is_async


def _tried(statement: Statement, block: Block) -> bool:
    around = statement.block.inside(BlockKind.TRY)
    return around is not None and block in around.handlers


def tells(expression: Expression, name: str, scope: Scope) -> Expression | None:
    """The part of an answer that holds the text of the exception `name`, or of its traceback."""
    if scope.lang != "python":
        return told(expression, name, scope) if name else None

    def is_source(part: Expression, where: Scope) -> bool:
        if isinstance(part, Name):
            return part.name == name and where is scope
        if isinstance(part, Attribute):
            return (
                isinstance(part.object, Name)
                and part.object.name == name
                and part.name in ("args", "message")
            )
        return isinstance(part, Call) and where.dotted(part.function) in _TRACES

    for part in expression.walk():
        if isinstance(part, Call) and where_checked(part):
            return None
    for part in _whole(expression, name, scope):
        if trace(part, scope, is_source) is not None:
            return part
    return None


def reaches_client(statement: Statement, block: Block, scope: Scope) -> bool:
    """Whether a statement of an EXCEPT answers, and nothing has said before which exception it is."""
    name = block.names[0] if block.names else ""
    if scope.lang == "python":
        is_same = isinstance(statement.value, Name) and statement.value.name == name
        answers = statement.effect is Effect.RETURN or (statement.effect is Effect.RAISE and not is_same)
    else:
        answers = is_answer(statement, scope)
    return answers and not may_show(statement, name, scope)


def where_checked(call: Call) -> bool:
    """Calls that turn an exception into something harmless."""
    return call.name in ("type", "isinstance", "get_message", "public_message")


def _whole(expression: Expression, name: str, scope: Scope) -> list[Expression]:
    """The parts of an answer that are shown: what responses and errors are made of, values of a mapping, texts.

    Other functions may make anything of what they get.
    """
    found: list[Expression] = []
    todo = [expression]
    while todo:
        part = todo.pop()
        if isinstance(part, Call):
            kinds = scope.kinds(part)
            if part.name in ("str", "repr", "format_exc", "join", "format"):
                found.append(part)
            elif not kinds.isdisjoint({Kind.RESPOND, Kind.ERROR, Kind.HTML}):
                todo += [*part.arguments, *part.keywords.values()]
            elif part.name[:1].isupper():
                todo += [a for a in (*part.arguments, *part.keywords.values()) if not isinstance(a, Name)]
        elif isinstance(part, Collection):
            todo += part.items  # keys are shown as values are
        elif isinstance(part, Unpacked):
            todo.append(part.value)
        elif isinstance(part, Choice):
            todo += shown(part, name, scope)
        else:
            found.append(part)
    return found


def says_error(expression: Expression) -> bool:
    """Whether an answer's body has the shape of an error: an `error` key, `success: false`, a text that says so."""
    if isinstance(expression, Constant) and isinstance(expression.value, str):
        return bool(_SAYS_ERROR.search(expression.value)) and not _IS_CODE.match(expression.value)
    if (
        isinstance(expression, Call)
        and expression.arguments
        and expression.name in ("jsonable_encoder", "dict", "stringify")
    ):
        return says_error(expression.arguments[0])
    given = {key.lower(): value for key, value in options_of(expression).items()}
    went = given.get("success", given.get("ok"))
    if went is None:
        return any(_is_error(name, value) for name, value in given.items())
    if isinstance(went, Constant):  # `{ ok: true, errors }`: what went wrong is part of what was done
        return went.value is not True and any(_is_error(name, value) for name, value in given.items())
    # `{ success: result.success, message: "3 sent, 1 failed" }`: nobody knows yet what is told
    return any(_is_error(name, value) for name, value in given.items() if name not in _TEXT_KEYS)


def _is_error(name: str, value: Expression) -> bool:
    if isinstance(value, Constant) and value.value in (None, "", False, 0) and name in ERROR_KEYS:
        return False
    if name == "exception" and isinstance(value, (Attribute, Subscript)):
        return False  # a record of that name: an exception to a rule
    if name in ERROR_KEYS:
        return not isinstance(value, Constant) or value.value is not None
    if name in ("success", "ok"):
        return isinstance(value, Constant) and value.value is False
    if (
        name in ("status_code", "code", "status")
        and isinstance(value, Constant)
        and isinstance(value.value, int)
    ):
        return 400 <= value.value < 600
    if name in _TEXT_KEYS:
        text = _text(value)
        return (name == "status" and text in ("error", "fail", "failed", "failure")) or bool(
            _SAYS_ERROR.search(text)
        )
    return False


def _text(value: Expression) -> str:
    if isinstance(value, Constant):
        return str(value.value)
    if isinstance(value, Template):
        return "".join(str(p.value) if isinstance(p, Constant) else "…" for p in value.parts)
    return ""


def status_of(step: Step) -> int | None:
    """The status written in a response call; None when none is, -1 when it is no literal."""
    call = step.expression
    if not isinstance(call, Call):
        return None
    name = step.scope.dotted(call.function)
    at = vocabulary().roles.get(name or "", {}).get("status")
    value = call.argument(*at) if at else call.keywords.get("status_code", call.keywords.get("status"))
    if value is None:
        return None
    if isinstance(value, Constant) and isinstance(value.value, int):
        return value.value
    match = re.search(r"HTTP_(\d{3})", value.name) if isinstance(value, Attribute) else None
    if match is None and isinstance(value, Attribute) and value.name.isupper():
        return {"OK": 200, "NOT_FOUND": 404, "NO_CONTENT": 204}.get(value.name, -1)
    return int(match[1]) if match else -1


def sets_status(handler: Handler) -> bool:
    """Whether the handler writes the status of an injected response."""
    return any(
        "status_code" in handler.module.text(s.value)
        for s in handler.own_statements
        if s.value is not None
        and s.effect is Effect.EVALUATE
        and "status_code" in handler.module.text(s.value)
    )


def body_of(step: Step) -> Expression | None:
    """The body of an answer: the value itself, or what a response is made from."""
    call = step.expression
    if isinstance(call, Call):
        if step.scope.kinds(call).isdisjoint(_ANSWERS):
            return None
        return call.argument(0, "content")
    return call
