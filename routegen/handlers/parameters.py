"""Facts about a handler's parameters and the folders of its route."""

from collections.abc import Iterator

from routegen.handlers.expression import Call, Constant, Expression, Span, Subscript
from routegen.handlers.function import Parameter
from routegen.handlers.handler import Handler, Origin
from routegen.handlers.kinds import Kind
from routegen.handlers.once import once
from routegen.handlers.scope import Scope

_SIMPLE = frozenset(
    {"builtins.int", "builtins.str", "builtins.float", "builtins.bool", "uuid.UUID", "decimal.Decimal"}
    | {"datetime.date", "datetime.datetime"}
)

# As other frameworks pass them, and what to take instead.
_FOREIGN = {
    **dict.fromkeys(("params", "context", "ctx", "props"), "what the folders name (`id: int`)"),
    **dict.fromkeys(("res", "response"), "`response: Response`"),
    **dict.fromkeys(("searchParams", "search_params"), "what the query holds (`page: int = 1`)"),
    "body": "a Pydantic model",
}


@once
def folder_names(handler: Handler) -> tuple[str, ...] | None:
    """The parameters that the folders of the route name; None when the route is not known."""
    if handler.segments is None:
        return None
    return tuple(segment.name for segment in handler.segments if segment.is_parameter)


def misnamed(handler: Handler) -> Iterator[tuple[Parameter, str]]:
    """Parameters that FastAPI reads from the query though a folder's must be meant, each with that one."""
    names, scope = folder_names(handler), handler.scope
    if names is None or scope is None or not handler.is_known:
        return
    taken = {parameter.name for parameter in scope.function.parameters}
    missing = [name for name in names if name not in taken]
    others: list[Parameter] = []
    for parameter in scope.function.parameters:
        if Kind.PATH_FIELD not in scope.field_kinds(parameter):
            others.append(parameter)
        elif parameter.name not in names and not _has_alias(parameter, scope):
            yield parameter, missing[0] if missing else parameter.name
    if len(missing) != 1:
        return
    # One of each, and no other way to get the value: then nothing else can be meant.
    strangers = [p for p in others if p.name not in (*names, *_FOREIGN) and _is_query(p, scope)]
    if len(strangers) == 1 and not _can_reach_path(handler, scope):
        yield strangers[0], missing[0]


def path_reads(handler: Handler) -> Iterator[tuple[str, Span]]:
    """The names in `request.path_params["x"]` and `.get("x")`.

    Where several routes share one function, it looks for the parameters of all: then only what must be there counts.
    """
    is_one = handler.is_file_route
    scopes = handler.scopes if is_one else [handler.scope] if handler.scope else []
    for scope in scopes:
        if not scope.module.mentions("path_params"):
            continue
        for part in scope.parts(Subscript, Call) if is_one else scope.parts(Subscript):
            key = _path_key(part, scope)
            if isinstance(key, Constant) and isinstance(key.value, str):
                yield key.value, key.span


def _path_key(expression: Expression, scope: Scope) -> Expression | None:
    """The name by which an expression reads a parameter of the path."""
    if isinstance(expression, Subscript) and _is_path_params(expression.object, scope):
        return expression.index[0] if expression.index else None
    if isinstance(expression, Call) and expression.name == "get" and expression.receiver is not None:
        return expression.argument(0) if _is_path_params(expression.receiver, scope) else None
    return None


def _is_blind(handler: Handler, scope: Scope, parameter: Parameter) -> bool:
    """Whether what a dependency runs is of routegen alone, which reads no path: `database.session`."""
    spans = {marker.span for marker, _ in scope.markers(parameter)}
    sites = [s for s in handler.sites if s.origin is Origin.DEPENDENCY and s.call.span in spans]
    return bool(sites) and all((s.target or "").startswith("routegen.") for s in sites)


def _is_path_params(expression: Expression, scope: Scope) -> bool:
    return Kind.PARAM in scope.kinds(expression)


def _is_query(parameter: Parameter, scope: Scope) -> bool:
    """Whether FastAPI surely wants this from the query: required, of a simple type, unmarked."""
    if parameter.default is not None or parameter.is_rest or scope.markers(parameter):
        return False
    if parameter.annotation is None:
        return parameter.name not in ("request", "req", "self", "websocket")
    return scope.annotated_type(parameter.annotation) in _SIMPLE


def _has_alias(parameter: Parameter, scope: Scope) -> bool:
    return any("alias" in marker.keywords for marker, _ in scope.markers(parameter))


def _can_reach_path(handler: Handler, scope: Scope) -> bool:
    """Whether the handler can get a folder's value unnamed: request, dependency, guard, `**kwargs`."""
    if handler.is_guarded or handler.decorators_beside_operation:
        return True
    for parameter in scope.function.parameters:
        if parameter.is_rest:
            return True
        if Kind.DEPENDS in scope.field_kinds(parameter):
            if not _is_blind(handler, scope, parameter):
                return True
        elif parameter.annotation is not None and scope.annotated_type(parameter.annotation) not in _SIMPLE:
            return True
    return False


def foreign_parameters(handler: Handler) -> Iterator[tuple[Parameter, str]]:
    """Parameters as other frameworks pass them, which nothing passes here; each with what to take instead."""
    scope = handler.scope
    if scope is None or not handler.is_file_route or handler.decorators_beside_operation:
        return
    if handler.module.lang != "python" or handler.segments is None:
        return
    for parameter in scope.function.parameters:
        is_bare = parameter.annotation is None and parameter.default is None and not parameter.is_rest
        if is_bare and parameter.name in _FOREIGN and parameter.name not in (folder_names(handler) or ()):
            yield parameter, _FOREIGN[parameter.name]
