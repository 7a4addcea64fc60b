"""Facts about rows that hold secrets: where a handler answers with one as it is."""

import re

from routegen.handlers.expression import Attribute, Call, Expression, Name
from routegen.handlers.flow import Step, origins
from routegen.handlers.function import Class, Statement
from routegen.handlers.handler import Handler
from routegen.handlers.kinds import Kind
from routegen.handlers.scope import Scope

_SECRETS = re.compile(
    r"^(hashed_?password|password(_?hash(ed)?)?|passwd|pwd|secret(_?key)?|api_?key|api_?secret|access_?token|refresh_?token"
    r"|private_?key|totp_?secret|reset_?token|salt)$",
    re.IGNORECASE,
)
_ROWS = {
    "first",
    "one",
    "one_or_none",
    "scalar",
    "scalars",
    "scalar_one",
    "scalar_one_or_none",
    "all",
    "get",
    "exec",
}
_UNTYPED = re.compile(r"^(dict|list|Any|object|None|Dict|List|typing\.Any)\b")


def secret_rows(handler: Handler) -> list[tuple[Statement, str, str]]:
    """The answers that are a whole row: the statement, the class of the row, and its column that is a secret."""
    scope = handler.scope
    if scope is None or handler.module.lang != "python" or "response_model" in handler.options:
        return []
    result = handler.function.result if handler.function else None
    found: list[tuple[Statement, str, str]] = []
    for statement in handler.returns:
        for step in origins(statement.value, scope) if statement.value is not None else ():
            row = _row(step)
            if row is None or any(keyword.startswith("response_model") for keyword in handler.options):
                continue
            name, column = row
            text = handler.module.text(result) if result is not None else "Any"
            if _UNTYPED.match(text) or re.search(rf"\b{name}\b", text):
                found.append((statement, name, column))
    return found[:1]


def _row(step: Step) -> tuple[str, str] | None:
    """The class of the rows that a call reads or makes, and its secret column."""
    call = step.expression
    if not isinstance(call, Call):
        return None
    if (made := _secret_table(call.function, step.scope)) is not None:
        return made
    is_read = call.name in _ROWS or not step.scope.kinds(call).isdisjoint({Kind.DB_READ, Kind.FIND_ONE})
    if not is_read:
        return None
    named = (_secret_table(part, step.scope) for part in call.walk() if isinstance(part, (Name, Attribute)))
    return next((row for row in named if row is not None and not _picks_columns(call)), None)


def _picks_columns(call: Call) -> bool:
    """`select(User.name)` gives columns."""
    return any(
        isinstance(part, Call)
        and part.name == "select"
        and any(isinstance(a, Attribute) for a in part.arguments)
        for part in call.walk()
    )


def _secret_table(expression: Expression, scope: Scope) -> tuple[str, str] | None:
    dotted = scope.dotted(expression) or ""
    if not dotted.startswith("<"):
        return None
    module, name = scope.module.module_of(dotted)
    owner = module.classes.get(name) if module is not None else None
    if owner is None or module is None or not _is_table(owner, Scope(module, module.main)):
        return None
    column = next((field for field in owner.fields if _SECRETS.match(field)), None)
    hidden = "exclude=True"
    if column is None or any(hidden in module.text(v) for v in owner.fields[column] if v is not None):
        return None
    return name, column


def _is_table(owner: Class, scope: Scope) -> bool:
    text = scope.module.text(owner.span)[:400]
    return "__tablename__" in owner.fields or "table=True" in text or "Document" in text.partition(":")[0]
