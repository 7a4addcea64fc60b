"""Facts about rows that hold secrets: where a handler answers with one as it is."""

import re
from collections.abc import Iterator

from routegen.handlers.answers import returned
from routegen.handlers.expression import (
    Attribute,
    Call,
    Collection,
    Expression,
    Name,
    Subscript,
    options_of,
)
from routegen.handlers.flow import Step, origins
from routegen.handlers.function import Class, Module, Statement
from routegen.handlers.handler import Handler
from routegen.handlers.kinds import Kind
from routegen.handlers.scope import Scope
from routegen.handlers.typescript.prisma import whole_models
from routegen.handlers.typescript.tables import whole_rows

SECRETS = re.compile(
    r"^(hashed_?password|password(_?hash(ed)?)?|passwd|pwd|secret(_?key)?|api_?key|api_?secret|access_?token|refresh_?token"
    r"|private_?key|totp_?secret|reset_?token|salt)$",
    re.IGNORECASE,
)
_WORDS = ("passw", "pwd", "secret", "key", "token", "salt")
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
_PASSWORDS = re.compile(r"pass|hash", re.IGNORECASE)
_UNTYPED = re.compile(r"^(dict|list|Any|object|None|Dict|List|typing\.Any)\b")


def secret_rows(handler: Handler) -> list[tuple[Statement, str, str]]:
    """The answers that are a whole row: the statement, the class of the row, and its column that is a secret."""
    scope = handler.scope
    if scope is not None and handler.module.lang != "python":
        return _in_script(handler, scope)
    if scope is None or "response_model" in handler.options:
        return []
    found: list[tuple[Statement, str, str]] = []
    for statement, steps in returned(handler):
        for step in steps:
            row = _row(step)
            if row is None or any(keyword.startswith("response_model") for keyword in handler.options):
                continue
            name, column = row
            result = scope.function.result
            text = handler.module.text(result) if result is not None else "Any"
            if _UNTYPED.match(text) or re.search(rf"\b{name}\b", text):
                found.append((statement, name, column))
    return found[:1]


def _in_script(handler: Handler, scope: Scope) -> list[tuple[Statement, str, str]]:
    """As `secret_rows`, for scripts: rows of Prisma, Drizzle and Mongoose, and of a list in the file."""
    for statement in handler.returns:
        for value in _told(statement.value, scope) if statement.value is not None else ():
            for step in _made_of(value, scope):
                for name, column in _script_rows(step, handler):
                    if not _is_made_for_caller(step, column) and not any(
                        _may_strip(each, column) for each in (*handler.scopes, step.scope)
                    ):
                        return [(statement, name, column)]
    return []


def _is_made_for_caller(step: Step, column: str) -> bool:
    """`Endpoint.create({ secret })`: the secret of what was just made for the caller is shown this once."""
    call = step.expression
    if not isinstance(call, Call) or call.name not in ("create", "insertOne") or _PASSWORDS.search(column):
        return False
    given = options_of(call.arguments[0]) if call.arguments else {}
    return column in given or column in options_of(given.get("data"))


def _made_of(value: Expression, scope: Scope) -> Iterator[Step]:
    """What makes a value; the first of some rows is one of them."""
    for step in origins(value, scope):
        inner = step.expression
        yield from origins(inner.object, step.scope) if isinstance(inner, Subscript) else (step,)


def _told(value: Expression, scope: Scope, depth: int = 3) -> Iterator[Expression]:
    """What an answer is made of: the body of a response, its JSON, the values in it."""
    if isinstance(value, Call) and value.arguments:
        is_answer = Kind.RESPOND in scope.kinds(value) or value.name == "stringify"
        yield from _told(value.arguments[0], scope, depth) if is_answer else (value,)
    elif isinstance(value, Collection) and value.is_mapping and depth:
        for each in options_of(value).values():
            yield from _told(each, scope, depth - 1)
    elif depth:
        yield value


def _script_rows(step: Step, handler: Handler) -> Iterator[tuple[str, str]]:
    """The models, or the list of the file, whose rows a value is, each with its secret column."""
    call, models = step.expression, handler.context.models
    if not isinstance(call, Call):
        return
    for model in whole_models(call, step.scope, models):
        columns = [next((f for f in fields if SECRETS.match(f)), None) for fields in models[model]]
        if columns and (column := columns[0]) is not None and None not in columns:
            yield model, column
    for table in whole_rows(call, step.scope):
        yield from ((table.name, column) for column in table.columns if SECRETS.match(column))
    rows = call.receiver
    if call.name in ("find", "at") and isinstance(rows, Name):
        held = step.scope.module.values.get(rows.name)
        first = held.items[0] if isinstance(held, Collection) and held.items else None
        yield from ((rows.name, key) for key in options_of(first) if SECRETS.match(key))


def _may_strip(scope: Scope, column: str) -> bool:
    """Whether a function may take a column away: `delete row.password`, `row.password = ""`, `{ password, ...rest }`."""
    text = scope.module.text(scope.function.span)
    taken = rf"\bdelete\b|\.{column}\s*=(?!=)|\b{column}\b\s*:\s*(undefined|null|_)|\b{column}\b[^}}\n]{{0,300}}\.\.\."
    return re.search(taken, text) is not None


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
    if module is None or name not in module.classes:
        return None
    known: dict[str, str | None] = module.shared.setdefault("secret columns", {})
    if name not in known:
        known[name] = _secret_column(module.classes[name], module)
    column = known[name]
    return (name, column) if column is not None else None


def _secret_column(owner: Class, module: Module) -> str | None:
    """The column of a table that is a secret, and is not kept out of what is told."""
    text = module.source.text(*owner.span).lower()
    if not any(word in text for word in _WORDS):  # as of most classes: their fields need not be read
        return None
    column = next((field for field in owner.fields if SECRETS.match(field)), None)
    if column is None or not _is_table(owner, module):
        return None
    is_hidden = any("exclude=True" in module.text(v) for v in owner.fields[column] if v is not None)
    return None if is_hidden else column


def _is_table(owner: Class, module: Module) -> bool:
    text = module.text(owner.span)[:400]
    return "__tablename__" in owner.fields or "table=True" in text or "Document" in text.partition(":")[0]
