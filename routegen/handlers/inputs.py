"""Facts about what a client sends: whether a value comes from the query, the body, a header or the path."""

from routegen.handlers.expression import Attribute, Call, Expression, Name, Subscript
from routegen.handlers.function import Parameter
from routegen.handlers.handler import Handler
from routegen.handlers.headers import header_read
from routegen.handlers.kinds import Kind
from routegen.handlers.scope import Scope
from routegen.handlers.webhook import is_body_value

_ADDRESSES = {Kind.QUERY, Kind.COOKIE}


def is_query(expression: Expression, scope: Scope) -> bool:
    """Whether this is a text that FastAPI or the handler reads from the query, a form or a cookie."""
    if isinstance(expression, Name):
        return _is_text_parameter(expression, scope)
    if isinstance(expression, Call):
        receiver = expression.receiver
        return expression.name == "get" and receiver is not None and bool(scope.kinds(receiver) & _ADDRESSES)
    return isinstance(expression, Subscript) and bool(scope.kinds(expression.object) & _ADDRESSES)


def _is_text_parameter(name: Name, scope: Scope) -> bool:
    if scope.caller is not None or scope.outer is None or name.name in scope.bindings:
        return False
    parameter = scope.function.parameter(name.name)
    return parameter is not None and is_text(parameter, scope)


def is_text(parameter: Parameter, scope: Scope) -> bool:
    """Whether FastAPI fills this parameter with any text that a client chooses."""
    kinds = scope.field_kinds(parameter)
    if kinds & {Kind.DEPENDS, Kind.HEADER_FIELD, Kind.COOKIE_FIELD}:
        return False
    kind = scope.annotated_type(parameter.annotation) if parameter.annotation is not None else None
    return kind == "builtins.str"


def is_client_text(expression: Expression, scope: Scope, handler: Handler) -> bool:
    """Whether this is any text of the client: not a plain path parameter, which holds no slash."""
    if isinstance(expression, Name) and scope.outer is not None and scope.caller is None:
        if expression.name in scope.bindings:
            return False
        kinds = {s.name: s.is_catch_all for s in handler.segments or () if s.is_parameter}
        if expression.name in kinds:
            return kinds[expression.name]
        return handler.segments is not None and is_query(expression, scope)
    if _is_rest(expression, scope, handler):
        return True
    if isinstance(expression, (Call, Subscript)) or (
        isinstance(expression, Attribute) and scope.lang != "python"
    ):
        return (
            is_query(expression, scope)
            or header_read(expression, scope) is not None
            or is_body_value(expression, scope)
        )
    return False


def _is_rest(expression: Expression, scope: Scope, handler: Handler) -> bool:
    """`params.path` of `[...path]` in a script: the rest of the path, which may be anything."""
    if not isinstance(expression, Attribute) or Kind.PARAM not in scope.kinds(expression.object):
        return False
    return any(s.is_catch_all and s.name == expression.name for s in handler.segments or ())
