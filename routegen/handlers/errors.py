"""Facts about errors that are answered: with which status, and where the handler knows that something failed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from routegen.handlers.answers import returned
from routegen.handlers.contents import comment_above
from routegen.handlers.expression import (
    Attribute,
    Call,
    Choice,
    Collection,
    Compare,
    Constant,
    Expression,
    Name,
    Subscript,
    options_of,
)
from routegen.handlers.failures import ERROR_KEYS, body_of, says_error, sets_status, status_of
from routegen.handlers.flow import Step, origins
from routegen.handlers.function import BlockKind, Statement
from routegen.handlers.handler import Handler
from routegen.handlers.kinds import Kind
from routegen.handlers.requests import is_model
from routegen.handlers.scope import Scope
from routegen.handlers.webhook import receives_webhooks

_TRIES = re.compile(r"\b(test|check)(-[\w-]+)?-connection\b", re.IGNORECASE)
# What only tries whether another system answers: its failure is the result.
_PROBES = re.compile(
    rf"\b(probe|ping|health|healthz|health-?check|detect|diagnos\w*)\b|{_TRIES.pattern}|/test(-[\w-]+)?(?=\s)",
    re.IGNORECASE,
)
_HUMPS = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SAYS_WHY = re.compile(
    r"(#|//)[^\n]*(\b200\b|\bretr(y|ies|ying)\b|\bredeliver|\bresend|send again)", re.IGNORECASE
)
_STATES = re.compile(r"(^|_)(enabled|available|installed|supported|configured|running|reachable|connected)$")
_FAILED = re.compile(r"(^|_)(failed|failure|error|errored|cancell?ed)$", re.IGNORECASE)
_ASKS = re.compile(r"^validate|^verify|^check[-_]|^is[-_]|[-_](check|exists|available|valid)$", re.IGNORECASE)
_ROWS = frozenset(
    {"findMany", "find", "findAll", "aggregate", "groupBy", "all", "fetchall", "fetch_all", "scalars"}
)
_WHO = re.compile(r"^(session|me|whoami|user)$")
_STATUSES = ("status_code", "status", "code", "statusCode")


@dataclass(frozen=True, slots=True)
class FailedAnswer:
    """An error in an answer with the status of a success."""

    value: Expression
    status: int


def failed_answers(handler: Handler) -> Iterator[FailedAnswer]:
    """The errors that a handler answers with 2xx."""
    scope = handler.scope
    if scope is None or handler.method in ("", "WEBSOCKET"):
        return
    default = handler.options.get("status_code")
    if default is not None and not (isinstance(default, Constant) and default.value in (200, 201, 202)):
        return
    if handler.expose == "webhook" and not receives_webhooks(handler).is_no:
        return
    for statement, steps in returned(handler):
        if statement.value is None or not _where_it_failed(statement, handler):
            continue
        for step in steps:
            if _is_passed_on(step, statement):
                continue
            status = status_of(step)
            body = body_of(step)
            if _is_envelope(step) or (
                body is not None
                and status in (None, 200, 201, 202)
                and says_error(body)
                and not _is_report(body, statement, handler)
                and not _is_page(step)
            ):
                if sets_status(handler) or _is_probe(handler):
                    return
                if not _is_meant(statement, handler):
                    yield FailedAnswer(statement.value, status if status and status < 300 else 200)
                break


def is_for_operators(handler: Handler) -> bool:
    """Whether only those who run the project read its answers: they try a connection, or a scheduler has a secret."""
    if _TRIES.search(_words(handler)):
        return True
    return "/cron" in handler.route_id and handler.module.mentions("CRON_SECRET", "cronSecret", "CronSecret")


def _is_probe(handler: Handler) -> bool:
    return _PROBES.search(_words(handler)) is not None


def _words(handler: Handler) -> str:
    """Its route and its name, the words apart: `/mail test-connection`."""
    return _HUMPS.sub("-", f"{handler.route_id} {handler.name}".replace("_", "-"))


def _is_passed_on(step: Step, statement: Statement) -> bool:
    """`if (found instanceof Response) return found`: what is no response is not answered there."""
    block = statement.block.inside(BlockKind.IF)
    test = block.test if block is not None else None
    is_told_apart = isinstance(test, Compare) and test.operators == ("instanceof",)
    return is_told_apart and isinstance(step.expression, Collection)


def _where_it_failed(statement: Statement, handler: Handler) -> bool:
    """In an `except`, in an `if`, or after everything that went well has left."""
    if statement.block.inside(BlockKind.EXCEPT, BlockKind.IF, BlockKind.ELSE) is not None:
        return True
    return len(handler.returns) > 1 and statement is handler.own_statements[-1]


def _is_meant(statement: Statement, handler: Handler) -> bool:
    """Whether a comment beside the answer says why it is 200: senders of webhooks send again what failed."""
    source, end = handler.module.source, statement.span.end
    start = statement.block.span.start
    text = comment_above(source.text(max(0, start - 600), start)) + source.text(start, end)
    text += source.text(end, end + 200).partition("\n")[0]
    return ("#" in text or "//" in text) and _SAYS_WHY.search(text) is not None


def _is_report(body: Expression, statement: Statement, handler: Handler) -> bool:
    """Whether the failure is what was asked for: that of a job which ended before, or a thing that is not there."""
    if not isinstance(body, Collection) or not body.is_mapping:
        return False
    asked = handler.route_id.rstrip("/").rpartition("/")[2]
    if _is_second_try(statement):
        return True
    is_question = _ASKS.search(asked) or (handler.method == "GET" and _WHO.match(asked))
    if is_question and statement.block.inside(BlockKind.EXCEPT) is None:
        return True
    scope = handler.scope
    if statement.block.inside(BlockKind.EXCEPT) is None and _tells_of_parts(body, statement, scope):
        return True
    may_be_stored = handler.method == "GET" and statement.block.inside(BlockKind.EXCEPT) is None
    if may_be_stored and _tests_state(statement):
        return True
    for key, value in options_of(body).items():
        name = key.lower()
        if isinstance(value, Constant) and value.value is False and _STATES.search(name):
            return True
        if scope and may_be_stored and name in ERROR_KEYS and _is_of_record(value, scope):
            return True
    return False


def _is_second_try(statement: Statement) -> bool:
    """In a `try` inside an `except`: what another place gave is answered, with a word about the first."""
    inner = statement.block.inside(BlockKind.TRY, BlockKind.EXCEPT)
    return inner is not None and inner.kind is BlockKind.TRY and inner.inside(BlockKind.EXCEPT) is not None


def _tells_of_parts(body: Expression, statement: Statement, scope: Scope | None) -> bool:
    """`{ sent, errors: errors.length > 0 ? errors : undefined }`, or a list of them: what went well is told as well."""
    given = options_of(body)
    errors = [value for key, value in given.items() if key.lower() in ERROR_KEYS]
    if any(isinstance(value, Choice) and any(map(_is_empty, value.options)) for value in errors):
        return True
    is_last = statement.block.inside(BlockKind.IF, BlockKind.ELSE) is None
    return is_last and len(given) > 1 and any(_is_gathered(value, scope) for value in errors)


def _is_empty(value: Expression) -> bool:
    return isinstance(value, Constant) and value.value in (None, "")


def _is_gathered(value: Expression, scope: Scope | None) -> bool:
    """`const errors = []`, to which each failure of a loop was added."""
    steps = origins(value, scope) if scope is not None and isinstance(value, Name) else []
    return any(isinstance(s.expression, Collection) and not s.expression.items for s in steps)


def _tests_state(statement: Statement) -> bool:
    """`if payment.failed:`, `if job.status == "failed":`: the record that was asked for says so itself."""
    block = statement.block.inside(BlockKind.IF)
    test = block.test if block is not None else None
    if isinstance(test, Compare) and test.operators[0] in ("==", "===", "is"):
        of, state = test.operands[:2]
        said = state.value if isinstance(state, Constant) else getattr(state, "name", "")
        return isinstance(of, (Attribute, Subscript)) and _FAILED.search(str(said)) is not None
    return isinstance(test, Attribute) and _FAILED.search(test.name) is not None


def _is_of_record(value: Expression, scope: Scope) -> bool:
    """`job["error"]`, `task.error`, or the rows of a table of errors."""
    for step in origins(value, scope):
        of = step.expression
        if isinstance(of, Call) and (of.name in _ROWS or Kind.DB_READ in step.scope.kinds(of)):
            return True
        if isinstance(of, Attribute) and of.name in ERROR_KEYS:
            return True
        if isinstance(of, Subscript) and any(
            isinstance(i, Constant) and i.value in ERROR_KEYS for i in of.index
        ):
            return True
    return False


def _is_page(step: Step) -> bool:
    return Kind.HTML in step.scope.kinds(step.expression)


def _is_envelope(step: Step) -> bool:
    """A model of the project that carries the status in the body: `Response(status_code=404, …)`."""
    call = step.expression
    if not isinstance(call, Call) or not isinstance(call.function, (Name, Attribute)):
        return False
    if call.keywords.keys().isdisjoint(_STATUSES):
        return False
    kind = step.scope.dotted(call.function) or ""
    if not kind.startswith("<") or not is_model(kind, step.scope):
        return False
    for name in _STATUSES:
        value = call.keywords.get(name)
        text = value.value if isinstance(value, Constant) else None
        if str(text).isdigit() and 400 <= int(str(text)) < 600:
            return True
    return False
