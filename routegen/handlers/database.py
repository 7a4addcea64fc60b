"""Facts about databases: which calls write, told by the text of the SQL or by what is executed."""

import re

from routegen.handlers.expression import Call, Constant, Expression, Template
from routegen.handlers.flow import origins
from routegen.handlers.kinds import Kind
from routegen.handlers.scope import Scope
from routegen.handlers.typescript.stores import store_kinds

_EXECUTE = {
    "execute",
    "executemany",
    "executescript",
    "exec",
    "fetch",
    "fetchrow",
    "fetchval",
    "fetch_one",
    "run",
}
_WRITES = re.compile(r"\s*(insert|update|delete|replace|merge|truncate|drop|alter|create)\b", re.IGNORECASE)
_BUILDERS = re.compile(
    r"sqlalchemy\.(sql\.\w+\.|dialects\.\w+\.)?(insert|update|delete)$|sqlmodel\.(insert|update|delete)$"
)


def executes_write(call: Call, scope: Scope) -> frozenset[Kind]:
    """DB_WRITE for `x.execute("INSERT …")` and `x.execute(delete(Row))`, and what the libraries of scripts look like."""
    if scope.lang != "python":
        return store_kinds(call, scope)
    if call.name not in _EXECUTE or call.receiver is None or not call.arguments:
        return frozenset()
    for step in origins(call.arguments[0], scope):
        if any(_writes(part, step.scope) for part in step.expression.walk()):
            return frozenset({Kind.DB_WRITE})
    return frozenset()


def _writes(part: Expression, scope: Scope) -> bool:
    if isinstance(part, Template):
        part = part.parts[0] if part.parts else part
    if isinstance(part, Constant):
        return isinstance(part.value, str) and _WRITES.match(part.value) is not None
    return isinstance(part, Call) and _BUILDERS.match(scope.dotted(part.function) or "") is not None
