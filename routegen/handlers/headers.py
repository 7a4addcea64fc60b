"""Which header of a request an expression reads, or FastAPI reads into a parameter."""

from routegen.handlers.expression import Call, Constant, Expression, Name, Subscript
from routegen.handlers.function import Parameter
from routegen.handlers.kinds import Kind
from routegen.handlers.scope import Scope


def header_read(expression: Expression, scope: Scope) -> str | None:
    """The request header that an expression reads, in lower case; empty when its name is no literal."""
    if isinstance(expression, Name):
        parameter = scope.function.parameter(expression.name)
        is_one = parameter is not None and expression.name not in scope.bindings
        return header_field(parameter, scope) if parameter and is_one else None
    at: Expression | None = None
    if isinstance(expression, Subscript) and Kind.HEADER in scope.kinds(expression.object):
        at = expression.index[0] if expression.index else None
    elif isinstance(expression, Call) and expression.name in ("get", "getlist"):
        receiver = expression.receiver
        if receiver is None or Kind.HEADER not in scope.kinds(receiver):
            return None
        at = expression.argument(0, "key")
    else:
        return None
    return at.value.lower() if isinstance(at, Constant) and isinstance(at.value, str) else ""


def header_field(parameter: Parameter, scope: Scope) -> str | None:
    """The header that FastAPI reads into a parameter marked with `Header()`."""
    if parameter.default is None and parameter.annotation is None:
        return None
    for marker, at in scope.markers(parameter):
        if Kind.HEADER_FIELD in at.kinds(marker):
            alias = marker.keywords.get("alias")
            if isinstance(alias, Constant) and isinstance(alias.value, str):
                return alias.value.lower()
            return parameter.name.replace("_", "-").lower()
    return None
